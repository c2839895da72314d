"""What the schema shows of lectures."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Text, and_, case, cast, func, null, or_, true
from sqlmodel import col, select

from app.accounts.types import User
from app.classes import lecture_policy as policy
from app.classes import models
from app.classes.models import LectureEnrollmentStatus, LectureStatus
from app.core.graph.connections import Connection
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
from app.core.viewer import Asker
from app.reference.types.taxonomy import Subject

describe(
    LectureStatus,
    "Whether a lecture takes place.",
    {
        LectureStatus.SCHEDULED: "It does, or did.",
        LectureStatus.CANCELLED: "It does not.",
    },
)
describe(
    LectureEnrollmentStatus,
    "Whether somebody has a seat at a lecture.",
    {
        LectureEnrollmentStatus.RESERVED: "It is kept for a while, until it is paid for.",
        LectureEnrollmentStatus.ACTIVE: "They do.",
        LectureEnrollmentStatus.ENDED: "They don't any more.",
    },
)


@reads(
    models.LectureEnrollment,
    visible=policy.own_enrollment,
    description="Somebody's seat at a lecture.",
)
class LectureEnrollment(Node):
    """For them, and for who gives the lecture."""

    prefix = "len"

    lecture: "Lecture | None" = edge("lecture_id", "The lecture.")
    student: User | None = edge("student_id", "Whose seat it is.")
    status: LectureEnrollmentStatus = column("Whether they have it.")
    reserved_until: datetime | None = column("Until when it is kept for who pays.")
    created_at: datetime = column("When they first wanted to come.")


def _door(name: str) -> Any:
    def address(viewer: Asker, lecture: type[models.Lecture]) -> ColumnElement[Any]:
        return case(
            (policy.admitted(viewer, lecture), getattr(lecture, name)), else_=cast(null(), Text)
        )

    return address


def _seats_taken(_: Asker, lecture: type[models.Lecture]) -> ColumnElement[int]:
    seat = models.LectureEnrollment
    kept = and_(
        col(seat.status) == LectureEnrollmentStatus.RESERVED,
        col(seat.reserved_until) > func.now(),
    )
    counted = (
        select(func.count())
        .where(
            seat.lecture_id == lecture.id,
            or_(col(seat.status) == LectureEnrollmentStatus.ACTIVE, kept),
        )
        .correlate(lecture)
    )
    return whole(counted.scalar_subquery())


def _mine(
    viewer: Asker, seat: type[models.LectureEnrollment], lecture: type[models.Lecture]
) -> ColumnElement[bool]:
    return and_(col(seat.lecture_id) == lecture.id, col(seat.student_id) == viewer.user_id)


def _seats(
    viewer: Asker, seat: type[models.LectureEnrollment], lecture: type[models.Lecture]
) -> Rows:
    return Rows(
        col(seat.lecture_id) == lecture.id,
        Order("lectureEnrollments"),
        visible=true(),
        exists=policy.gives(viewer, lecture),
    )


@reads(
    models.Lecture,
    visible=policy.visible,
    description="Somebody speaks once, for those who come.",
    needs=("price_amount", "price_currency"),
)
class Lecture(Node):
    """At a time, with a number of seats."""

    prefix = "lec"

    title: str = column("What it is called.")
    description: str = column("What it is about.")
    subject: Subject | None = edge("subject_id", "What it is a part of.")
    instructor: User | None = edge("instructor_id", "Who gives it.")
    starts_at: datetime = column("When it begins.")
    minutes: int = column("How long it takes, in minutes.")
    capacity: int = column("How many seats there are.")
    seats_taken: int = computed(
        _seats_taken, "How many of them are taken, or kept for who pays just now."
    )
    status: LectureStatus = column("Whether it takes place.")
    meeting_url: str | None = computed(
        _door("meeting_url"),
        "Where it takes place: an address that begins with https. Only for those who have a seat,"
        " and for who gives it.",
    )
    recording_url: str | None = computed(
        _door("recording_url"), "Where its recording is; for the same people."
    )
    viewer_enrollment: LectureEnrollment | None = one(
        _mine, "The viewer's seat; null if they never wanted to come.", visible=true()
    )
    enrollments: Connection[LectureEnrollment] | None = pages(
        _seats, "Everybody's seats, as they came; null unless the viewer gives it."
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")

    @strawberry.field(description="What it costs; null if nothing.")
    def price(self) -> Money | None:
        """From two columns."""
        amount: Decimal | None = vars(self)["price_amount"]
        currency: str | None = vars(self)["price_currency"]
        if amount is None or currency is None:
            return None
        return Money(amount=amount, currency=currency)


LectureId = Annotated[strawberry.ID, id_argument("The lecture.", Lecture.prefix)]
