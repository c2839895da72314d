"""Who sees and writes what."""

from typing import Any

from sqlalchemy import ColumnElement, exists, true
from sqlmodel import col, select

from app.core.viewer import Asker
from app.messaging.models import Conversation, ConversationMember, Message


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


def visible_messages(viewer: Asker, message: type[Message] = Message) -> ColumnElement[bool]:
    """Messages of conversations that the viewer is in, or of all to a moderator."""
    if viewer.may("message.moderate"):
        return true()
    return col(message.conversation_id).in_(select(Conversation.id).where(visible(viewer)))
