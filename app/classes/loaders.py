"""What of classes no declaration can say."""

from collections.abc import Sequence
from uuid import UUID

from app.classes.store import classes as store
from app.core.db import ReadSession
from app.core.money import Money


async def prices(session: ReadSession, keys: Sequence[UUID]) -> dict[UUID, Money]:
    """What these classes cost, of those that cost something."""
    found = await store.prices(session, keys)
    return {key: Money(amount=amount, currency=code) for key, (amount, code) in found.items()}
