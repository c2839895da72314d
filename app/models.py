"""Every table of the program, for migrations."""

from app.accounts import models as accounts
from app.ai import models as ai
from app.buddies import models as buddies
from app.calendar import models as calendar
from app.classes import models as classes
from app.core import audit, idempotency, outbox
from app.core.graph import trusted
from app.courses import models as courses
from app.gamification import models as gamification
from app.messaging import models as messaging
from app.notifications import models as notifications
from app.payments import models as payments
from app.pods import models as pods
from app.privacy import models as privacy
from app.reference import models as reference
from app.sessions import models as sessions
from app.vault import models as vault

__all__ = [
    "accounts",
    "ai",
    "audit",
    "buddies",
    "calendar",
    "classes",
    "courses",
    "gamification",
    "idempotency",
    "messaging",
    "notifications",
    "outbox",
    "payments",
    "pods",
    "privacy",
    "reference",
    "sessions",
    "trusted",
    "vault",
]
