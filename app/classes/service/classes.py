"""Classes as a whole: plan one, and change what was planned."""

import re
from datetime import date, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from app.accounts.locales import time_zone
from app.classes.errors import ClassIncomplete, PackageFixed
from app.classes.events import ClassChanged, ClassCreated
from app.classes.models import Class, ClassStatus, ClassType, CreditKind, Weekday
from app.classes.service import ledger
from app.classes.service.holding import held
from app.classes.states import ClassStep
from app.classes.store import classes as store
from app.classes.store import enrollments
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.models import Cohort, CourseStatus
from app.courses.service.contents import Title
from app.payments.models import PayableKind
from app.payments.service import payables
from app.reference.service.offers import MoneyData

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _hour(value: object) -> object:
    if isinstance(value, str) and not _HOUR.fullmatch(value):
        raise ValueError("This isn't a time of day, such as 19:30.")
    return value


def _once(days: list[Weekday]) -> list[Weekday]:
    return [day for day in Weekday if day in days]


Hour = Annotated[time, BeforeValidator(_hour)]
Weekdays = Annotated[list[Weekday], Field(max_length=7), AfterValidator(_once)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(time_zone)]
Seats = Annotated[int, Field(ge=1, le=1000)]
Meetings = Annotated[int, Field(ge=1, le=1000)]


class _Plan(BaseModel):
    """When a class meets, and what it costs. Hours are those of the class's time zone."""

    weekdays: Weekdays = Field(default_factory=list)
    starts_at: Hour | None = None
    ends_at: Hour | None = None
    time_zone: Zone = "UTC"
    enrollment_deadline: date | None = None
    start_date: date | None = None
    end_date: date | None = None
    price: MoneyData | None = None


class ClassData(_Plan):
    """A class to make. Without an instructor it is the course's; a private one has one seat."""

    course_id: UUID
    type: ClassType
    name: Title
    instructor_id: UUID | None = None
    max_capacity: Seats | None = None
    total_meetings: Meetings


class ClassChanges(_Plan):
    """What is to be another way; what isn't given stays."""

    name: Title = ""
    instructor_id: UUID = UUID(int=0)
    max_capacity: Seats = 1
    total_meetings: Meetings = 1


async def create(uow: UnitOfWork, viewer: Viewer, data: ClassData) -> Class:
    """Plan a class of a published course: a draft."""
    course = await store.course(uow.session, data.course_id)
    if course is None or course.learner_id is not None:
        raise NotFound(field=("input", "courseId"))
    if course.status is not CourseStatus.PUBLISHED:
        raise InvalidInput("Only a published course is taught.", field=("input", "courseId"))
    data.instructor_id = data.instructor_id or course.instructor_id
    return await make(uow, viewer, data)


async def make(
    uow: UnitOfWork, viewer: Viewer, data: ClassData, *, continues: Class | None = None
) -> Class:
    """The cohort and the class, as they are said to be."""
    await _teacher(uow, data.instructor_id)
    cohort = Cohort(course_id=data.course_id, instructor_id=data.instructor_id)
    class_ = Class(
        id=cohort.id,
        max_capacity=_seats(data.type, data.max_capacity),
        continued_from_id=continues.id if continues else None,
        **data.model_dump(exclude={"course_id", "instructor_id", "max_capacity", "price"}),
    )
    _check(class_)
    uow.session.add(cohort)
    await uow.session.flush()
    uow.session.add(class_)
    await uow.session.flush()
    await payables.ask(uow, PayableKind.CLASS, class_.id, class_.name, data.price)
    after = {"name": class_.name, "type": class_.type.name}
    uow.audit("class.create", viewer.user_id, ("class", class_.id), after=after)
    uow.publish(ClassCreated(class_id=class_.id, continued_from=class_.continued_from_id))
    return class_


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: ClassChanges) -> Class:
    """Change what is given, as far as the class's status allows."""
    class_, cohort = await held(uow, viewer, key, ClassStep.UPDATE)
    given = data.model_dump(exclude_unset=True)
    if "instructor_id" in given:
        await _hand_over(uow, viewer, cohort, given.pop("instructor_id"))
    if "total_meetings" in given:
        await _repackage(uow, viewer, class_, given.pop("total_meetings"))
    if "max_capacity" in given:
        await _resize(uow, class_, given.pop("max_capacity"))
    await _price(uow, class_, data, given)
    for name, value in given.items():
        setattr(class_, name, value)
    _check(class_)
    uow.session.add(class_)
    uow.publish(ClassChanged(class_id=key))
    return class_


