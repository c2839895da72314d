"""What the schema shows of classes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col, select

from app.accounts.models import User as Person
from app.accounts.types import User
from app.classes import loaders, models, policy
from app.classes.events import class_stream
from app.classes.models import ClassStatus, ClassType, EnrollmentStatus, Weekday
from app.classes.types.enrollments import Enrollment
from app.core.graph.connections import Connection
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    one,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.money import Money
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.courses.models import Cohort, CohortLesson
from app.courses.models import Course as CourseRow
from app.courses.types import Course, Lesson

describe(
    ClassType,
    "For how many a class is.",
    {
        ClassType.GROUP: "For a group: whoever is in it has the same package.",
        ClassType.PRIVATE: "For one student, whose package may grow.",
    },
)
describe(
    ClassStatus,
    "Where a class is in its life.",
    {
        ClassStatus.DRAFT: "It is being planned.",
        ClassStatus.ENROLLMENT_OPEN: "A group class can be joined.",
        ClassStatus.ACTIVE: "Its meetings are held. Nobody joins a group class any more.",
        ClassStatus.COMPLETED: "All its meetings were held.",
        ClassStatus.CANCELLED: "It doesn't take place.",
    },
)
describe(
    Weekday,
    "A day of the week.",
    {each: f"{each.value.capitalize()}." for each in Weekday},
)


def _course(_: Asker, course: type[CourseRow], class_: type[models.Class]) -> ColumnElement[bool]:
    taught = select(Cohort.course_id).where(Cohort.id == class_.id).correlate(class_)
    return col(course.id) == taught.scalar_subquery()


def _instructor(_: Asker, user: type[Person], class_: type[models.Class]) -> ColumnElement[bool]:
    teacher = select(Cohort.instructor_id).where(Cohort.id == class_.id).correlate(class_)
    return col(user.id) == teacher.scalar_subquery()


def _taken(_: Asker, class_: type[models.Class]) -> ColumnElement[int]:
    counted = select(func.count()).where(
        models.Enrollment.class_id == class_.id,
        models.Enrollment.status == EnrollmentStatus.ACTIVE,
    )
    return whole(counted.scalar_subquery())


def _remaining(_: Asker, class_: type[models.Class]) -> ColumnElement[int]:
    return col(class_.total_meetings) - col(class_.meetings_completed)


def _unlocked(_: Asker, class_: type[models.Class]) -> ColumnElement[int]:
    counted = select(func.count()).where(CohortLesson.cohort_id == class_.id)
    return whole(counted.scalar_subquery())


def _starts(_: Asker, class_: type[models.Class]) -> ColumnElement[str]:
    return func.to_char(class_.starts_at, "HH24:MI")


def _ends(_: Asker, class_: type[models.Class]) -> ColumnElement[str]:
    return func.to_char(class_.ends_at, "HH24:MI")


def _cursor(_: Asker, class_: type[models.Class]) -> ColumnElement[str]:
    return newest_cursor(class_stream, class_.id)


def _own(
    viewer: Asker, enrollment: type[models.Enrollment], class_: type[models.Class]
) -> ColumnElement[bool]:
    return and_(col(enrollment.class_id) == class_.id, col(enrollment.student_id) == viewer.user_id)


def _enrollments(_: Asker, enrollment: type[models.Enrollment], class_: type[models.Class]) -> Rows:
    return Rows(
        col(enrollment.class_id) == class_.id, Order("classEnrollments", ("created_at", "id"))
    )


def _unlocks(_: Asker, unlock: type[CohortLesson], class_: type[models.Class]) -> Rows:
    return Rows(col(unlock.cohort_id) == class_.id, Order("classUnlocks", ("created_at", "id")))


def _continuations(_: Asker, other: type[models.Class], class_: type[models.Class]) -> Rows:
    return Rows(
        col(other.continued_from_id) == class_.id,
        Order("classContinuations", ("created_at", "id")),
    )


@reads(
    CohortLesson,
    visible=policy.visible_unlock,
    description="A lesson that is open to a class.",
)
class LessonUnlock(Node):
    """For those who have a part in the class."""

    prefix = "unl"

    lesson: Lesson | None = edge("lesson_id", "The lesson.")
    unlocked_by: User | None = edge("unlocked_by_id", "Who opened it.")
    unlocked_at: datetime = column("When.", "created_at")


@reads(
    models.Class,
    visible=policy.visible,
    description="A course taught to people in meetings, of which each is for a lesson. Hours and"
    " days are those of its time zone.",
)
class Class(Node):
    """Planned, offered, taught, and over."""

    prefix = "cls"

    name: str = column("What it is called.")
    type: ClassType = column("For how many it is.")
    status: ClassStatus = column("Where it is in its life.")
    course: Course | None = one(_course, "What is taught.")
    instructor: User | None = one(_instructor, "Who teaches it.")
    max_capacity: int = column("How many seats it has.")
    current_capacity: int = computed(_taken, "How many of these are taken.")
    total_meetings: int = column("Its package: so many meetings, and as many lessons.")
    meetings_completed: int = column("How many meetings were held.")
    meetings_remaining: int = computed(_remaining, "How many meetings are still to come.")
    lessons_unlocked: int = computed(
        _unlocked, "How many lessons are open to it: never more than meetings were held."
    )
    weekdays: list[Weekday] = column("On which days it usually meets, from Monday on.")
    starts_at: str | None = computed(_starts, "When a meeting begins, as HH:MM.")
    ends_at: str | None = computed(_ends, "When a meeting ends, as HH:MM.")
    time_zone: str = column("The time zone of its days and hours, by its IANA name.")
    enrollment_deadline: date | None = column("The last day on which students are enrolled.")
    start_date: date | None = column("The day of its first meeting.")
    end_date: date | None = column("The day of its last meeting.")
    continued_from: "Class | None" = edge(
        "continued_from_id", "The group class that this private one continues."
    )
    continuations: Connection["Class"] = pages(
        _continuations, "The private classes that continue this one, as far as the viewer may see."
    )
    viewer_enrollment: Enrollment | None = one(
        _own, "The viewer's own place in it, whatever became of that.", visible=true()
    )
    enrollments: Connection[Enrollment] = pages(
        _enrollments,
        "Who is or was in it, in the order in which they came: all of them for its instructor and"
        " those who manage classes, for a student just their own.",
    )
    unlocks: Connection[LessonUnlock] = pages(
        _unlocks, "What is open to it, in the order in which it was unlocked."
    )
    cursor: str = computed(
        _cursor,
        "The place of the newest event: read this before the class, and pass it as `after` to"
        " `classUpdated`, and nothing is missed in between.",
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")

    @strawberry.field(description="What a place costs; null if nothing.")
    async def price(self, info: Info) -> Money | None:
        """Kept where it is paid."""

        async def batch(keys: Sequence[UUID]) -> dict[UUID, Money]:
            async with info.context.read() as session:
                return await loaders.prices(session, keys)

        return await info.context.load("class_prices", batch, vars(self)["id"])


ClassId = Annotated[strawberry.ID, id_argument("The class.", Class.prefix)]
