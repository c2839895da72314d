"""Progress logs, as tests write them."""

from datetime import timedelta
from typing import Any

from app.core.clock import now
from tests.client import Api, Payload
from tests.factories import Person, Teaching

LOG = """
    __typename id activity happenedAt correctedAt durationSeconds difficulty completionPercent
    notes course { id } lesson { id } session { id } records { metric value previous }
    ... on ExerciseLog {
        name weight weightUnit sets { repetitions } weightKg repetitions volumeKg
    }
    ... on QuizLog { name correct total accuracyPercent pacePerHour }
    ... on ReadingLog { title pages pacePerHour }
    ... on PracticeLog { skill successes attempts accuracyPercent pacePerHour }
    ... on ReflectionLog { text confidence }
"""
LOGGED = f"""
    log {{ {LOG} }} summary streakDays achievements {{ metric value previous }}
    nextRecommendation {{ kind text weight lesson {{ id }} }}
"""


def presses(*reps: int, weight: float | None = 100, unit: str = "KG", name: str = "Press") -> Any:
    return {"exercise": {"name": name, "weight": weight, "weightUnit": unit, "reps": list(reps)}}


def quizzed(correct: int, total: int = 10, name: str = "Leaves") -> Any:
    return {"quiz": {"name": name, "correct": correct, "total": total}}


async def log(api: Api, person: Person, course: Teaching, activity: Any, **more: Any) -> Payload:
    given = {"courseId": course.id, "activity": activity, **more}
    return await api.mutate("progressLog", given, LOGGED, as_=person)


async def correct(api: Api, person: Person, id: str, **changes: Any) -> Payload:
    return await api.mutate("progressLogUpdate", {"id": id, **changes}, LOGGED, as_=person)


def time_ago(**ago: float) -> str:
    return (now() - timedelta(**ago)).isoformat()
