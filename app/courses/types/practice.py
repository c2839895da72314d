"""What the schema shows of practice: sessions, logs, records. All of it is the viewer's own."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func, null, true
from sqlalchemy import column as sql_column
from sqlmodel import col

from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    items,
    pages,
    reads,
    reads_kinds,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import (
    PracticeStatus,
    PracticeType,
    ProgressActivity,
    ProgressMetric,
    WeightUnit,
)
from app.courses.types.courses import Course, Lesson

describe(
    PracticeType,
    "What is done in a practice session.",
    {
        PracticeType.PRACTICE: "Doing it.",
        PracticeType.STUDY: "Learning something new.",
        PracticeType.QUIZ: "Answering questions.",
        PracticeType.REVIEW: "Going over what was learned.",
    },
)
describe(
    PracticeStatus,
    "Where a practice session is in its life.",
    {
        PracticeStatus.ACTIVE: "Its clock runs.",
        PracticeStatus.PAUSED: "Its clock stands.",
        PracticeStatus.COMPLETED: "It was brought to its end.",
        PracticeStatus.ABANDONED: "It was given up, or nothing was heard of it for long.",
    },
)
describe(
    ProgressActivity,
    "What was done.",
    {
        ProgressActivity.EXERCISE: "Sets of repetitions, with a weight or without.",
        ProgressActivity.QUIZ: "Questions were answered.",
        ProgressActivity.READING: "Pages were read.",
        ProgressActivity.PRACTICE: "A skill was tried so often.",
        ProgressActivity.REFLECTION: "Thoughts about what was learned.",
    },
)
describe(
    WeightUnit,
    "What a weight is given in.",
    {WeightUnit.KG: "Kilograms.", WeightUnit.LB: "Pounds of 0.45359237 kg."},
)
describe(
    ProgressMetric,
    "What records are set in. More is better in each.",
    {
        ProgressMetric.WEIGHT: "The weight, in kg.",
        ProgressMetric.REPETITIONS: "The repetitions of all sets together.",
        ProgressMetric.VOLUME: "Weight times repetitions, in kg.",
        ProgressMetric.ACCURACY: "The part that was right, in percent.",
        ProgressMetric.PACE: "Pages, questions or attempts an hour.",
    },
)


# As many as can be logged.
MOST_SETS = 50


def _minutes(_: Asker, session: type[models.PracticeSession]) -> ColumnElement[int]:
    whole = cast((col(session.worked_seconds) + 30) / 60, Integer)
    return case((col(session.ended_at).is_not(None), whole), else_=null())


def _logs(_: Asker, log: type[models.ProgressLog], session: type[models.PracticeSession]) -> Rows:
    return Rows(
        col(log.session_id) == session.id,
        Order("sessionLogs", ("happened_at", "id"), descending=True),
    )


def _records(_: Asker, record: type[models.PersonalRecord], log: type[models.ProgressLog]) -> Rows:
    return Rows(col(record.log_id) == log.id, Order("records", ("metric", "id")))


@reads(
    models.PersonalRecord,
    visible=policy.practised,
    description="Something that was better than ever before.",
)
class PersonalRecord(Node):
    """Of one person, course, activity and title."""

    prefix = "prc"

    metric: ProgressMetric = column("In what.")
    value: float = column("What was reached.")
    previous: float = column("The best one before.")
    log: "ProgressLog | None" = edge("log_id", "By what.")
    created_at: datetime = column("When it was noticed.")


@reads_kinds(
    models.ProgressLog,
    told_by="activity",
    visible=policy.practised,
    description="Something that the viewer did for a course.",
)
class ProgressLog(Node):
    """One of five activities."""

    prefix = "plg"

    activity: ProgressActivity = column("What was done.")
    happened_at: datetime = column("When.")
    corrected_at: datetime | None = column("When it was last corrected.")
    duration_seconds: int | None = column("How long it took, in seconds.")
    difficulty: int | None = column("How hard it was, from 1 to 5.")
    completion_percent: int | None = column("How much of it was done, in percent.")
    notes: str = column("What else there is to say.")
    course: Course | None = edge("course_id", "The course that it was done for.")
    lesson: Lesson | None = edge("lesson_id", "The lesson that it belongs to.")
    session: "PracticeSession | None" = edge("session_id", "The session in which it was done.")
    records: list[PersonalRecord] = items(
        _records, "The records that it set.", most=len(ProgressMetric)
    )
    created_at: datetime = column("When it was logged.")


def _repetitions(_: Asker, each: Any) -> ColumnElement[int]:
    value: ColumnElement[int] = each.c.value
    return value


@reads(None, key="", description="A set of an exercise.")
class ExerciseSet:
    """Repetitions without a pause."""

    repetitions: int = computed(_repetitions, "How many.")


def _sets(_: Asker, __: Any, ___: type[models.ProgressLog]) -> Rows:
    return Rows(true(), Order("sets", ("ordinality",)))


def _sets_of(log: type[models.ProgressLog]) -> Any:
    elements = func.unnest(log.reps)
    return elements.table_valued(
        sql_column("value", Integer), with_ordinality="ordinality"
    ).render_derived()


@reads(
    models.ProgressLog,
    kind=ProgressActivity.EXERCISE,
    description="Sets of repetitions, with a weight or without.",
)
class ExerciseLog(ProgressLog):
    """Records are set in weight, repetitions and volume."""

    name: str = column("What was done.", "title")
    weight: float | None = column("With what weight, in its unit.")
    weight_unit: WeightUnit | None = column("The unit of the weight.")
    sets: list[ExerciseSet] = items(
        _sets, "Its sets, in their order.", most=MOST_SETS, rows_of=_sets_of
    )
    weight_kg: float | None = column("The weight in kg.")
    repetitions: int = column("The repetitions of all sets together.")
    volume_kg: float | None = column("Weight times repetitions, in kg.")


@reads(
    models.ProgressLog,
    kind=ProgressActivity.QUIZ,
    description="Questions that were answered.",
)
class QuizLog(ProgressLog):
    """Records are set in accuracy and pace."""

    name: str = column("What it was called.", "title")
    correct: int = column("How many answers were right.")
    total: int = column("How many questions there were.")
    accuracy_percent: float = column("How much was right, in percent.")
    pace_per_hour: float | None = column("Questions an hour, if its duration is known.")


@reads(models.ProgressLog, kind=ProgressActivity.READING, description="Pages that were read.")
class ReadingLog(ProgressLog):
    """Records are set in pace."""

    title: str = column("What was read.")
    pages: int = column("How many pages.")
    pace_per_hour: float | None = column("Pages an hour, if its duration is known.")


@reads(models.ProgressLog, kind=ProgressActivity.PRACTICE, description="A skill that was tried.")
class PracticeLog(ProgressLog):
    """Records are set in accuracy and pace."""

    skill: str = column("What was tried.", "title")
    successes: int = column("How often it went well.", "correct")
    attempts: int = column("How often it was tried.", "total")
    accuracy_percent: float = column("How much of it went well, in percent.")
    pace_per_hour: float | None = column("Attempts an hour, if its duration is known.")


@reads(
    models.ProgressLog,
    kind=ProgressActivity.REFLECTION,
    description="Thoughts about what was learned.",
)
class ReflectionLog(ProgressLog):
    """Nothing is measured."""

    text: str = column("What was thought.", "body")
    confidence: int | None = column("How sure they are of what they learned, from 1 to 5.")


@reads(
    models.PracticeSession,
    visible=policy.practised,
    description="The viewer's own timed work on a course.",
)
class PracticeSession(Node):
    """Timed by the server's clock, without the pauses."""

    prefix = "prs"

    type: PracticeType = column("What is done in it.")
    status: PracticeStatus = column("Where it is in its life.")
    planned_minutes: int | None = column("How long it was to take, in minutes.")
    actual_minutes: int | None = computed(
        _minutes, "How long it took without the pauses, to the nearest minute; null until its end."
    )
    worked_seconds: int = column(
        "What was worked until its clock last stopped, in seconds; the time since `activeSince`"
        " comes on top of it."
    )
    active_since: datetime | None = column("Since when its clock runs; null while it stands.")
    focus_areas: list[str] = column("What it is about.")
    goals: list[str] = column("What is to be reached.")
    notes: str = column("What there is to say of it.")
    course: Course | None = edge("course_id", "The course that is worked on.")
    started_at: datetime = column("When it began.")
    last_activity_at: datetime = column(
        "When something was last heard of it; long after that it is abandoned."
    )
    ended_at: datetime | None = column("When it was completed or abandoned.")
    logs: Connection[ProgressLog] = pages(_logs, "What was logged in it, newest first.")


ACTIVITIES = [ExerciseLog, QuizLog, ReadingLog, PracticeLog, ReflectionLog]
