"""What the schema shows of tries at quizzes. Right answers wait until there is no more to try."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Integer, case, exists, func, literal_column, null
from sqlmodel import col, select

from app.accounts.types import User
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, items, reads, whole
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy

if TYPE_CHECKING:
    from app.courses.types.exercises import Exercise, QuizOption, QuizQuestion

_EXERCISES = strawberry.lazy("app.courses.types.exercises")
_ALL: ColumnElement[int] = literal_column("100", Integer())
_NOTHING: ColumnElement[int] = literal_column("0", Integer())
# As many as a quiz has questions, and a question options.
_MOST_ANSWERS = 40
_MOST_OPTIONS = 10


def _shown(viewer: Asker, answer: type[models.QuizAnswer]) -> ColumnElement[bool]:
    """Whether the right answer is shown beside one that was given."""
    attempt = models.QuizAttempt
    return exists(
        select(attempt.id)
        .where(attempt.id == answer.attempt_id, policy.shows_answers(viewer, attempt))
        .correlate(answer)
    )


def _of_question(name: str) -> Any:
    """What a question says of its answer, once it is shown."""

    def value(viewer: Asker, answer: type[models.QuizAnswer]) -> ColumnElement[Any]:
        found = select(getattr(models.QuizQuestion, name)).where(
            models.QuizQuestion.id == answer.question_id
        )
        said = found.correlate(answer).scalar_subquery()
        return case((_shown(viewer, answer), said), else_=null())

    return value


def _chosen(_: Asker, option: type[models.QuizOption], answer: type[models.QuizAnswer]) -> Rows:
    return Rows(
        col(option.id) == func.any(answer.option_ids), Order("chosenOptions", ("position", "id"))
    )


def _right(viewer: Asker, option: type[models.QuizOption], answer: type[models.QuizAnswer]) -> Rows:
    return Rows(
        (col(option.question_id) == answer.question_id)
        & col(option.correct)
        & _shown(viewer, answer),
        Order("rightOptions", ("position", "id")),
    )


def _answers(_: Asker, answer: type[models.QuizAnswer], attempt: type[models.QuizAttempt]) -> Rows:
    return Rows(col(answer.attempt_id) == attempt.id, Order("answers", ("position", "id")))


def _percent(_: Asker, attempt: type[models.QuizAttempt]) -> ColumnElement[int]:
    """Of a quiz without points, all of none."""
    counted = case(
        (col(attempt.max_points) > _NOTHING, _ALL * col(attempt.points) // attempt.max_points),
        else_=_ALL,
    )
    return whole(case((col(attempt.submitted_at).is_(None), _NOTHING), else_=counted))


@reads(models.QuizAnswer, description="An answer to a question of a quiz.")
class QuizAnswer:
    """There is one to each question, also to those that were passed over."""

    question: Annotated["QuizQuestion", _EXERCISES] | None = edge("question_id", "The question.")
    options: list[Annotated["QuizOption", _EXERCISES]] = items(
        _chosen, "What was chosen.", most=_MOST_OPTIONS
    )
    text: str | None = column("What was written.")
    correct: bool = column("Whether it is right.")
    points: int = column("What it gave.")
    right_options: list[Annotated["QuizOption", _EXERCISES]] = items(
        _right,
        "What is right; nothing until the learner has passed the quiz or can't try it again,"
        " except to those who teach the course.",
        most=_MOST_OPTIONS,
    )
    accepted_answers: list[str] | None = computed(
        _of_question("accepted_answers"), "The texts that are right; null until then."
    )
    explanation: str | None = computed(
        _of_question("explanation"), "Why the answer is right; null until then."
    )


@reads(models.QuizAttempt, visible=policy.visible_attempt, description="Somebody's try at a quiz.")
class QuizAttempt(Node):
    """It counts from its start on. The server counts the points."""

    prefix = "qat"

    exercise: Annotated["Exercise", _EXERCISES] | None = edge("exercise_id", "The quiz.")
    learner: User | None = edge("user_id", "Whose try it is.")
    number: int = column("Which of their tries at this quiz it is, from 1 on.")
    started_at: datetime = column("When it was begun.", "created_at")
    due_at: datetime | None = column("When answers come too late; null if never.")
    submitted_at: datetime | None = column("When it was answered; null if it wasn't.")
    points: int = column("What the answers gave.")
    max_points: int = column("What right ones would have given; 0 while there are none.")
    percent: int = computed(_percent, "The points, in percent of all, rounded down.")
    passed: bool = column("Whether they were enough.")
    answers: list[QuizAnswer] = items(
        _answers, "What was answered to each question, in the quiz's order.", most=_MOST_ANSWERS
    )
