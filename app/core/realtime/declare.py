"""What a subscription follows, declared: the live engine does the rest.

A subscription follows a stream of events (`follow`), or a text that is being written
(`follow_text`). Both say which stream the arguments (or the viewer) mean, who may listen to it,
and what each kind of event looks like in the schema::

    conversation_updated: ConversationEvent = follow(
        lambda _, conversation_id: conversation_stream(conversation_id),
        policy.hears,
        SIGNED_IN,
        "What happens in a conversation.",
        tell(MessageSent, lambda sent, cursor: MessageAdded(cursor=cursor, …)),
        tell(MemberLeft, …, changes_members=True),
        conversation_id=Annotated[strawberry.ID, id_argument("Which.", Conversation.prefix)],
        after=AFTER,
    )

What an event leads to is declared on its type by `edge` and `one`, and read through the read
engine. An event with a required edge that leads to nothing, as far as a viewer can see, isn't
told to them. Most edges take `visible=true()`: who may listen sees what is told, and an edge
that asks nothing about the viewer is read once for all of them.

Arguments are global ids of one type (`id_argument`), handed on as keys, and `after`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, cleandoc
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, true
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from app.core.access import Access
from app.core.events import Event, PersistedEvent, TransientEvent
from app.core.graph.fields import ACCESS
from app.core.graph.read.declare import signature_of
from app.core.viewer import Asker

_FOLLOWING = "following"
AFTER_ARGUMENT = "after"
AFTER: Final = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the last event seen; else from now on."),
]

P = TypeVar("P", bound=PersistedEvent)
T = TypeVar("T", bound=TransientEvent)
E = TypeVar("E", bound=Event)

# `(viewer, **arguments)` with keys; the second one with SQL terms.
StreamOf = Callable[..., str]
Admits = Callable[..., ColumnElement[bool]]


@dataclass(frozen=True)
class Told:
    """How a kind of event is told: `make(event, cursor)` is its object in the schema.

    `to(event)` is the one user who is told. `changes_members`: after it everybody's admission
    is asked anew.
    """

    event: type[Event]
    make: Callable[[Any, str], Any]
    to: Callable[[Any], UUID] | None = None
    changes_members: bool = False


def tell(
    event: type[P],
    make: Callable[[P, str], Any],
    *,
    to: Callable[[P], UUID] | None = None,
    changes_members: bool = False,
) -> Told:
    """Tell a persisted event by the object that `make(event, cursor)` gives."""
    return Told(event, make, to, changes_members)


def tell_now(
    event: type[T],
    make: Callable[[T], Any],
    *,
    to: Callable[[T], UUID] | None = None,
    changes_members: bool = False,
) -> Told:
    """Tell a transient event, to those who listen now."""
    return Told(event, lambda told, _: make(told), to, changes_members)


@dataclass(frozen=True)
class Text:
    """A text while it is written, and what stands for it at the end.

    `piece` is the transient event with the text's next part at an `offset` in characters. What
    there is of the text, `so_far(resources, **arguments)` says, and `finished` whether that is
    all: then `end(**arguments)` is told, and the subscription is complete. `tell(offset, text,
    cursor, **arguments)` is a part's object in the schema.
    """

    piece: type[TransientEvent]
    so_far: Callable[..., Awaitable[str]]
    finished: Callable[..., Awaitable[bool]]
    tell: Callable[..., Any]
    end: Callable[..., Any]


def quiet_place(stream: str) -> str:
    """Where those are present who follow a stream without its followers being told of it."""
    return f"quiet:{stream}"


@dataclass(frozen=True, eq=False)
class Following:
    """A subscription's declaration."""

    stream: StreamOf
    admits: Admits
    access: Access
    told: Mapping[str, Told]
    text: Text | None = None
    is_place: bool = False
    is_quiet: bool = False

    def place(self, stream: str) -> str | None:
        """Where whoever follows a stream is present."""
        if self.is_quiet:
            return quiet_place(stream)
        return stream if self.is_place else None


def follow(
    stream: StreamOf,
    admits: Admits,
    access: Access,
    description: str,
    *told: Told,
    is_place: bool = False,
    is_quiet: bool = False,
    **arguments: Any,
) -> Any:
    """A field of `Subscription` for the events of a stream.

    Whoever follows one that is a place is present there: `PresenceChanged` is among its events.
    That is for some hundred people, since each is told of each. A quiet one is for any number:
    who follows it is present in its `quiet_place`, and nobody is told.
    """
    kinds = {each.event.kind: each for each in told}
    following = Following(stream, admits, access, kinds, is_place=is_place, is_quiet=is_quiet)
    return _field(following, description, arguments)


def follow_text(
    stream: StreamOf,
    admits: Admits,
    access: Access,
    description: str,
    text: Text,
    **arguments: Any,
) -> Any:
    """A field of `Subscription` for a text that is being written, from its start or `after`."""
    return _field(Following(stream, admits, access, {}, text), description, arguments)


def _field(following: Following, description: str, arguments: Mapping[str, Any]) -> Any:
    parameters = {
        name: Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None if name == AFTER_ARGUMENT else Parameter.empty,
            annotation=annotation,
        )
        for name, annotation in arguments.items()
    }
    access = following.access
    return StrawberryField(
        is_subscription=True,
        description=f"{cleandoc(description)}\n\n{access.sentence()}",
        base_resolver=StrawberryResolver(signature_of(None, parameters)),
        metadata={ACCESS: access, _FOLLOWING: following},
    )


def following_of(field: StrawberryField) -> Following:
    """The declaration of a field of `Subscription`."""
    found: Following = field.metadata[_FOLLOWING]
    return found


def anyone(_: Asker, **__: Any) -> ColumnElement[bool]:
    """Whoever may call the field."""
    return true()
