"""Root subscriptions of classes."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.classes import policy
from app.classes.events import (
    ClassCancelled,
    ClassCompleted,
    ClassOpened,
    ClassStarted,
    EnrollmentPaid,
    LessonUnlocked,
    StudentCompleted,
    StudentEnrolled,
    StudentWithdrawn,
    class_stream,
)
from app.classes.events import ClassChanged as Changed
from app.classes.types import Class, ClassId, Enrollment, LessonUnlock
from app.core.access import SIGNED_IN
from app.core.graph.read.declare import called, edge
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
        class_id=ClassId,
        after=AFTER,
    )
