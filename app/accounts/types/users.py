"""People, as others see them."""

from datetime import datetime

from app.accounts import models, policy
from app.core.graph.node import Node
from app.core.graph.read.declare import column, reads


@reads(
    models.User,
    visible=policy.visible,
    description="A person with an account, as everybody may see them.",
)
class User(Node):
    """Public profile."""

    prefix = "usr"

    username: str = column("The unique name.")
    first_name: str = column("The given name.")
    last_name: str | None = column("The family name.")
    created_at: datetime = column("When the account was made.")
