"""Lectures: given, changed, cancelled; who comes, and who may once they have paid."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.accounts.store import users
from app.classes import lecture_policy as policy
from app.classes.errors import LectureFull, LectureWrongState
from app.classes.lecture_events import (
    LectureCancelled,
    LectureChanged,
    LectureCreated,
    LectureEnrolled,
)
from app.classes.models import (
    Lecture,
    LectureEnrollment,
    LectureEnrollmentStatus,
    LectureStatus,
)
from app.classes.store import lectures as store
from app.core.addresses import SecureAddress
from app.core.clock import PlannedTime, now
from app.core.errors import InvalidInput, NotFound
from app.core.settings import Settings
from app.core.text import line, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.payments.models import PayableKind, Payment
from app.payments.service import cards, payables, payments
from app.reference.models import Subject
from app.reference.service.offers import MoneyData, exact_amount

# So long a seat is kept for who pays.
RESERVED_FOR: Final = timedelta(minutes=30)

Title = Annotated[str, AfterValidator(line(255))]


class LectureData(BaseModel):
    """A lecture to give."""

    title: Title
    description: Annotated[str, AfterValidator(text(20_000))] | None = None
    subject_id: UUID | None = None
    instructor_id: UUID | None = None
    price: MoneyData | None = None
    starts_at: PlannedTime
    minutes: Annotated[int, Field(ge=1, le=1440)]
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    meeting_url: SecureAddress | None = None


class LectureChanges(LectureData):
    """What is to be another way; what isn't given stays."""

    title: Title = ""
    starts_at: PlannedTime = Field(default_factory=now)
    minutes: Annotated[int, Field(ge=1, le=1440)] = 1
    capacity: Annotated[int, Field(ge=1, le=100_000)] = 1
    recording_url: SecureAddress | None = None


async def create(uow: UnitOfWork, viewer: Viewer, data: LectureData) -> Lecture:
    """A lecture of the viewer's own; a manager can make one for another instructor."""
    values = data.model_dump()
    values |= {"instructor_id": viewer.user_id} if data.instructor_id is None else {}
    lecture = Lecture(**await _checked(uow, viewer, values))
    uow.session.add(lecture)
    await _ask(uow, lecture)
    uow.publish(LectureCreated(lecture_id=lecture.id))
    return lecture


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: LectureChanges) -> Lecture:
    """Change what is given. What was paid stays paid, whatever the price is from now on."""
    lecture = await _given(uow, viewer, key)
    values = await _checked(uow, viewer, data.model_dump(exclude_unset=True))
    begun = lecture.starts_at <= now()
    if begun and values.keys() - {"description", "meeting_url", "recording_url"}:
        raise LectureWrongState("What has begun only gets another description or other links.")
    for name, value in values.items():
        setattr(lecture, name, value)
    if lecture.capacity < await store.seated(uow.session, key, now()):
        raise InvalidInput("More seats than that are taken.", field=("input", "capacity"))
    if not begun:
        await _ask(uow, lecture)
    uow.publish(LectureChanged(lecture_id=key))
    return lecture


