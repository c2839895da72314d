"""Classes, who is in them, and their credits."""

from datetime import time
from typing import Any
from uuid import UUID

from app.classes.models import AdjustmentReason, ClassType, CreditKind
from tests.engine.filling import Filling, Row
from tests.engine.people import small, user
from tests.engine.room import Room


def _capacity(filling: Filling, row: Row) -> int:
    return 1 if row["type"] is ClassType.PRIVATE else filling.rng.randint(1, 30)


def _reason(filling: Filling, row: Row) -> Any:
    adjusted = row["kind"] is CreditKind.ADJUSTMENT
    return filling.rng.choice(list(AdjustmentReason)) if adjusted else None


def _before(filling: Filling, _: Row) -> UUID | None:
    found = filling.rows["class"]
    return None if not found or filling.chance(0.6) else filling.one(found)["id"]


def _hour(filling: Filling, _: Row) -> time | None:
    return (
        None if filling.chance(0.3) else time(filling.rng.randrange(24), filling.rng.randrange(60))
    )


ROOM = Room(
    counts={"class": 16, "enrollment": 60, "credit_entry": 100},
    rules={
        "class.max_capacity": _capacity,
        "class.total_meetings": lambda filling, _: filling.rng.randint(20, 50),
        "class.meetings_completed": small,
        "class.starts_at": _hour,
        "class.ends_at": _hour,
        "class.time_zone": lambda filling, _: filling.rng.choice(("UTC", "Asia/Jakarta")),
        "class.continued_from_id": _before,
        "enrollment.student_id": user,
        "enrollment.credits": small,
        "credit_entry.number": small,
        "credit_entry.before": small,
        "credit_entry.amount": small,
        "credit_entry.after": lambda _, row: row["before"] + row["amount"],
        "credit_entry.reason": _reason,
    },
)
