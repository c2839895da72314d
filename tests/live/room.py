"""A room of the tests' own over messaging's tables, with all kinds of subscriptions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, exists, literal_column, true
from sqlmodel import col, select
from strawberry.schema.config import StrawberryConfig

from app.accounts.models import Consent
from app.accounts.models import User as UserRow
from app.accounts.types import User
from app.core.access import SIGNED_IN, permitted
from app.core.events import Event, PersistedEvent, TransientEvent
from app.core.graph.context import Info
from app.core.graph.node import Node
from app.core.graph.read.declare import by_id, column, computed, edge, id_argument, one, reads
from app.core.graph.read.ordinary import install
from app.core.graph.scalars import SCALARS
from app.core.graph.schema import Schema
from app.core.realtime.declare import AFTER, Text, anyone, follow, follow_text, tell, tell_now
from app.core.resources import Resources
from app.core.viewer import Asker
from app.messaging import models, policy
from tests.engine.gates import PASS
from tests.factories import Studying

MOOD = "message.moderate"


class _RoomEvent(PersistedEvent):
    room_id: UUID

    @property
    def stream(self) -> str:
        return f"room:{self.room_id}"


class Posted(_RoomEvent):
    kind = "room.posted"
    message_id: UUID
    text: str = ""
    numbers: tuple[float, ...] = ()
    at: datetime | None = None


class Whispered(_RoomEvent):
    kind = "room.whispered"
    to: UUID
    text: str


class Moved(_RoomEvent):
    kind = "room.moved"


class Unread(_RoomEvent):
    """Nothing tells it."""

    kind = "room.unread"


class Muttered(TransientEvent):
    kind = "room.muttered"
    room_id: UUID
    text: str

    @property
    def stream(self) -> str:
        return f"room:{self.room_id}"


class PoemPiece(TransientEvent):
    kind = "poem.piece"
    poem_id: UUID
    offset: int
    text: str

    @property
    def stream(self) -> str:
        return f"poem:{self.poem_id}"


class PoemEnded(PersistedEvent):
    kind = "poem.ended"
    poem_id: UUID

    @property
    def stream(self) -> str:
        return f"poem:{self.poem_id}"


@strawberry.enum
class Loudness(Enum):
    LOW = "low"
    HIGH = "high"


def _mine(viewer: Asker, message: type[models.Message]) -> ColumnElement[bool]:
    return col(message.sender_id) == viewer.user_id


def _gated(_: Asker, __: Any) -> ColumnElement[bool]:
    passed: ColumnElement[bool] = literal_column(f"{PASS} IS NULL")
    return passed


@reads(models.Message, visible=policy.visible_messages, description="A message.")
class Line(Node):
    prefix = "msg"

    body: str = column("What it says.")
    mine: bool = computed(_mine, "Whether the viewer wrote it.")
    gated: bool = computed(_gated, "Read behind the tests' gate.")
    writer: User | None = edge("sender_id", "Who wrote it.")

    @strawberry.field
    async def shouted(self, info: Info) -> str:
        """Only Python can."""
        assert info.context.viewer is not None
        return str(vars(self)["body"]).upper()


@strawberry.type
class Detail:
    length: int
    words: list[str]


@strawberry.interface
class RoomEvent:
    cursor: str | None


def _writer(_: Asker, user: type[UserRow], event: Any) -> ColumnElement[bool]:
    return col(user.id).in_(
        select(models.Message.sender_id).where(models.Message.id == event.message_key)
    )


@strawberry.type
class Post(RoomEvent):
    """With all kinds of fields."""

    text: str
    numbers: list[float]
    at: datetime | None
    loudness: Loudness
    detail: Detail | None
    line: Line = edge("message_key", "It.", visible=true())
    maybe_line: Line | None = edge("message_key", "It, to those who see it.")
    writer: User | None = one(_writer, "Who wrote it.")
    message_key: strawberry.Private[UUID]

    @classmethod
    def of(cls, event: Posted, cursor: str) -> "Post":
        words = event.text.split()
        return cls(
            cursor=cursor,
            text=event.text,
            numbers=list(event.numbers),
            at=event.at,
            loudness=Loudness.HIGH if event.text.isupper() else Loudness.LOW,
            detail=Detail(length=len(event.text), words=words) if words else None,
            message_key=event.message_id,
        )


@strawberry.type
class Seen(RoomEvent):
    """Told to those who see the message."""

    line: Line = edge("message_key", "It.")
    message_key: strawberry.Private[UUID]


@strawberry.type
class Whisper(RoomEvent):
    text: str


@strawberry.type
class Move(RoomEvent):
    here: bool = True


@strawberry.type
class Mutter(RoomEvent):
    text: str


@strawberry.type
class Verse:
    offset: int
    text: str
    cursor: str


@strawberry.type
class Poem:
    done: bool


Poetry = Annotated[Verse | Poem, strawberry.union("Poetry")]

_Room = Annotated[strawberry.ID, id_argument("Which.", "cnv")]


def member_or_moderator(viewer: Asker, room_id: Any) -> ColumnElement[bool]:
    """Who may listen: a question whose statement depends on the kind of viewer."""
    return true() if viewer.may(MOOD) else policy.hears(viewer, room_id)


def consenting(viewer: Asker, room_id: Any) -> ColumnElement[bool]:
    """Who agreed, and hasn't withdrawn since."""
    newest = (
        select(Consent.granted)
        .where(Consent.user_id == viewer.user_id)
        .order_by(col(Consent.version).desc())
        .limit(1)
        .scalar_subquery()
    )
    return newest & exists(select(models.Conversation.id).where(models.Conversation.id == room_id))


