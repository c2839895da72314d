"""People, as others see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.accounts import models, policy
from app.accounts.types.profiles import Profile
from app.core.graph.node import Node
from app.core.graph.read.declare import column, edge, id_argument, reads


@reads(
    models.User,
    visible=policy.visible,
    description="A person with an account. Name and picture are shown wherever people meet; all"
    " else is in the profile, which obeys the person's privacy settings.",
)
class User(Node):
    """Name and picture, and the way to the profile."""

    prefix = "usr"

    username: str = column("The unique name.")
    first_name: str = column("The given name.")
    last_name: str | None = column("The family name.")
    avatar_url: str | None = column("Where the picture is: an address that begins with https.")
    created_at: datetime = column("When the account was made.")
    profile: Profile | None = edge("id", "The profile; null if it isn't for the viewer.")


UserId = Annotated[strawberry.ID, id_argument("The user.", User.prefix)]
