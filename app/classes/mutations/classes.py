"""Root mutations of classes as a whole, and of the lessons that are open to them."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.classes import policy
from app.classes.models import ClassType, Weekday
from app.classes.service import classes as service
from app.classes.service import lessons, steps
from app.classes.types import Class, LessonUnlock
from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import called, edge
from app.core.ids import from_global
from app.core.money import MoneyInput
from app.courses.mutations.inputs import errors, keys, maybe, nested
from app.courses.types import Course, Lesson

MANAGER = permitted(policy.MANAGE)
_TEACHER = permitted(policy.TEACH)


@strawberry.input(description="What a class can have.")
class ClassFields:
    """What making and changing a class have in common."""

    weekdays: list[Weekday] | None = maybe("On which days it usually meets.")
    starts_at: str | None = maybe("When a meeting begins, as HH:MM.")
    ends_at: str | None = maybe("When a meeting ends, as HH:MM, later than it begins.")
    time_zone: str | None = maybe(
        "The time zone of its days and hours, by its IANA name; `UTC` at first."
    )
    enrollment_deadline: date | None = maybe(
        "The last day on which students are enrolled; a group class needs it to be opened."
    )
    start_date: date | None = maybe("The day of its first meeting.")
    end_date: date | None = maybe("The day of its last meeting.")
    price: MoneyInput | None = maybe("What a place costs; nothing at first.")
    instructor_id: strawberry.ID | None = maybe(
        "Who teaches it: somebody who may write courses; the course's instructor at first."
    )


@strawberry.input(description="A class to plan.")
class ClassCreateInput(ClassFields):
    """A draft."""

    course_id: strawberry.ID = strawberry.field(description="What is taught: a published course.")
    type: ClassType = strawberry.field(description="For how many it is; that stays.")
    name: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    total_meetings: int = strawberry.field(
        description="Its package: how many meetings there are, 1 to 1000."
    )
    max_capacity: int | None = maybe(
        "How many seats it has, 1 to 1000: needed for a group, and 1 for a private class."
    )


@strawberry.input(description="What is to be another way in a class. What isn't given stays.")
class ClassUpdateInput(ClassFields):
    """Until it is completed or cancelled."""

    id: strawberry.ID = strawberry.field(description="The class.")
    name: str | None = maybe("What it is called, 1 to 255 characters.")
    total_meetings: int | None = maybe(
        "Its package, 1 to 1000 meetings: credits follow it. Once a class is active, that of a"
        " group stays, and that of a private class can only grow."
    )
    max_capacity: int | None = maybe("How many seats a group has: no fewer than are taken.")


@strawberry.input(description="Which class.")
class ClassInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The class.")


@strawberry.input(description="Which student goes on with the lessons that a group class leaves.")
class ClassContinueInput:
    """With the same instructor, unless another one is named."""

    class_id: strawberry.ID = strawberry.field(description="The group class.")
    student_id: strawberry.ID = strawberry.field(description="A student of it.")
    instructor_id: strawberry.ID | None = maybe(
        "Who teaches the private class; the group's instructor, if not given."
    )
    price: MoneyInput | None = maybe("What the private class costs; nothing, if not given.")


@strawberry.input(description="Which lesson to open to which class.")
class LessonUnlockInput:
    """By their ids."""

    class_id: strawberry.ID = strawberry.field(description="The class.")
    lesson_id: strawberry.ID = strawberry.field(
        description="A published lesson of the course that the class teaches."
    )


@strawberry.type
class _ClassPayload:
    class_: Class | None = called("class", edge("class_key", "The class."))
    class_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `classCreate`.")
class ClassCreatePayload(_ClassPayload):
    """The class."""


@strawberry.type(description="The answer to `classUpdate`.")
class ClassUpdatePayload(_ClassPayload):
    """The class."""


@strawberry.type(description="The answer to `classOpenEnrollment`.")
class ClassOpenEnrollmentPayload(_ClassPayload):
    """The class."""


@strawberry.type(description="The answer to `classStart`.")
class ClassStartPayload(_ClassPayload):
    """The class."""


@strawberry.type(description="The answer to `classComplete`.")
class ClassCompletePayload(_ClassPayload):
    """The class."""


@strawberry.type(description="The answer to `classCancel`.")
class ClassCancelPayload(_ClassPayload):
    """The class."""


@strawberry.type(description="The answer to `classContinue`.")
class ClassContinuePayload(_ClassPayload):
    """The private class."""


@strawberry.type(description="The answer to `lessonUnlock`.")
class LessonUnlockPayload(_ClassPayload):
    """The class, and what is open to it now."""

    unlock: LessonUnlock | None = edge("unlock_key", "The lesson, and since when it is open.")
    unlock_key: strawberry.Private[UUID | None] = None


def _more(input: Any) -> dict[str, Any]:
    """What of an input isn't data as it stands."""
    more: dict[str, Any] = keys(input, instructor_id=User.prefix)
    if input.price is not strawberry.UNSET:
        more["price"] = nested(input.price)
    return more


