"""Every table of the program, for migrations."""

from app.accounts import models as accounts
from app.ai import models as ai
from app.core import idempotency, outbox
from app.messaging import models as messaging
from app.reference import models as reference
from app.sessions import models as sessions

__all__ = ["accounts", "ai", "idempotency", "messaging", "outbox", "reference", "sessions"]
