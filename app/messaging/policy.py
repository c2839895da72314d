"""Who sees and writes what."""

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, select

from app.core.viewer import Viewer
from app.messaging.models import Conversation, ConversationMember, Message


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Conversations that the viewer is in."""
    return exists(
        select(ConversationMember.user_id).where(
            ConversationMember.conversation_id == Conversation.id,
            ConversationMember.user_id == viewer.user_id,
            col(ConversationMember.left_at).is_(None),
        )
    )


def visible_messages(viewer: Viewer) -> ColumnElement[bool]:
    """Messages of conversations that the viewer is in, or of all to a moderator."""
    if viewer.may("message.moderate"):
        return col(Message.id).is_not(None)
    return col(Message.conversation_id).in_(select(Conversation.id).where(visible(viewer)))