async def cancel(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Lecture:
    """It doesn't take place. Who paid gets it back, and who wanted to come is told, by the workers.

    Twice is no error.
    """
    lecture = await _held(uow, viewer, key)
    if lecture.status is LectureStatus.CANCELLED:
        return lecture
    if lecture.starts_at + timedelta(minutes=lecture.minutes) <= now():
        raise LectureWrongState("It has taken place.")
    lecture.status = LectureStatus.CANCELLED
    await payables.ask(uow, PayableKind.LECTURE, key, lecture.title, None)
    await store.end_reserved(uow.session, key)
    uow.audit(
        "lecture.cancel",
        viewer.user_id,
        ("lecture", key),
        before={"status": LectureStatus.SCHEDULED.name},
        after={"status": LectureStatus.CANCELLED.name},
    )
    uow.publish(LectureCancelled(lecture_id=key))
    return lecture


async def enroll(
    uow: UnitOfWork, settings: Settings, viewer: Viewer, key: UUID
) -> tuple[LectureEnrollment, Payment | None]:
    """A seat for the viewer: at once if it is free, else kept for a while for them to pay.

    Again, it is the same seat, and the same payment.
    """
    found = await store.hold_seen(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", "id"))
    lecture, _ = found
    seat = await store.enrollment(uow.session, key, viewer.user_id)
    if seat is not None and seat.status is LectureEnrollmentStatus.ACTIVE:
        return seat, None
    _check_open(lecture)
    if await store.taken(uow.session, key, viewer.user_id, now()) >= lecture.capacity:
        raise LectureFull
    if lecture.price_amount is None:
        return await _seat(uow, lecture, viewer.user_id), None
    payment = await cards.opened(uow, settings, viewer.user_id, PayableKind.LECTURE, key)
    seat = seat or LectureEnrollment(lecture_id=key, student_id=viewer.user_id)
    seat.status = LectureEnrollmentStatus.RESERVED
    seat.reserved_until = now() + RESERVED_FOR
    uow.session.add(seat)
    await uow.session.flush()
    return seat, payment


async def enroll_paid(uow: UnitOfWork, key: UUID, user_id: UUID) -> bool:
    """A seat for who has paid. False if there is none any more: then the payment goes back.

    Again, it is the same seat.
    """
    lecture = await store.hold(uow.session, key)
    if lecture is None or lecture.status is LectureStatus.CANCELLED:
        return False
    seat = await store.enrollment(uow.session, key, user_id)
    if seat is not None and seat.status is LectureEnrollmentStatus.ACTIVE:
        return True
    if await store.taken(uow.session, key, user_id, now()) >= lecture.capacity:
        return False
    await _seat(uow, lecture, user_id)
    return True


async def end_paid(uow: UnitOfWork, key: UUID, user_id: UUID) -> None:
    """No seat for who got the money back, unless they have paid once more since."""
    if await store.hold(uow.session, key) is None:
        return
    if await payments.is_paid(uow, user_id, PayableKind.LECTURE, key):
        return
    seat = await store.enrollment(uow.session, key, user_id)
    if seat is not None:
        seat.status, seat.reserved_until = LectureEnrollmentStatus.ENDED, None


async def _seat(uow: UnitOfWork, lecture: Lecture, user_id: UUID) -> LectureEnrollment:
    seat = await store.enrollment(uow.session, lecture.id, user_id)
    seat = seat or LectureEnrollment(lecture_id=lecture.id, student_id=user_id)
    seat.status, seat.reserved_until = LectureEnrollmentStatus.ACTIVE, None
    uow.session.add(seat)
    await uow.session.flush()
    uow.publish(LectureEnrolled(lecture_id=lecture.id, user_id=user_id))
    return seat


def _check_open(lecture: Lecture) -> None:
    if lecture.status is LectureStatus.CANCELLED:
        raise LectureWrongState("This lecture was cancelled.")
    if lecture.starts_at <= now():
        raise LectureWrongState("This lecture has begun.")


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Lecture:
    """A lecture that the viewer gives; what others give can be seen, and isn't theirs to change."""
    found = await store.hold_seen(uow.session, viewer, key)
    if found is None or not found[1]:
        raise NotFound("There is no such lecture of yours.", field=("input", "id"))
    return found[0]


async def _given(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Lecture:
    lecture = await _held(uow, viewer, key)
    if lecture.status is LectureStatus.CANCELLED:
        raise LectureWrongState("This lecture was cancelled.")
    return lecture


async def _ask(uow: UnitOfWork, lecture: Lecture) -> None:
    """What the lecture costs, until it begins."""
    price: MoneyData | None = None
    if lecture.price_amount is not None and lecture.price_currency is not None:
        price = MoneyData(amount=lecture.price_amount, currency=lecture.price_currency)
    await payables.ask(
        uow, PayableKind.LECTURE, lecture.id, lecture.title, price, lecture.starts_at
    )


async def _checked(uow: UnitOfWork, viewer: Viewer, values: dict[str, Any]) -> dict[str, Any]:
    """The columns of what was given; what they refer to exists."""
    subject_id, instructor_id = values.get("subject_id"), values.get("instructor_id")
    if subject_id is not None and await uow.session.get(Subject, subject_id) is None:
        raise NotFound("There is no such subject.", field=("input", "subjectId"))
    if "instructor_id" in values and instructor_id != viewer.user_id:
        await _check_instructor(uow, viewer, instructor_id)
    starts_at: datetime | None = values.get("starts_at")
    if starts_at is not None and starts_at <= now():
        raise InvalidInput("A lecture begins later than now.", field=("input", "startsAt"))
    if values.get("description", "") is None:
        values["description"] = ""
    if "price" in values:
        values |= await _price(uow, values.pop("price"))
    return values


async def _check_instructor(uow: UnitOfWork, viewer: Viewer, instructor_id: UUID | None) -> None:
    there = instructor_id is not None and await users.users_by_id(uow.session, [instructor_id])
    if not viewer.may(policy.MANAGE) or not there:
        raise NotFound("There is no such instructor.", field=("input", "instructorId"))


async def _price(uow: UnitOfWork, price: dict[str, Any] | None) -> dict[str, Any]:
    if price is None or not price["amount"]:
        return {"price_amount": None, "price_currency": None}
    amount: Decimal = await exact_amount(uow.session, price["amount"], price["currency"])
    return {"price_amount": amount, "price_currency": price["currency"]}
