"""Who sees and writes what."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.models import Audience, User
from app.accounts.policy import blocked
from app.core.viewer import Asker, Viewer
from app.messaging.models import (
    Conversation,
    ConversationKind,
    ConversationMember,
    Message,
    MessageRevision,
    Room,
)

MODERATE = "message.moderate"


def _is_in(viewer: Asker, conversation_id: Any) -> ColumnElement[bool]:
    member = aliased(ConversationMember)
    return exists(
        select(member.user_id)
        .where(
            member.conversation_id == conversation_id,
            member.user_id == viewer.user_id,
            col(member.left_at).is_(None),
        )
        .correlate_except(member)
    )


def visible(viewer: Asker, conversation: type[Conversation] = Conversation) -> ColumnElement[bool]:
    """Conversations that the viewer is in."""
    return exists(
        select(ConversationMember.user_id).where(
            ConversationMember.conversation_id == conversation.id,
            ConversationMember.user_id == viewer.user_id,
            col(ConversationMember.left_at).is_(None),
        )
    )


def hears(viewer: Asker, conversation_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is told what happens in a conversation."""
    return exists(
        select(Conversation.id).where(Conversation.id == conversation_id, visible(viewer))
    )


def writes(viewer: Asker, conversation_id: Any) -> ColumnElement[bool]:
    """Whether the viewer may write there: in it, open, and no block between two alone."""
    other = aliased(ConversationMember)
    apart = exists(
        select(other.user_id)
        .where(
            other.conversation_id == Conversation.id,
            other.user_id != viewer.user_id,
            blocked(viewer, other.user_id),
        )
        .correlate(Conversation)
    )
    direct = col(Conversation.kind) == ConversationKind.DIRECT
    return exists(
        select(Conversation.id).where(
            Conversation.id == conversation_id,
            col(Conversation.closed_at).is_(None),
            visible(viewer),
            ~and_(direct, apart),
        )
    )


def visible_messages(viewer: Asker, message: type[Message] = Message) -> ColumnElement[bool]:
    """Messages of conversations that the viewer is in, or of all to a moderator."""
    if viewer.may(MODERATE):
        return true()
    return col(message.conversation_id).in_(select(Conversation.id).where(visible(viewer)))


def shown(viewer: Asker, message: type[Message]) -> ColumnElement[bool]:
    """Whether a message that the viewer sees still has what was in it, as far as they may know."""
    return true() if viewer.may(MODERATE) else col(message.deleted_at).is_(None)


def visible_revision(
    viewer: Asker, _: type[MessageRevision] = MessageRevision
) -> ColumnElement[bool]:
    """What messages read before, to moderators alone."""
    return true() if viewer.may(MODERATE) else false()


def shows_position(
    member: type[ConversationMember] = ConversationMember,
) -> ColumnElement[bool]:
    """Whether somebody shows others how far they have read."""
    reader = aliased(User)
    hides = exists(
        select(reader.id)
        .where(
            reader.id == member.user_id,
            col(reader.read_receipts_audience) == Audience.NOBODY,
        )
        .correlate(member)
    )
    return and_(col(member.read_at).is_not(None), col(member.left_at).is_(None), ~hides)


def visible_receipt(
    viewer: Asker, member: type[ConversationMember] = ConversationMember
) -> ColumnElement[bool]:
    """The viewer's own position, and those that others show and no block is between."""
    own = and_(col(member.user_id) == viewer.user_id, col(member.read_at).is_not(None))
    return or_(own, and_(shows_position(member), ~blocked(viewer, member.user_id)))


def visible_room(viewer: Asker, room: type[Room] = Room) -> ColumnElement[bool]:
    """Public rooms, and those that the viewer is in; all of them to a moderator."""
    if viewer.may(MODERATE):
        return true()
    return or_(col(room.public), _is_in(viewer, room.conversation_id))


def is_in_room(viewer: Asker, room: type[Room]) -> ColumnElement[bool]:
    """Rooms that the viewer is in."""
    return _is_in(viewer, room.conversation_id)


def can_moderate(viewer: Viewer) -> bool:
    """Whether the viewer keeps the peace."""
    return viewer.may(MODERATE)
