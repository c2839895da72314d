"""The rooms of the storm: who is in them when, and what was said."""

from dataclasses import dataclass, field
from math import inf

from app.core.ids import to_global
from app.core.resources import Resources
from app.messaging import service
from app.messaging.events import conversation_stream
from app.messaging.models import Conversation, ConversationKind
from tests.e2e.storm.moments import Moments
from tests.factories import Person


@dataclass
class Span:
    """A time in a room: from between the first two moments to between the last two."""

    admitting: float
    admitted: float = inf
    dismissing: float = inf
    dismissed: float = inf


class Membership:
    """A person's times in a room."""

    def __init__(self, room: "Room", person: Person) -> None:
        self.room = room
        self.person = person
        self.spans: list[Span] = []

    @property
    def inside(self) -> bool:
        """Whether they are in it now."""
        return bool(self.spans) and self.spans[-1].dismissing == inf

    async def change(self, resources: Resources, moments: Moments) -> None:
        """Let them in, or take them out."""
        if not self.inside:
            span = Span(moments.now)
            self.spans.append(span)
            async with resources.begin() as uow:
                await service.admit(uow, self.room.row.id, self.person.key)
            span.admitted = moments.now
        else:
            span = self.spans[-1]
            span.dismissing = moments.now
            async with resources.begin() as uow:
                await service.dismiss(uow, self.room.row.id, self.person.key)
            span.dismissed = moments.now


@dataclass
class Room:
    """A conversation; what was sent in it, in order: the messages' ids and their text."""

    number: int
    row: Conversation
    memberships: list[Membership] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The global id."""
        return to_global("cnv", self.row.id)

    @property
    def stream(self) -> str:
        """Where everything is told."""
        return conversation_stream(self.row.id)

    @property
    def writer(self) -> Person:
        """Who writes, and never leaves."""
        return self.memberships[0].person

    def join(self, person: Person) -> Membership:
        """Have somebody come and go."""
        membership = Membership(self, person)
        self.memberships.append(membership)
        return membership


async def open_room(resources: Resources, number: int) -> Room:
    """A room without anybody in it."""
    async with resources.begin() as uow:
        row = await service.open_conversation(uow, ConversationKind.ROOM, f"Room {number}")
    return Room(number, row)
