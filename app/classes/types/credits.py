"""The ledger of credits."""

from datetime import datetime

from sqlalchemy import true
from sqlmodel import col

from app.accounts.types import User
from app.classes import models, policy
from app.classes.models import AdjustmentReason, CreditKind
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, edge, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

describe(
    CreditKind,
    "Why credits came or went.",
    {
        CreditKind.PACKAGE: "The package of the class was given, or has grown.",
        CreditKind.ATTENDANCE: "Attendance was taken or corrected.",
        CreditKind.ADJUSTMENT: "Somebody gave or took them by hand.",
    },
)
describe(
    AdjustmentReason,
    "Why somebody adjusted credits.",
    {
        AdjustmentReason.MAKEUP_CLASS: "Another meeting was made up for.",
        AdjustmentReason.REFUND: "Something was refunded.",
        AdjustmentReason.ERROR_CORRECTION: "Something had been written down wrongly.",
        AdjustmentReason.BONUS: "They are a present.",
        AdjustmentReason.OTHER: "What the detail says.",
    },
)


@reads(
    models.CreditEntry,
    visible=policy.visible_entry,
    description="How credits of an enrollment came or went. None is ever changed.",
)
class CreditEntry(Node):
    """A line of a ledger."""

    prefix = "cre"

    number: int = column("Its place in the ledger: the first is 1, and none is missing.")
    kind: CreditKind = column("Why they came or went.")
    amount: int = column("How many came; negative if they went.")
    before: int = column("How many there were.")
    after: int = column("How many there were then.")
    reason: AdjustmentReason | None = column("Of an adjustment: why.")
    detail: str | None = column("What else there is to say.")
    made_by: User | None = edge("made_by_id", "Who did it; null for the program.")
    created_at: datetime = column("When.")


def entries(_: Asker, entry: type[models.CreditEntry], enrollment: type[models.Enrollment]) -> Rows:
    """The ledger of an enrollment: who sees it sees all of it."""
    order = Order("creditEntries", ("number", "id"), descending=True)
    return Rows(col(entry.enrollment_id) == enrollment.id, order, visible=true())
