"""Everything in somebody's calendar, in one shape."""

import asyncio
from collections.abc import Sequence
from typing import Final

from app.calendar.series import MIDNIGHT, Occurrence, Series, Window, expand
from app.calendar.store import events, sources
from app.core.clock import EARLIEST, LATEST
from app.core.db import ReadSession
from app.core.errors import BadRequest
from app.core.recurrence import instant
from app.core.resources import Resources
from app.core.viewer import Asker

MOST_DAYS: Final = 366
MOST_ENTRIES: Final = 2000


async def gathered(session: ReadSession, viewer: Asker, window: Window) -> list[Series]:
    """What may take place in a window, cancelled or not. `BadRequest` for too much."""
    begins, ends = window.begins, window.ends
    most = MOST_ENTRIES + 1
    found = [
        *await events.in_calendar(session, viewer, begins, ends, most),
        *await sources.study_sessions(session, viewer, begins, ends, most),
        *await sources.meetings(session, viewer, window.last, most),
        *await sources.lectures(session, viewer, begins, ends, most),
        *await sources.quiz_deadlines(session, viewer, begins, ends, most),
        *await sources.enrollment_deadlines(session, viewer, window.first, window.last, most),
    ]
    if len(found) > MOST_ENTRIES:
        raise _TooMuch
    return found


async def entries(resources: Resources, viewer: Asker, window: Window) -> list[Occurrence]:
    """What takes place in a window, in the order in which it begins.

    `BadRequest` for a window of no days or of more than 366, and for more than 2,000 entries.
    """
    if not EARLIEST <= window.first <= window.last <= LATEST:
        raise BadRequest(
            f"A calendar is read from a day to the same or a later one, from {EARLIEST.year} to"
            f" {LATEST.year}."
        )
    if (window.last - window.first).days >= MOST_DAYS:
        raise BadRequest(f"At most {MOST_DAYS} days at a time.")
    async with resources.database.read() as session:
        found = await gathered(session, viewer, window)
    # Other requests don't wait while rules are followed.
    return await asyncio.to_thread(_expanded, found, window)


def _expanded(gathered: Sequence[Series], window: Window) -> list[Occurrence]:
    found: list[Occurrence] = []
    for series in gathered:
        if not series.cancelled:
            for each in expand(series, window):
                found.append(each)
                if len(found) > MOST_ENTRIES:
                    raise _TooMuch
    return sorted(found, key=lambda each: _place(each, window))


def _place(each: Occurrence, window: Window) -> tuple[object, ...]:
    """Whole days come first of what begins at their midnight."""
    whole = each.starts_time is None
    begins = instant(each.starts_on, MIDNIGHT, window.zone) if whole else each.begins
    return begins, not whole, each.title, each.series.kind.value, each.series.key, each.day


class _TooMuch(BadRequest):
    """More than anybody looks at."""

    def __init__(self) -> None:
        super().__init__(
            f"There are more than {MOST_ENTRIES:,} entries in these days: ask for fewer days."
        )
