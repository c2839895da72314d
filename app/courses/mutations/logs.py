"""Root mutations of progress logs: one input for each activity."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.models import ProgressMetric, WeightUnit
from app.courses.mutations.inputs import errors, keys, maybe, nested
from app.courses.service import logs as service
from app.courses.service.recommending import RecommendationKind
from app.courses.types.courses import Course, Lesson
from app.courses.types.practice import PracticeSession, ProgressLog

describe(
    RecommendationKind,
    "What kind of thing is recommended.",
    {
        RecommendationKind.MORE_WEIGHT: "The same with more weight.",
        RecommendationKind.SAME_AGAIN: "The same once more.",
        RecommendationKind.REVIEW_WEAKEST: "What went worst of late.",
        RecommendationKind.NEXT_LESSON: "The course's next lesson.",
        RecommendationKind.KEEP_GOING: "More of whatever it was.",
    },
)


def _needed(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.input(description="Sets of repetitions.")
class ExerciseActivityInput:
    """With a weight or without."""

    name: str = _needed("What was done, 1 to 255 characters: records compare by it.")
    weight: float | None = maybe("With what weight, in its unit.")
    weight_unit: WeightUnit | None = maybe("The unit of the weight; kg at first.")
    reps: list[int] = _needed("The repetitions of each set: 1 to 50 sets of 1 to 10,000.")


@strawberry.input(description="Questions that were answered.")
class QuizActivityInput:
    """As the learner counted them."""

    name: str = _needed("What it was called, 1 to 255 characters: records compare by it.")
    correct: int = _needed("How many answers were right.")
    total: int = _needed("How many questions there were: 1 to 100,000.")


@strawberry.input(description="Pages that were read.")
class ReadingActivityInput:
    """With the log's duration they have a pace."""

    title: str = _needed("What was read, 1 to 255 characters: records compare by it.")
    pages: int = _needed("How many pages: 1 to 100,000.")


@strawberry.input(description="A skill that was tried.")
class PracticeActivityInput:
    """So often."""

    skill: str = _needed("What was tried, 1 to 255 characters: records compare by it.")
    successes: int = _needed("How often it went well.")
    attempts: int = _needed("How often it was tried: 1 to 100,000.")


@strawberry.input(description="Thoughts about what was learned.")
class ReflectionActivityInput:
    """Nothing is measured."""

    text: str = _needed("What was thought, 1 to 20,000 characters.")
    confidence: int | None = maybe("How sure you are of what you learned, from 1 to 5.")


@strawberry.input(one_of=True, description="What was done: one of the five.")
class ProgressActivityInput:
    """The activity of a log is that of its data."""

    exercise: ExerciseActivityInput | None = maybe("Sets of repetitions.")
    quiz: QuizActivityInput | None = maybe("Questions that were answered.")
    reading: ReadingActivityInput | None = maybe("Pages that were read.")
    practice: PracticeActivityInput | None = maybe("A skill that was tried.")
    reflection: ReflectionActivityInput | None = maybe("Thoughts about what was learned.")


@strawberry.input(description="What any log can have.")
class ProgressLogFields:
    """What logging and correcting have in common."""

    duration_seconds: int | None = maybe("How long it took: 1 to 86,400 seconds.")
    difficulty: int | None = maybe("How hard it was, from 1 to 5.")
    completion_percent: int | None = maybe("How much of it was done, in percent.")
    notes: str | None = maybe("What else there is to say, at most 20,000 characters.")


@strawberry.input(description="Something done for a course.")
class ProgressLogInput(ProgressLogFields):
    """In a session, in a lesson, or by itself."""

    course_id: strawberry.ID = _needed("The course that it was done for.")
    session_id: strawberry.ID | None = maybe("The practice session in which it was done.")
    lesson_id: strawberry.ID | None = maybe("The lesson that it belongs to.")
    happened_at: datetime | None = maybe("When, within the last 366 days; now, if it isn't given.")
    activity: ProgressActivityInput = _needed("What was done.")


