"""How long data is kept."""

from datetime import datetime

import strawberry
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, edge, id_of, items, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.privacy import models, policy
from app.privacy.models import RetainedData

describe(
    RetainedData,
    "What is kept for a number of days.",
    {
        RetainedData.TRANSCRIPTS: "What was said in study sessions and what quotes it: segments,"
        " insights, answers. Counted from a session's end.",
        RetainedData.SESSION_DATA: "Study sessions that are over, with their chats, summaries and"
        " who took part; not before their transcripts are gone.",
        RetainedData.SIGN_INS: "Devices that are signed out, with their addresses, and failed"
        " sign-ins.",
        RetainedData.FAILED_JOBS: "Jobs that failed for good.",
        RetainedData.PROGRAM_RUNS: "Programs that were tried out; those that were handed in stay.",
    },
)


def _holds(
    _: Asker, hold: type[models.RetentionHold], policy: type[models.RetentionPolicy]
) -> Rows:
    return Rows(col(hold.policy_id) == policy.id, Order("retentionHolds", ("until", "id")))


@reads(models.RetentionHold, description="What a policy doesn't touch until a time.")
class RetentionHold:
    """The data of a user, or of a study session."""

    id: strawberry.ID = id_of("id", "hld", "The hold's id.")
    user_id: strawberry.ID | None = id_of(
        "user_id", "usr", "Whose data is held, and the account itself; null for a session's."
    )
    session_id: strawberry.ID | None = id_of(
        "session_id", "sts", "The study session whose data is held; null for a user's."
    )
    reason: str = column("Why.")
    until: datetime = column("When it ends.")
    created_at: datetime = column("When it was placed.")
    placed_by: User | None = edge("placed_by_id", "Who placed it.")


@reads(
    models.RetentionPolicy,
    visible=policy.visible_policy,
    description="For how long one kind of data is kept.",
)
class RetentionPolicy(Node):
    """What is older is deleted within a day."""

    prefix = "rtp"

    data_type: RetainedData = column("What it is about.")
    days: int = column("For how many days that is kept.")
    saved_by: User | None = edge(
        "saved_by_id", "Who saved it last; null for what the program began with."
    )
    updated_at: datetime = column("When it was last saved.")
    holds: list[RetentionHold] = items(
        _holds, "What it doesn't touch, the first to end first.", most=100
    )
