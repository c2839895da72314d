"""What a worker process loads: the broker and every actor."""

from app import models
from workers import sessions
from workers.broker import broker

__all__ = ["broker", "models", "sessions"]
