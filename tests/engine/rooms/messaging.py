"""Rooms, who is in conversations, and what belongs to messages."""

from collections.abc import Iterator
from typing import Any

from app.core.ids import to_global
from app.messaging.models import ConversationKind
from tests.engine.calls import by_id
from tests.engine.eyes import Eyes, Row, Rows, below, edge
from tests.engine.filling import Filling
from tests.engine.people import user
from tests.engine.room import Room


def _moderates(eyes: Eyes) -> bool:
    return eyes.may("message.moderate")


def _sees_room(eyes: Eyes, room: Row) -> bool:
    return bool(room["public"]) or _moderates(eyes) or eyes.chats_in(room["conversation_id"])


def _sees_receipt(eyes: Eyes, member: Row) -> bool:
    if member["read_at"] is None:
        return False
    if member["user_id"] == eyes.me:
        return True
    reader = eyes.rows.one("user_account", member["user_id"])
    assert reader is not None
    apart = any(
        {row["blocker_id"], row["blocked_id"]} == {eyes.me, member["user_id"]}
        for row in eyes.rows.tables["user_block"]
    )
    hidden = reader["read_receipts_audience"] == "NOBODY"
    return member["left_at"] is None and not hidden and not apart


def _there(eyes: Eyes, message: Row) -> bool:
    return message["deleted_at"] is None or _moderates(eyes)


def _members(rows: Rows, chat: Row) -> list[Row]:
    return rows.where("conversation_member", conversation_id=chat["id"], left_at=None)


def _last(rows: Rows, chat: Row) -> Row | None:
    found = rows.where("message", conversation_id=chat["id"], deleted_at=None)
    return max(found, key=lambda row: row["id"], default=None)


def _room(rows: Rows, chat: Row) -> Row | None:
    return next(iter(rows.where("room", conversation_id=chat["id"])), None)


def _mentions(eyes: Eyes, message: Row) -> list[Row]:
    every = eyes.rows.tables["user_account"]
    named = [row for row in every if row["id"] in message["mentions"]]
    return named if _there(eyes, message) else []


def _attachments(eyes: Eyes, message: Row) -> list[Row]:
    found = eyes.rows.where("message_attachment", message_id=message["id"])
    return found if _there(eyes, message) else []


def _reactions(rows: Rows, message: Row) -> list[Row]:
    """One for each emoji."""
    if message["deleted_at"] is not None:
        return []
    found = rows.where("message_reaction", message_id=message["id"])
    return list({row["emoji"]: row for row in found}.values())


def _rooms(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["room"]
    there = [row for row in every if row["archived_at"] is None]
    gone = [row for row in every if row["archived_at"] is not None]
    yield "(first: 100)", lambda _: there
    yield "(first: 100, filter: {archived: true})", lambda _: gone
    yield (
        "(first: 100, filter: {mine: true})",
        lambda eyes: [row for row in there if eyes.chats_in(row["conversation_id"])],
    )
    for subject in rows.tables["subject"][:5]:
        found = [row for row in there if row["subject_id"] == subject["id"]]
        text = f'(first: 100, filter: {{subjectId: "{to_global("sub", subject["id"])}"}})'
        yield text, lambda _, found=found: found


def _conversations(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["conversation"]
    yield "(first: 100)", lambda _: every
    yield "(last: 100)", lambda _: every
    of_rooms = [row for row in every if row["kind"] == "ROOM"]
    yield "(first: 100, kinds: [ROOM])", lambda _: of_rooms


def _kind(filling: Filling, _: Row) -> ConversationKind:
    """Not of two people, of whom there are just two."""
    others = [each for each in ConversationKind if each is not ConversationKind.DIRECT]
    return filling.rng.choice(others)


def _seldom(filling: Filling, _: Row) -> Any:
    return filling.time() if filling.chance(0.2) else None


ROOM = Room(
    sees={
        "Room": _sees_room,
        # Parts of what they are reached from.
        "ConversationMember": lambda _, __: True,
        "MessageAttachment": lambda _, __: True,
        "MessageReaction": lambda _, __: True,
        "ReadReceipt": _sees_receipt,
        "MessageRevision": lambda eyes, _: _moderates(eyes),
    },
    leads={
        ("Room", "subject"): edge("subject", "subject_id"),
        ("Room", "owner"): edge("user_account", "owner_id"),
        ("Room", "conversation"): edge("conversation", "conversation_id"),
        ("Conversation", "room"): _room,
        ("Conversation", "peer"): lambda _, __: None,
        ("Conversation", "members"): _members,
        ("Conversation", "lastMessage"): _last,
        ("ConversationMember", "user"): edge("user_account", "user_id"),
        ("ConversationMember", "receipt"): lambda _, row: row,
        ("ReadReceipt", "user"): edge("user_account", "user_id"),
        ("Message", "reactions"): _reactions,
        ("Message", "revisions"): below("message_revision", "message_id"),
        ("MessageAttachment", "file"): edge("stored_file", "file_id"),
    },
    own={
        ("Message", "mentions"): _mentions,
        ("Message", "attachments"): _attachments,
    },
    sizes={("Conversation", "members"): 40, ("Message", "revisions"): 10},
    together={"Conversation": 3, "Message": 10, "conversations": 1},
    nodes={"Room": ("room", "rom")},
    keys={
        "ConversationMember": ("__typename", lambda _: "ConversationMember"),
        "ReadReceipt": (
            "messageId",
            lambda row: row["read_message_id"] and to_global("msg", row["read_message_id"]),
        ),
        "MessageAttachment": ("position", lambda row: row["position"]),
        "MessageReaction": ("emoji", lambda row: row["emoji"]),
        "MessageRevision": ("body", lambda row: row["body"]),
    },
    roots={
        "rooms": _rooms,
        "room": by_id("room", "rom"),
        "conversations": _conversations,
        "conversation": by_id("conversation", "cnv"),
    },
    unread=frozenset(("direct_conversation",)),
    counts={"room": 15, "message_attachment": 30, "message_reaction": 90, "message_revision": 40},
    rules={
        "conversation.kind": _kind,
        "room.max_participants": lambda filling, _: filling.rng.randint(2, 1000),
        "room.owner_id": lambda filling, row: None if filling.chance(0.3) else user(filling, row),
        "room.archived_at": _seldom,
        "message_reaction.user_id": user,
    },
)
