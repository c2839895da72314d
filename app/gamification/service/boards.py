"""What is done for the boards from time to time."""

from datetime import UTC, timedelta
from typing import Final

from app.core.clock import now
from app.core.resources import Resources
from app.gamification.store import scores as store

# Nobody asks for a board that is over; the month's is the longest.
KEPT: Final = timedelta(days=62)


async def forget(resources: Resources) -> None:
    """Delete the standings of periods that are long over."""
    async with resources.begin() as uow:
        await store.forget_standings(uow.session, (now() - KEPT).astimezone(UTC).date())
