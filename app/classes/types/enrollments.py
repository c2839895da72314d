"""What the schema shows of who is in a class."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from app.accounts.types import User
from app.classes import models, policy
from app.classes.models import CreditKind, EnrollmentPaymentStatus, EnrollmentStatus
from app.classes.types.attendance import Attendance, AttendanceSummary, records
from app.classes.types.credits import CreditEntry, entries
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    called,
    column,
    computed,
    edge,
    id_argument,
    pages,
    reads,
    whole,
)
from app.core.money import Money
from app.core.viewer import Asker

if TYPE_CHECKING:
    from app.classes.types.classes import Class

describe(
    EnrollmentStatus,
    "Where somebody's way through a class is.",
    {
        EnrollmentStatus.ACTIVE: "They are in it.",
        EnrollmentStatus.COMPLETED: "They were in it to its end.",
        EnrollmentStatus.WITHDRAWN: "They left it, or it was cancelled.",
    },
)
describe(
    EnrollmentPaymentStatus,
    "Whether a place in a class was paid.",
    {
        EnrollmentPaymentStatus.PENDING: "Not yet.",
        EnrollmentPaymentStatus.VERIFIED: "It was.",
        EnrollmentPaymentStatus.REFUNDED: "It was, and the money was given back.",
    },
)


def _package(enrollment: type[models.Enrollment]) -> ColumnElement[int]:
    entry = models.CreditEntry
    total = select(func.coalesce(func.sum(entry.amount), 0)).where(
        entry.enrollment_id == enrollment.id, entry.kind == CreditKind.PACKAGE
    )
    return total.scalar_subquery()


def _total(_: Asker, enrollment: type[models.Enrollment]) -> ColumnElement[int]:
    return whole(_package(enrollment))


def _used(_: Asker, enrollment: type[models.Enrollment]) -> ColumnElement[int]:
    return whole(_package(enrollment) - col(enrollment.credits))


@reads(
    models.Enrollment,
    visible=policy.visible_enrollment,
    description="Somebody in a class. For that student, the class's instructor, and those who"
    " manage classes.",
    needs=("price_amount", "price_currency"),
)
class Enrollment(Node):
    """One for each student of a class, whatever became of it."""

    prefix = "enr"

    student: User | None = edge("student_id", "Who.")
    class_: Annotated["Class", strawberry.lazy("app.classes.types.classes")] | None = called(
        "class", edge("class_id", "The class; null to a student who left it.")
    )
    status: EnrollmentStatus = column("Where the student's way through the class is.")
    credits_total: int = computed(_total, "How many meetings the package is for.")
    credits_used: int = computed(
        _used,
        "How many of these were used: by attendance, and by adjustments, which may also give"
        " back. Below zero if more was given back than used.",
    )
    credits_remaining: int = column(
        "How many are left: total less used, never negative.", "credits"
    )
    attendance: AttendanceSummary = edge("id", "How often they came.")
    attendance_records: Connection[Attendance] = pages(
        records, "To which meetings they came, in the order of the meetings."
    )
    credit_entries: Connection[CreditEntry] = pages(
        entries, "How their credits came and went, the newest first."
    )
    payment_status: EnrollmentPaymentStatus | None = column(
        "Whether the place was paid; null if the class cost nothing."
    )
    enrolled_at: datetime = column("When the student first came.", "created_at")
    completed_at: datetime | None = column(
        "When the class was completed, if the student was there."
    )
    updated_at: datetime = column("When it was last changed.")

    @strawberry.field(description="What the place cost when the student came; null if nothing.")
    def price(self) -> Money | None:
        """From two columns."""
        amount: Decimal | None = vars(self)["price_amount"]
        currency: str | None = vars(self)["price_currency"]
        if amount is None or currency is None:
            return None
        return Money(amount=amount, currency=currency)


EnrollmentId = Annotated[strawberry.ID, id_argument("The enrollment.", Enrollment.prefix)]