@strawberry.input(description="What is to be another way in a log. What isn't given stays.")
class ProgressLogUpdateInput(ProgressLogFields):
    """It stays of its activity."""

    id: strawberry.ID = _needed("The log.")
    activity: ProgressActivityInput | None = maybe("All of what was done, of the same activity.")


@strawberry.type(description="A record that was reached.")
class ProgressAchievement:
    """In one metric."""

    metric: ProgressMetric = _needed("In what.")
    value: float = _needed("What was reached.")
    previous: float = _needed("The best one before.")


@strawberry.type(description="What to do next.")
class ProgressRecommendation:
    """By rules: the same logs lead to the same."""

    kind: RecommendationKind = _needed("What kind of thing it is.")
    text: str = _needed("The same in a sentence.")
    weight: float | None = _needed("With what weight, in the unit of the log.")
    lesson: Lesson | None = edge("lesson_key", "The lesson that comes next.")
    lesson_key: strawberry.Private[UUID | None]


@strawberry.type
class _LogPayload:
    log: ProgressLog | None = edge("log_key", "The log.")
    log_key: strawberry.Private[UUID | None] = None
    summary: str | None = strawberry.field(default=None, description="How it went, in a sentence.")
    streak_days: int | None = strawberry.field(
        default=None,
        description="How many days in a row, up to that of the log, have one: days of your time"
        " zone, in all courses.",
    )
    achievements: list[ProgressAchievement] = strawberry.field(
        default_factory=list, description="The records that it set."
    )
    next_recommendation: ProgressRecommendation | None = strawberry.field(
        default=None, description="What to do next."
    )
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `progressLog`.")
class ProgressLogPayload(_LogPayload):
    """The log, and what it says."""


@strawberry.type(description="The answer to `progressLogUpdate`.")
class ProgressLogUpdatePayload(_LogPayload):
    """The log, and what it says now."""


def _activity(given: ProgressActivityInput) -> Any:
    """As data: attempts and successes are a total, and what of it was right."""
    made = nested(given)
    practice = made.get("practice")
    if practice is not None:
        practice["total"], practice["correct"] = practice.pop("attempts"), practice.pop("successes")
    return made


def _said(logged: service.Logged) -> dict[str, Any]:
    """What a payload says of a log."""
    next_ = logged.recommendation
    return {
        "log_key": logged.log.id,
        "summary": logged.summary,
        "streak_days": logged.streak_days,
        "achievements": [
            ProgressAchievement(metric=each.metric, value=each.value, previous=each.previous)
            for each in logged.records
        ],
        "next_recommendation": ProgressRecommendation(
            kind=next_.kind, text=next_.text, weight=next_.weight, lesson_key=next_.lesson_id
        ),
    }


@strawberry.type
class LogMutation:
    """Log what was done."""

    @mutation(SIGNED_IN)
    async def progress_log(self, info: Info, input: ProgressLogInput) -> ProgressLogPayload:
        """Log something that you did for a course that you see, with the records that it sets.
        Send it with an `Idempotency-Key`, so that a repeat isn't another log.
        """
        prefixes = {
            "course_id": Course.prefix,
            "session_id": PracticeSession.prefix,
            "lesson_id": Lesson.prefix,
        }
        more = {**keys(input, **prefixes), "activity": _activity(input.activity)}
        data = to_data(service.LogData, input, **more)
        async with info.context.begin() as uow:
            logged = await service.log(uow, info.context.me, data)
        return ProgressLogPayload(**_said(logged))

    @mutation(SIGNED_IN)
    async def progress_log_update(
        self, info: Info, input: ProgressLogUpdateInput
    ) -> ProgressLogUpdatePayload:
        """Correct one of your logs. Its records, and those of what came after it, are set anew."""
        given = input.activity is not strawberry.UNSET and input.activity is not None
        more = {"activity": _activity(input.activity)} if given and input.activity else {}
        data = to_data(service.LogChanges, input, **more)
        key = from_global(ProgressLog.prefix, input.id)
        async with info.context.begin() as uow:
            logged = await service.correct(uow, info.context.me, key, data)
        return ProgressLogUpdatePayload(**_said(logged))
