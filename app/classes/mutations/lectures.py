"""Root mutations of lectures."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.classes.lecture_policy import CREATE
from app.classes.service import lectures as service
from app.classes.types.lectures import Lecture, LectureEnrollment
from app.core.access import SIGNED_IN, permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import PAYMENTS
from app.core.money import MoneyInput
from app.courses.mutations.inputs import errors, keys, maybe, nested
from app.payments.service import cards
from app.payments.types import Payment
from app.reference.types.taxonomy import Subject


@strawberry.input(description="What a lecture can have.")
class LectureFields:
    """What making and changing a lecture have in common."""

    description: str | None = maybe("What it is about, at most 20,000 characters.")
    subject_id: strawberry.ID | None = maybe("The subject that it is a part of.")
    instructor_id: strawberry.ID | None = maybe(
        "Who gives it: you at first. Only who manages lectures can name another one."
    )
    price: MoneyInput | None = maybe("What it costs; nothing at first.")
    meeting_url: str | None = maybe("Where it takes place: an address that begins with https.")


@strawberry.input(description="A lecture to give.")
class LectureCreateInput(LectureFields):
    """At a time to come."""

    title: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    starts_at: datetime = strawberry.field(description="When it begins: later than now.")
    minutes: int = strawberry.field(description="How long it takes, in minutes: 1 to 1440.")
    capacity: int = strawberry.field(description="How many seats there are: 1 to 100,000.")


@strawberry.input(description="What is to be another way in a lecture. What isn't given stays.")
class LectureUpdateInput(LectureFields):
    """Once it has begun, only the description and the links."""

    id: strawberry.ID = strawberry.field(description="The lecture.")
    title: str | None = maybe("What it is called, 1 to 255 characters.")
    starts_at: datetime | None = maybe("When it begins: later than now.")
    minutes: int | None = maybe("How long it takes, in minutes: 1 to 1440.")
    capacity: int | None = maybe("How many seats there are; not fewer than are taken.")
    recording_url: str | None = maybe("Where its recording is: an address that begins with https.")


@strawberry.input(description="Which lecture.")
class LectureInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The lecture.")


@strawberry.type
class _LecturePayload:
    lecture: Lecture | None = edge("lecture_key", "The lecture.")
    lecture_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `lectureCreate`.")
class LectureCreatePayload(_LecturePayload):
    """The lecture."""


@strawberry.type(description="The answer to `lectureUpdate`.")
class LectureUpdatePayload(_LecturePayload):
    """The lecture."""


@strawberry.type(description="The answer to `lectureCancel`.")
class LectureCancelPayload(_LecturePayload):
    """The lecture."""


@strawberry.type(description="The answer to `lectureEnroll`.")
class LectureEnrollPayload:
    """The seat, and what is to be paid for it."""

    enrollment: LectureEnrollment | None = edge("enrollment_key", "The viewer's seat.")
    payment: Payment | None = edge(
        "payment_key", "What is to be paid before the seat is the viewer's; null if nothing is."
    )
    client_secret: str | None = strawberry.field(
        default=None,
        description="With what the client confirms that payment: Stripe's client secret.",
    )
    enrollment_key: strawberry.Private[UUID | None] = None
    payment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


def _more(input: LectureFields) -> dict[str, Any]:
    """What of an input isn't data as it stands."""
    more: dict[str, Any] = keys(input, subject_id=Subject.prefix, instructor_id=User.prefix)
    if input.price is not strawberry.UNSET:
        more["price"] = nested(input.price)
    return more


def _key(input: Any) -> UUID:
    return from_global(Lecture.prefix, input.id)


@strawberry.type
class LecturesMutation:
    """Give lectures, and come to them."""

    @mutation(permitted(CREATE))
    async def lecture_create(self, info: Info, input: LectureCreateInput) -> LectureCreatePayload:
        """Give a lecture. Everybody who is signed in sees it from now on."""
        data = to_data(service.LectureData, input, **_more(input))
        async with info.context.begin() as uow:
            lecture = await service.create(uow, info.context.me, data)
        return LectureCreatePayload(lecture_key=lecture.id)

    @mutation(permitted(CREATE))
    async def lecture_update(self, info: Info, input: LectureUpdateInput) -> LectureUpdatePayload:
        """Change a lecture that you give."""
        data = to_data(service.LectureChanges, input, **_more(input))
        async with info.context.begin() as uow:
            lecture = await service.update(uow, info.context.me, _key(input), data)
        return LectureUpdatePayload(lecture_key=lecture.id)

    @mutation(permitted(CREATE))
    async def lecture_cancel(self, info: Info, input: LectureInput) -> LectureCancelPayload:
        """Don't give a lecture. Who paid gets it back, and who had a seat is told. Twice is no
        error.
        """
        async with info.context.begin() as uow:
            lecture = await service.cancel(uow, info.context.me, _key(input))
        return LectureCancelPayload(lecture_key=lecture.id)

    @mutation(SIGNED_IN, PAYMENTS)
    async def lecture_enroll(self, info: Info, input: LectureInput) -> LectureEnrollPayload:
        """Take a seat. At a free lecture it is yours at once; at another one it is kept for 30
        minutes, and yours when the payment is verified. The same call again is the same seat.
        """
        context = info.context
        async with context.begin() as uow:
            seat, payment = await service.enroll(
                uow, context.resources.settings, context.me, _key(input)
            )
        if payment is None:
            return LectureEnrollPayload(enrollment_key=seat.id)
        started = await cards.confirmable(context.resources, context.begin, payment)
        return LectureEnrollPayload(
            enrollment_key=seat.id,
            payment_key=started.payment_id,
            client_secret=started.client_secret,
        )
