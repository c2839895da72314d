"""The job of whoever follows an event."""

from datetime import timedelta

from app.core.outbox import HandleEvent
from app.core.resources import Resources
from workers import following
from workers.broker import handles


@handles(HandleEvent, time_limit=timedelta(minutes=1))
async def handle_event(resources: Resources, job: HandleEvent) -> None:
    """Call the one function."""
    await following.run(resources, job)
