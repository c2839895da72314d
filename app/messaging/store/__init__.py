"""All SQL of messaging."""

from app.messaging.store.messages import MessageData

__all__ = ["MessageData"]
