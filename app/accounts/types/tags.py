"""Skills and interests of users."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.accounts import models, policy
from app.accounts.models import TagSource
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, edge, reads

if TYPE_CHECKING:
    from app.reference.types.taxonomy import Tag

describe(
    TagSource,
    "Where a user's tag comes from.",
    {
        TagSource.MANUAL: "The user put it there.",
        TagSource.AI: "A model suggested it.",
        TagSource.IMPORTED: "It was taken over from elsewhere.",
    },
)


@reads(
    models.UserTag,
    visible=policy.visible_user_tag,
    description="A skill or an interest of a user.",
)
class UserTag(Node):
    """A tag, and what the user says of it."""

    prefix = "utg"

    tag: Annotated["Tag", strawberry.lazy("app.reference.types.taxonomy")] | None = edge(
        "tag_id", "The tag; null while it isn't public."
    )
    rating: int | None = column("How good or how interested the user is: 1 to 10.")
    value: str | None = column("What the user says of it.")
    source: TagSource = column("Where it comes from.")
    accepted: bool | None = column(
        "Whether it counts. What a model suggested does once the user accepts it; null until the"
        " user says."
    )
    confidence: float | None = column("How sure the model was that suggested it: 0 to 1.")
    created_at: datetime = column("When the user got it.")
    updated_at: datetime = column("When it was last changed.")
