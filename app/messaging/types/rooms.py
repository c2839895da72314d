"""Rooms."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, case, null
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, computed, edge, id_argument, reads
from app.core.graph.read.operation import COST
from app.core.realtime.declare import quiet_place
from app.core.viewer import Asker
from app.messaging import models, policy
from app.messaging.events import conversation_stream
from app.messaging.models import RoomType
from app.messaging.types.conversations import Conversation, member_count
from app.reference.types.taxonomy import Subject

describe(
    RoomType,
    "What a room is for.",
    {
        RoomType.STUDY: "Studying side by side.",
        RoomType.DISCUSSION: "Discussing a subject.",
        RoomType.HELP: "Asking and answering.",
        RoomType.EXAM_PREPARATION: "Preparing for an exam together.",
        RoomType.SOCIAL: "Everything else.",
    },
)


def _members(_: Asker, room: type[models.Room]) -> ColumnElement[int]:
    return member_count(room.conversation_id)


def _mine(viewer: Asker, room: type[models.Room]) -> ColumnElement[bool]:
    return policy.is_in_room(viewer, room)


def _join_code(viewer: Asker, room: type[models.Room]) -> ColumnElement[str | None]:
    return case((col(room.owner_id) == viewer.user_id, col(room.join_code)), else_=null())


@reads(
    models.Room,
    visible=policy.visible_room,
    description="A standing chat room.",
    needs=("conversation_id",),
)
class Room(Node):
    """Public, or for those who have its code."""

    prefix = "rom"

    name: str = column("What it is called.")
    description: str = column("What it is about.")
    type: RoomType = column("What it is for.")
    subject: Subject | None = edge("subject_id", "What is studied in it, if that is one thing.")
    max_participants: int = column("How many people it takes.")
    public: bool = column("Whether anybody may see and enter it.")
    logo_url: str | None = column("A picture of it.")
    owner: User | None = edge("owner_id", "Whose it is; null once the account is gone.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    archived_at: datetime | None = column("When it was archived; null while it is open.")
    member_count: int = computed(_members, "How many people are in it.")
    is_member: bool = computed(_mine, "Whether the viewer is in it.")
    join_code: str | None = computed(
        _join_code, "What lets people into it while it is private; null unless it is the viewer's."
    )
    conversation: Conversation | None = edge(
        "conversation_id", "Its chat; null for those who aren't in it."
    )

    @strawberry.field(
        description="How many people have it open now: they follow `conversationUpdated` of its"
        " chat. Null, with an error, while that can't be said.",
        metadata={COST: 5},
    )
    async def active_count(self, info: Info) -> int | None:
        """One question to Redis for all rooms of the operation."""
        place = quiet_place(conversation_stream(vars(self)["conversation_id"]))
        counting = info.context.resources.presence.count
        return await info.context.load("active_count", counting, place)


RoomId = Annotated[strawberry.ID, id_argument("The room.", Room.prefix)]
