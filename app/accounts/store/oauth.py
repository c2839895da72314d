"""SQL of accounts elsewhere, and of sign-ins there that are under way."""

from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import col, select

from app.accounts.models import OAuthAccount, OAuthFlow
from app.core.db import ReadSession, WriteSession


async def take_flow(
    session: WriteSession, flow_hash: bytes, state_hash: bytes, auth_session_id: UUID | None
) -> OAuthFlow | None:
    """A flow that is still good, for the one who began it; whoever takes it is the only one."""
    taken = await session.execute(
        delete(OAuthFlow)
        .where(
            col(OAuthFlow.flow_hash) == flow_hash,
            col(OAuthFlow.state_hash) == state_hash,
            col(OAuthFlow.auth_session_id).is_not_distinct_from(auth_session_id),
            col(OAuthFlow.expires_at) > func.now(),
        )
        .returning(OAuthFlow)
    )
    found: OAuthFlow | None = taken.scalar_one_or_none()
    return found


async def forget_flows(session: WriteSession) -> int:
    """Delete those that nobody can finish any more; says how many."""
    return await session.changed(delete(OAuthFlow).where(col(OAuthFlow.expires_at) <= func.now()))


async def account(session: ReadSession, provider: str, subject: str) -> OAuthAccount | None:
    """Whose account this is, if anybody's here."""
    return await session.first(
        select(OAuthAccount).where(
            OAuthAccount.provider == provider, OAuthAccount.subject == subject
        )
    )


async def unlink_all(session: WriteSession, user_id: UUID) -> None:
    """Let nobody sign in to this account from elsewhere any more."""
    await session.execute(delete(OAuthAccount).where(col(OAuthAccount.user_id) == user_id))


async def accounts(session: ReadSession, user_id: UUID) -> list[OAuthAccount]:
    """Somebody's accounts elsewhere."""
    return await session.all(select(OAuthAccount).where(OAuthAccount.user_id == user_id))