def _key(input: Any) -> UUID:
    return from_global(Class.prefix, input.id)


@strawberry.type
class ClassMutation:
    """Plan a class, and take it through its life."""

    @mutation(MANAGER)
    async def class_create(self, info: Info, input: ClassCreateInput) -> ClassCreatePayload:
        """Plan a class of a published course: a draft."""
        more = _more(input) | {"course_id": from_global(Course.prefix, input.course_id)}
        data = to_data(service.ClassData, input, **more)
        async with info.context.begin() as uow:
            made = await service.create(uow, info.context.me, data)
        return ClassCreatePayload(class_key=made.id)

    @mutation(MANAGER)
    async def class_update(self, info: Info, input: ClassUpdateInput) -> ClassUpdatePayload:
        """Change a class until it is completed or cancelled. Those who have a part in it are
        told by `classUpdated`.
        """
        data = to_data(service.ClassChanges, input, **_more(input))
        async with info.context.begin() as uow:
            changed = await service.update(uow, info.context.me, _key(input), data)
        return ClassUpdatePayload(class_key=changed.id)

    @mutation(MANAGER)
    async def class_open_enrollment(
        self, info: Info, input: ClassInput
    ) -> ClassOpenEnrollmentPayload:
        """Offer a group class that is a draft: everybody signed in finds it, if its course is in
        the catalogue. It needs an instructor and a deadline to come.
        """
        async with info.context.begin() as uow:
            opened = await steps.open_enrollment(uow, info.context.me, _key(input))
        return ClassOpenEnrollmentPayload(class_key=opened.id)

    @mutation(MANAGER)
    async def class_start(self, info: Info, input: ClassInput) -> ClassStartPayload:
        """Begin with the meetings: of a group class that is open for enrollment, which nobody
        joins from then on, or of a private class that is a draft.
        """
        async with info.context.begin() as uow:
            started = await steps.start(uow, info.context.me, _key(input))
        return ClassStartPayload(class_key=started.id)

    @mutation(MANAGER)
    async def class_complete(self, info: Info, input: ClassInput) -> ClassCompletePayload:
        """End an active class whose meetings were all held. Its students keep what was
        unlocked.
        """
        async with info.context.begin() as uow:
            completed = await steps.complete(uow, info.context.me, _key(input))
        return ClassCompletePayload(class_key=completed.id)

    @mutation(MANAGER)
    async def class_cancel(self, info: Info, input: ClassInput) -> ClassCancelPayload:
        """Call a class off that isn't over: its students are withdrawn."""
        async with info.context.begin() as uow:
            cancelled = await steps.cancel(uow, info.context.me, _key(input))
        return ClassCancelPayload(class_key=cancelled.id)

    @mutation(MANAGER)
    async def class_continue(self, info: Info, input: ClassContinueInput) -> ClassContinuePayload:
        """Make a private class of the same course for a student of a group class that is active
        or completed. Its package is what the group's leaves of the course's published lessons,
        and at least one. The student is in it; it is a draft.
        """
        data = to_data(lessons.ContinuationData, input, **_more(input), **_pair(input))
        async with info.context.begin() as uow:
            made = await lessons.carry_on(uow, info.context.me, data)
        return ClassContinuePayload(class_key=made.id)

    @mutation(_TEACHER)
    async def lesson_unlock(self, info: Info, input: LessonUnlockInput) -> LessonUnlockPayload:
        """Open a lesson to a class that you teach; with the permission `class.unlock_any`, to
        any. Never more lessons are open than meetings were held. The students are notified, and
        told by `classUpdated`; doing it again changes nothing.
        """
        class_id = from_global(Class.prefix, input.class_id)
        lesson_id = from_global(Lesson.prefix, input.lesson_id)
        async with info.context.begin() as uow:
            unlock = await lessons.unlock(uow, info.context.me, class_id, lesson_id)
        return LessonUnlockPayload(class_key=class_id, unlock_key=unlock.id)


def _pair(input: ClassContinueInput) -> dict[str, UUID]:
    return {
        "class_id": from_global(Class.prefix, input.class_id),
        "student_id": from_global(User.prefix, input.student_id),
    }
