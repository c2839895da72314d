"""Root subscriptions of classes."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.classes import policy
from app.classes.events import (
    AnnouncementChanged,
    AnnouncementDeleted,
    AnnouncementPublished,
    AttendanceEdited,
    AttendanceTaken,
    ClassCancelled,
    ClassCompleted,
    ClassOpened,
    ClassStarted,
    CreditsAdjusted,
    EnrollmentPaid,
    LessonUnlocked,
    StudentCompleted,
    StudentEnrolled,
    StudentWithdrawn,
    class_stream,
)
from app.classes.events import ClassChanged as Changed
from app.classes.types import Class, ClassId, Enrollment, LessonUnlock
from app.classes.types.announcements import Announcement
from app.classes.types.attendance import Attendance
from app.classes.types.credits import CreditEntry
from app.core.access import SIGNED_IN
from app.core.graph.read.declare import called, edge
from app.core.ids import to_global
from app.core.realtime.declare import AFTER, Told, follow, tell


@strawberry.interface(description="Something that happened in a class.")
class ClassEvent:
    """Each has its place and the class as it is now."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    class_: Class = called("class", edge("class_key", "The class.", visible=true()))
    class_key: strawberry.Private[UUID]


@strawberry.type(description="The class's status changed, or something else that is said of it.")
class ClassChanged(ClassEvent):
    """See the class."""


@strawberry.type(description="Somebody came into the class, left it, paid, or came to its end.")
class ClassEnrollmentChanged(ClassEvent):
    """Who it was, only those see who may see the enrollment; the others see the class."""

    enrollment: Enrollment | None = edge(
        "enrollment_key", "The enrollment; null unless it is for the viewer."
    )
    enrollment_key: strawberry.Private[UUID]


@strawberry.type(description="A lesson is open to the class.")
class ClassLessonUnlocked(ClassEvent):
    """Carries what was unlocked."""

    unlock: LessonUnlock | None = edge("unlock_key", "The lesson, and who unlocked it.")
    unlock_key: strawberry.Private[UUID]


@strawberry.type(description="Who came to a meeting was written down.")
class ClassAttendanceTaken(ClassEvent):
    """Everybody sees their own in `Enrollment.attendanceRecords`."""

    meeting_number: int = strawberry.field(description="Which meeting, from 1 on.")


@strawberry.type(description="What was written down of somebody's attendance was corrected.")
class ClassAttendanceEdited(ClassEvent):
    """Only those see whose who may see it."""

    attendance: Attendance | None = edge(
        "attendance_key", "As it is now; null unless it is for the viewer."
    )
    attendance_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody's credits were adjusted by hand.")
class ClassCreditsAdjusted(ClassEvent):
    """Only those see whose who may see it."""

    entry: CreditEntry | None = edge(
        "entry_key", "The line of the ledger; null unless it is for the viewer."
    )
    entry_key: strawberry.Private[UUID]


@strawberry.type(description="The class was told something, or what it was told was changed.")
class ClassAnnounced(ClassEvent):
    """Carries what it is told."""

    announcement: Announcement | None = edge(
        "announcement_key", "As it is now; null if it was taken back since."
    )
    announcement_key: strawberry.Private[UUID]


@strawberry.type(description="What the class was told was taken back.")
class ClassAnnouncementDeleted(ClassEvent):
    """It is gone."""

    announcement_id: strawberry.ID = strawberry.field(description="The id that it had.")


def _announced(event: type) -> Told:
    return tell(
        event,
        lambda event, at: ClassAnnounced(
            cursor=at, class_key=event.class_id, announcement_key=event.announcement_id
        ),
    )


def _changed(event: type) -> Told:
    # Somebody else may teach it now.
    return tell(
        event,
        lambda event, at: ClassChanged(cursor=at, class_key=event.class_id),
        changes_members=True,
    )


def _enrollment(event: type) -> Told:
    return tell(
        event,
        lambda event, at: ClassEnrollmentChanged(
            cursor=at, class_key=event.class_id, enrollment_key=event.enrollment_id
        ),
        changes_members=True,
    )


@strawberry.type
class ClassesSubscription:
    """Classes as they happen."""

    class_updated: ClassEvent = follow(
        lambda _, class_id: class_stream(class_id),
        policy.hears,
        SIGNED_IN,
        """What happens in a class, in order, without gap or repeat after a cursor: for its
        students, its instructor, and those who manage classes.

        Ends for a student who is withdrawn, and for an instructor who no longer teaches it.
        """,
        *map(_changed, (Changed, ClassOpened, ClassStarted, ClassCompleted, ClassCancelled)),
        *map(_enrollment, (StudentEnrolled, StudentWithdrawn, StudentCompleted, EnrollmentPaid)),
        tell(
            LessonUnlocked,
            lambda event, at: ClassLessonUnlocked(
                cursor=at, class_key=event.class_id, unlock_key=event.unlock_id
            ),
        ),
        tell(
            AttendanceTaken,
            lambda event, at: ClassAttendanceTaken(
                cursor=at, class_key=event.class_id, meeting_number=event.meeting_number
            ),
        ),
        tell(
            AttendanceEdited,
            lambda event, at: ClassAttendanceEdited(
                cursor=at, class_key=event.class_id, attendance_key=event.attendance_id
            ),
        ),
        tell(
            CreditsAdjusted,
            lambda event, at: ClassCreditsAdjusted(
                cursor=at, class_key=event.class_id, entry_key=event.credit_entry_id
            ),
        ),
        *map(_announced, (AnnouncementPublished, AnnouncementChanged)),
        tell(
            AnnouncementDeleted,
            lambda event, at: ClassAnnouncementDeleted(
                cursor=at,
                class_key=event.class_id,
                announcement_id=strawberry.ID(
                    to_global(Announcement.prefix, event.announcement_id)
                ),
            ),
        ),
        class_id=ClassId,
        after=AFTER,
    )
