"""SQL of the devices that a user has signed in from."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts import policy
from app.accounts.models import AuthSession
from app.core.db import ReadSession


async def new_device(session: ReadSession, auth_session_id: UUID) -> AuthSession | None:
    """A session if it is the first of its device, and not the user's first at all."""
    signed_in = await session.get(AuthSession, auth_session_id)
    if signed_in is None:
        return None
    other: type[AuthSession] = aliased(AuthSession)
    known = await session.value(
        # Null without any earlier session.
        select(func.bool_or(_same_device(other, signed_in))).where(
            other.user_id == signed_in.user_id,
            col(other.id) < signed_in.id,
            ~policy.is_api(other),
        )
    )
    return signed_in if known is False else None


def _same_device(other: type[AuthSession], one: AuthSession) -> ColumnElement[bool]:
    """A device is told by what it says of itself; one that says nothing, by its user agent."""
    if not (one.device_type or one.device_os or one.device_browser):
        return col(other.user_agent) == one.user_agent
    return and_(
        col(other.device_type) == one.device_type,
        col(other.device_os) == one.device_os,
        col(other.device_browser) == one.device_browser,
    )
