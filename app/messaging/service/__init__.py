"""The use-cases of messaging."""

from app.messaging.service.conversations import admit, dismiss, end, open_conversation, set_typing
from app.messaging.service.messages import send

__all__ = ["admit", "dismiss", "end", "open_conversation", "send", "set_typing"]
