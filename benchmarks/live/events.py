"""A message that was sent, and how each server is told of it."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.accounts.types import User
from app.core.events import Envelope
from app.core.ids import to_global
from app.messaging.events import MessageSent, conversation_stream
from app.messaging.types import Message
from benchmarks.live.data import DataSet


@dataclass(frozen=True)
class Sent:
    """A message as it is in the database, with its place in the room's stream."""

    data: DataSet
    sequence: int
    key: UUID
    body: str
    created_at: datetime

    def fields(self) -> dict[str, Any]:
        """All that anybody selects of it, named as in GraphQL."""
        sender = self.data.sender
        return {
            "id": to_global(Message.prefix, self.key),
            "kind": "TEXT",
            "body": self.body,
            "createdAt": self.created_at.isoformat(),
            "sender": {
                "id": to_global(User.prefix, sender.id),
                "username": sender.username,
                "firstName": sender.first_name,
            },
        }

    def event(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The event about the message, as data of the subscription."""
        place = f"{conversation_stream(self.data.room)}#{self.sequence}"
        cursor = urlsafe_b64encode(place.encode()).decode()
        event = {"__typename": "MessageAdded", "cursor": cursor, "message": message}
        return {"conversationUpdated": event}


# The Redis channel and the message on it.
Wire = Callable[[Sent], tuple[str, bytes]]


def lyceum(sent: Sent) -> tuple[str, bytes]:
    """As the relay publishes it: ids, of which the server reads what is selected."""
    event = MessageSent(conversation_id=sent.data.room, message_id=sent.key)
    return event.stream, Envelope.of(event, sent.sequence).model_dump_json().encode()


def graphql_ws(sent: Sent) -> tuple[str, bytes]:
    """The whole message."""
    return f"graphql-ws:{sent.data.room_id}", orjson.dumps(sent.event(sent.fields()))


def mercurius(sent: Sent) -> tuple[str, bytes]:
    """The whole message, as mqemitter-redis packs it."""
    topic = f"mercurius:{sent.data.room_id}"
    message = {"topic": topic, "payload": sent.event(sent.fields())}
    return topic, _packed({"id": str(sent.key), "msg": message})


def bare(sent: Sent) -> tuple[str, bytes]:
    """The text of the frame that Lyceum sends for `documents.ROOM`."""
    message = sent.fields()
    del message["kind"]
    frame = {"id": "1", "type": "next", "payload": {"data": sent.event(message)}}
    return f"bare:{sent.data.room_id}", orjson.dumps(frame)


def _packed(value: str | Mapping[str, Any]) -> bytes:
    """MessagePack: https://github.com/msgpack/msgpack/blob/master/spec.md."""
    if isinstance(value, str):
        text = value.encode()
        return b"\xda" + len(text).to_bytes(2, "big") + text
    parts = [b"\xde" + len(value).to_bytes(2, "big")]
    for name, item in value.items():
        parts += [_packed(name), _packed(item)]
    return b"".join(parts)
