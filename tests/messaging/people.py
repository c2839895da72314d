"""What the tests of messaging do over and over."""

from typing import Any

from app.core.ids import from_global
from tests.client import Api, Data
from tests.factories import Person

INBOX = """
    conversation { id unreadCount hasMoreUnread }
"""


async def open_direct(api: Api, person: Person, other: Person) -> str:
    """The id of the conversation of two people."""
    done = await api.mutate(
        "directConversationOpen", {"userId": other.id}, "conversation { id }", as_=person
    )
    id: str = done.ok()["conversation"]["id"]
    return id


async def say(api: Api, person: Person, conversation: str, body: str, **more: Any) -> str:
    """The id of a message."""
    given = {"conversationId": conversation, "body": body, **more}
    done = await api.mutate("messageSend", given, "message { id }", as_=person)
    id: str = done.ok()["message"]["id"]
    return id


async def make_room(api: Api, owner: Person, **more: Any) -> Data:
    """A room of somebody's."""
    fields = "room { id joinCode conversation { id } }"
    done = await api.mutate("roomCreate", {"name": "Leaves", **more}, fields, as_=owner)
    room: Data = done.ok()["room"]
    return room


async def enter(api: Api, room: Data, *people: Person) -> None:
    """Let people join a public room."""
    for person in people:
        (await api.mutate("roomJoin", {"id": room["id"]}, as_=person)).ok()


async def read(api: Api, person: Person, query: str, **variables: Any) -> Any:
    """What a query gives somebody."""
    return (await api.execute(query, variables, as_=person)).ok()


async def unread(api: Api, person: Person, conversation: str) -> tuple[int, bool]:
    """How much of a conversation somebody hasn't read, and whether there is more."""
    query = "query ($id: ID!) { conversation(id: $id) { unreadCount hasMoreUnread } }"
    found = (await read(api, person, query, id=conversation))["conversation"]
    return found["unreadCount"], found["hasMoreUnread"]


def stream_of(conversation: str) -> str:
    """The stream of a conversation."""
    return f"conversation:{from_global('cnv', conversation)}"
