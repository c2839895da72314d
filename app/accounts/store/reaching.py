"""SQL of where a user can be reached."""

from dataclasses import dataclass
from uuid import UUID

from app.accounts.models import AccountStatus, User
from app.core.db import ReadSession


@dataclass(frozen=True)
class Addresses:
    """An e-mail address and a number with its country, as far as the user confirmed them."""

    email: str | None = None
    phone: str | None = None


async def addresses(session: ReadSession, user_id: UUID) -> Addresses | None:
    """Where letters and text messages for a user may go: nowhere for a deactivated account.

    None if there is no such user.
    """
    user = await session.get(User, user_id)
    if user is None:
        return None
    if user.status is AccountStatus.DEACTIVATED:
        return Addresses()
    return Addresses(
        email=user.email if user.email_verified else None,
        phone=user.phone if user.phone_verified else None,
    )
