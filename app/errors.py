"""Every room's expected failures, as one enum of the schema."""

from enum import Enum
from typing import Any

import strawberry

import app.accounts.errors
import app.ai.errors
import app.buddies.errors
import app.calendar.errors
import app.classes.errors
import app.core.audio
import app.courses.errors
import app.gamification.errors
import app.messaging.errors
import app.notifications.errors
import app.payments.errors
import app.pods.errors
import app.privacy.errors
import app.reference.errors
import app.sessions.errors
import app.vault.errors  # noqa: F401
from app.core.errors import DomainError


def _description(error: type[DomainError]) -> str:
    return (error.__doc__ or error.message).strip()


_VALUES: Any = {
    code: strawberry.enum_value(code, description=_description(error))
    for code, error in sorted(DomainError.registry.items())
}
UserErrorCode: Any = Enum("UserErrorCode", _VALUES)  # type: ignore[misc]
strawberry.enum(UserErrorCode, description="The kinds of expected failure.")