async def _teacher(uow: UnitOfWork, key: UUID | None) -> None:
    field = ("input", "instructorId")
    if key is None:
        raise InvalidInput("Say who teaches the class.", field=field)
    if await store.teacher(uow.session, key) is None:
        raise NotFound("There is no such user who may teach.", field=field)


async def _hand_over(uow: UnitOfWork, viewer: Viewer, cohort: Cohort, key: UUID) -> None:
    """Have somebody else teach a class."""
    if key == cohort.instructor_id:
        return
    await _teacher(uow, key)
    uow.audit("class.instructor_change", viewer.user_id, ("class", cohort.id))
    cohort.instructor_id = key
    uow.session.add(cohort)


async def _repackage(uow: UnitOfWork, viewer: Viewer, class_: Class, meetings: int) -> None:
    """Another package, with the credits of everybody in the class."""
    more = meetings - class_.total_meetings
    if more == 0:
        return
    field = ("input", "totalMeetings")
    if class_.status is ClassStatus.ACTIVE and class_.type is ClassType.GROUP:
        raise PackageFixed("The package of a group class that began stays as it is.", field=field)
    if class_.status is ClassStatus.ACTIVE and more < 0:
        raise PackageFixed("The package of a class that began can only grow.", field=field)
    before, class_.total_meetings = class_.total_meetings, meetings
    for enrollment in await enrollments.hold_active(uow.session, class_.id):
        await ledger.post(uow, enrollment, CreditKind.PACKAGE, more, by=viewer.user_id)
    uow.audit(
        "class.package_change",
        viewer.user_id,
        ("class", class_.id),
        before={"meetings": before},
        after={"meetings": meetings},
    )


async def _resize(uow: UnitOfWork, class_: Class, seats: int) -> None:
    """More seats or fewer, but never fewer than are taken."""
    class_.max_capacity = _seats(class_.type, seats)
    taken = await enrollments.taken(uow.session, class_.id)
    if seats < taken:
        raise InvalidInput(f"{taken} seats are taken.", field=("input", "maxCapacity"))


def _seats(type: ClassType, given: int | None) -> int:
    if type is ClassType.PRIVATE:
        if given not in (None, 1):
            raise InvalidInput("A private class has one seat.", field=("input", "maxCapacity"))
        return 1
    if given is None:
        raise InvalidInput("Say how many seats it has.", field=("input", "maxCapacity"))
    return given


async def _price(uow: UnitOfWork, class_: Class, data: ClassChanges, given: dict[str, Any]) -> None:
    """Another price, or the same under another name."""
    price = data.price
    if "price" in given:
        del given["price"]
    elif "name" not in given:
        return
    else:
        asked = (await store.prices(uow.session, [class_.id])).get(class_.id)
        price = MoneyData(amount=asked[0], currency=asked[1]) if asked else None
    name = given.get("name", class_.name)
    await payables.ask(uow, PayableKind.CLASS, class_.id, name, price)


def _check(class_: Class) -> None:
    """What of a class has to go together."""
    start, end, deadline = class_.start_date, class_.end_date, class_.enrollment_deadline
    if (class_.starts_at is None) != (class_.ends_at is None):
        raise InvalidInput("Say both when it starts and when it ends.", field=("input", "endsAt"))
    if class_.starts_at and class_.ends_at and class_.starts_at >= class_.ends_at:
        raise InvalidInput("It ends before it starts.", field=("input", "endsAt"))
    if start and end and end < start:
        raise InvalidInput("It ends before it starts.", field=("input", "endDate"))
    if deadline and start and start < deadline:
        raise InvalidInput(
            "The deadline is after the first day.", field=("input", "enrollmentDeadline")
        )
    offered = class_.type is ClassType.GROUP and class_.status is ClassStatus.ENROLLMENT_OPEN
    if offered and deadline is None:
        raise ClassIncomplete(
            "A group class needs a deadline.", field=("input", "enrollmentDeadline")
        )
