"""Whom the viewer has blocked."""

from datetime import datetime

from app.accounts import models, policy
from app.accounts.types.users import User
from app.core.graph.node import Node
from app.core.graph.read.declare import column, edge, reads


@reads(
    models.UserBlock,
    visible=policy.visible_block,
    description="A user whom the viewer has blocked.",
)
class UserBlock(Node):
    """Only the one who blocked sees it."""

    prefix = "blk"

    user: User | None = edge("blocked_id", "Who; null while the account isn't active.")
    created_at: datetime = column("Since when.")
