"""Who fits somebody on a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.buddies import weeks
from app.buddies.models import StudyTime
from app.buddies.service import reasons
from app.buddies.store import matching as store
from app.buddies.store import preferences
from app.buddies.store.matching import Fit, Learner
from app.classes.models import Weekday
from app.core.clock import now
from app.core.db import ReadSession
from app.core.viewer import Viewer

# So many are scored, of those that were last active: the others aren't looked at.
MOST_CONSIDERED: Final = 2000
_DAY: Final = 1440


@dataclass(frozen=True)
class Match:
    """Somebody who fits, the sentence by rule that says why, and when they can study."""

    fit: Fit
    plain: str
    times: Sequence[StudyTime]


async def find(
    session: ReadSession, viewer: Viewer, course_id: UUID, section_id: UUID | None, most: int
) -> list[Match]:
    """Those who fit the viewer best on a course that they are on, at most so many."""
    found = await store.considered(session, viewer, course_id, section_id, MOST_CONSIDERED)
    if not found:
        return []
    mine = await store.learner(session, viewer.user_id, course_id)
    fits = await _ranked(session, viewer.user_id, course_id, mine, found, most)
    times = await preferences.times(session, [fit.user_id for fit in fits])
    return [
        Match(
            fit,
            reasons.plain(mine, fit),
            [each for each in times if each.user_id == fit.user_id],
        )
        for fit in fits
    ]


async def fit(
    session: ReadSession, viewer: Viewer, course_id: UUID, user_id: UUID
) -> tuple[int, str]:
    """How many points somebody on the viewer's course has now, and why."""
    mine = await store.learner(session, viewer.user_id, course_id)
    theirs = await store.learner(session, user_id, course_id)
    one = [(user_id, theirs.time_zone)]
    [found] = await _ranked(session, viewer.user_id, course_id, mine, one, 1)
    return found.score, reasons.plain(mine, found)


async def _ranked(
    session: ReadSession,
    user_id: UUID,
    course_id: UUID,
    mine: Learner,
    found: Sequence[tuple[UUID, str]],
    most: int,
) -> list[Fit]:
    days = list(Weekday)
    week = [
        (start + each.starts_minute, start + each.ends_minute)
        for each in await preferences.times(session, [user_id])
        for start in [days.index(each.weekday) * _DAY]
    ]
    moment = now()
    spans = weeks.from_now(week, mine.time_zone, moment)
    free = [
        (zone, *span)
        for zone in sorted({zone for _, zone in found})
        for span in weeks.shown(spans, zone, moment)
    ]
    keys = [key for key, _ in found]
    return await store.ranked(session, course_id, mine, keys, free, most)
