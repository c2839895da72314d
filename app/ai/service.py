"""The daily quota."""

from uuid import UUID

from app.ai import store
from app.ai.errors import QuotaUsedUp
from app.ai.models import AiPurpose
from app.core.clock import now
from app.core.uow import UnitOfWork

DAILY_REQUESTS = 200


async def take_request(uow: UnitOfWork, user_id: UUID, purpose: AiPurpose) -> None:
    """Count one request against the user's day; `QuotaUsedUp` if none is left."""
    today = now().date()
    # The lock keeps parallel requests from passing the limit together.
    await store.lock_quota(uow.session, user_id)
    if await store.requests_on(uow.session, user_id, today) >= DAILY_REQUESTS:
        raise QuotaUsedUp
    await store.count_request(uow.session, user_id, today, purpose)


async def count_tokens(uow: UnitOfWork, user_id: UUID, purpose: AiPurpose, tokens: int) -> None:
    """Add what a request used."""
    await store.count_tokens(uow.session, user_id, now().date(), purpose, tokens)
