"""What to do next, and how it went, by rules: the same log always gets the same answer."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.core.db import ReadSession
from app.core.viewer import Viewer
from app.courses.models import (
    PersonalRecord,
    ProgressActivity,
    ProgressLog,
    ProgressMetric,
    WeightUnit,
)
from app.courses.service.activities import kilograms
from app.courses.store import logs as store

# Below this mean accuracy, in percent, something is worth another look.
WEAK_PERCENT = 70
_RECENT_LOGS = 50
# The smallest plates that most gyms have, two of them.
_NEXT_STEP = {WeightUnit.KG: 2.5, WeightUnit.LB: 5.0}


class RecommendationKind(StrEnum):
    """What kind of thing is recommended."""

    MORE_WEIGHT = "more_weight"
    SAME_AGAIN = "same_again"
    REVIEW_WEAKEST = "review_weakest"
    NEXT_LESSON = "next_lesson"
    KEEP_GOING = "keep_going"


@dataclass(frozen=True)
class Recommendation:
    """What to do next; `weight` in the log's unit, or the `lesson_id` that comes next."""

    kind: RecommendationKind
    text: str
    weight: float | None = None
    lesson_id: UUID | None = None


_UNITS = {
    ProgressMetric.WEIGHT: "{:g} kg",
    ProgressMetric.REPETITIONS: "{:g} repetitions",
    ProgressMetric.VOLUME: "{:g} kg in all",
    ProgressMetric.ACCURACY: "{:g}%",
    ProgressMetric.PACE: "{:g} an hour",
}


async def summary(
    session: ReadSession, log: ProgressLog, records: list[PersonalRecord], streak: int
) -> str:
    """How it went, in a sentence or two."""
    said = []
    before = await store.before(session, log)
    if records:
        said.append("Personal record!")
    if log.weight is not None and log.weight_unit is not None:
        said.append(_weight_change(log, before))
    elif records:
        best = records[0]
        now, then = _UNITS[best.metric].format(best.value), f"{best.previous:g}"
        said.append(f"{now}, after {then} at best.")
    elif log.accuracy_percent is not None:
        said.append(f"{log.accuracy_percent:g}% right.")
    if not said or said == [""]:
        said = ["Logged."]
    if streak > 1:
        said.append(f"{streak} days in a row.")
    return " ".join(each for each in said if each)


def _weight_change(log: ProgressLog, before: ProgressLog | None) -> str:
    """By how much more than last time, in the log's own unit."""
    assert log.weight is not None
    assert log.weight_unit is not None
    unit = log.weight_unit
    if before is None or before.weight is None or before.weight_unit is None:
        return ""
    kg = kilograms(log.weight, unit) - kilograms(before.weight, before.weight_unit)
    change = round(kg / kilograms(1, unit), 1)
    if change == 0:
        return "As much as last time."
    return f"{'Up' if change > 0 else 'Down'} {abs(change):g} {unit.value} from last time."


async def recommend(session: ReadSession, viewer: Viewer, log: ProgressLog) -> Recommendation:
    """What comes next after a log.

    After weights: more, unless it was less than last time. Else what is weakest of the last 50
    scored logs of the course, if its mean accuracy is below 70%. Else the course's next lesson.
    """
    if log.activity is ProgressActivity.EXERCISE and log.weight is not None:
        return _next_weight(log, await store.before(session, log))
    weak = await store.weakest(session, log.user_id, log.course_id, _RECENT_LOGS)
    if weak is not None and weak[1] < WEAK_PERCENT:
        text = f'Look at "{weak[0]}" again: {round(weak[1])}% right of late.'
        return Recommendation(RecommendationKind.REVIEW_WEAKEST, text)
    lesson = await store.next_lesson(session, viewer, log.course_id)
    if lesson is not None:
        text = f'Go on with the lesson "{lesson.title}".'
        return Recommendation(RecommendationKind.NEXT_LESSON, text, lesson_id=lesson.id)
    return Recommendation(RecommendationKind.KEEP_GOING, "Keep going.")


def _next_weight(log: ProgressLog, before: ProgressLog | None) -> Recommendation:
    assert log.weight is not None
    assert log.weight_unit is not None
    unit = log.weight_unit
    less = before is not None and (log.volume_kg or 0) < (before.volume_kg or 0)
    if less and (log.weight_kg or 0) <= (before.weight_kg or 0 if before else 0):
        text = f"Try {log.weight:g} {unit.value} again next time."
        return Recommendation(RecommendationKind.SAME_AGAIN, text, weight=log.weight)
    weight = log.weight + _NEXT_STEP[unit]
    text = f"Try {weight:g} {unit.value} next time."
    return Recommendation(RecommendationKind.MORE_WEIGHT, text, weight=weight)