def _stream(_: Any, room_id: UUID) -> str:
    return f"room:{room_id}"


def poem_key(poem_id: UUID) -> str:
    return f"test:poem:{poem_id}"


async def so_far(resources: Resources, poem_id: UUID) -> str:
    return (await resources.redis.get(poem_key(poem_id)) or b"").decode()


async def is_over(resources: Resources, poem_id: UUID) -> bool:
    return bool(await resources.redis.exists(f"{poem_key(poem_id)}:over"))


def _verse(offset: int, text: str, cursor: str, **_: UUID) -> Verse:
    return Verse(offset=offset, text=text, cursor=cursor)


def _poem(**_: UUID) -> Poem:
    return Poem(done=True)


_TOLD = (
    tell(Posted, Post.of),
    tell(Whispered, lambda event, at: Whisper(cursor=at, text=event.text), to=lambda it: it.to),
    tell(Moved, lambda _, at: Move(cursor=at), changes_members=True),
    tell_now(Muttered, lambda event: Mutter(cursor=None, text=event.text)),
)


@strawberry.type
class Subscription:
    room: RoomEvent = follow(
        _stream, member_or_moderator, SIGNED_IN, "A room.", *_TOLD, room_id=_Room, after=AFTER
    )
    seen: RoomEvent = follow(
        _stream,
        anyone,
        SIGNED_IN,
        "What is posted, to those who see it.",
        tell(Posted, lambda event, at: Seen(cursor=at, message_key=event.message_id)),
        room_id=_Room,
        after=AFTER,
    )
    agreed: RoomEvent = follow(
        _stream, consenting, SIGNED_IN, "With consent.", *_TOLD, room_id=_Room, after=AFTER
    )
    moderated: RoomEvent = follow(
        _stream,
        anyone,
        permitted(MOOD),
        "For moderators.",
        *_TOLD,
        room_id=_Room,
        after=AFTER,
    )
    poem: Poetry = follow_text(
        lambda _, poem_id: f"poem:{poem_id}",
        anyone,
        SIGNED_IN,
        "A poem.",
        Text(
            PoemPiece,
            so_far,
            is_over,
            _verse,
            _poem,
        ),
        poem_id=Annotated[strawberry.ID, id_argument("Which.", "cnv")],
        after=AFTER,
    )


def _any(*, id: Annotated[strawberry.ID, strawberry.argument(description="Which.")]) -> None:
    """Any."""


@strawberry.type
class Query:
    node: Node | None = by_id(_any, SIGNED_IN, "Any.")


room = Schema(
    query=Query,
    subscription=Subscription,
    types=[Line, Post, Seen, Whisper, Move, Mutter],
    config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
)
install(room.reading)


async def happen(resources: Resources, *events: Event) -> None:
    """Events of one unit of work."""
    async with resources.begin() as uow:
        uow.publish(*events)


async def post(
    resources: Resources, session: Studying, *texts: str, about: Studying | None = None
) -> list[UUID]:
    """Messages by the host, and their events in the room of a session; one unit of work.

    They are in its chat, or in that of the session that they are `about`.
    """
    host, chat = session.row.host_id, (about or session).row.conversation_id
    rows = [models.Message(conversation_id=chat, body=text, sender_id=host) for text in texts]
    async with resources.begin() as uow:
        uow.session.add(*rows)
        uow.publish(
            *[
                Posted(
                    room_id=session.row.conversation_id,
                    message_id=row.id,
                    text=text,
                    numbers=(1.5, 1e21, -0.0, 1e-7),
                    at=datetime(2026, 1, 2, 3, 4, 5, 670000, UTC),
                )
                for row, text in zip(rows, texts, strict=True)
            ]
        )
    return [row.id for row in rows]


def texts(events: Sequence[dict[str, Any]]) -> list[str]:
    """What was posted."""
    return [event["text"] for event in events]
