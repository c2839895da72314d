"""What follows from events: functions that the workers run for each event of a kind.

The relay makes the jobs when it tells the event, and deletes the event only after both were
sent. So a function runs at least once for every persisted event, and perhaps again: what it
does has to be the same then. It is called with a `source`, which belongs to the event and to
the function; a unique column that keeps it makes a second run do nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from app.core.events import Envelope, PersistedEvent
from app.core.outbox import HandleEvent, event_at
from app.core.resources import Resources

E = TypeVar("E", bound=PersistedEvent)
Follower = Callable[[Resources, E, str], Awaitable[None]]

# By the event's kind, and then by the function's name.
_followers: dict[str, dict[str, Follower[Any]]] = {}


def follow(event: type[E], name: str, function: Follower[E]) -> None:
    """Call `function(resources, event, source)` for each event.

    The name is part of the source: whoever changes it has the function called anew.
    """
    known = _followers.setdefault(event.kind, {})
    if name in known:
        raise ValueError(f"{event.kind} is followed by another {name}")
    known[name] = function


def jobs_after(envelope: Envelope) -> list[HandleEvent]:
    """The jobs that an event leads to."""
    if envelope.sequence is None:
        return []
    return [
        HandleEvent(handler=name, stream=envelope.stream, sequence=envelope.sequence)
        for name in _followers.get(envelope.kind, ())
    ]


async def run(resources: Resources, job: HandleEvent) -> None:
    """Call the function that a job names, unless the event is kept no longer."""
    async with resources.database.read() as session:
        event = await event_at(session, job.stream, job.sequence)
    if event is None:
        return
    # A `KeyError` where the relay knows more than this worker: the job is tried again.
    function = _followers[event.kind][job.handler]
    await function(resources, event, f"{job.handler}:{job.stream}#{job.sequence}")
