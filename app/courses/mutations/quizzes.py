"""Root mutations of tries at quizzes."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.mutations.inputs import errors, maybe, nested
from app.courses.service import quizzes as service
from app.courses.types import Exercise, QuizAttempt
from app.courses.types.exercises import QuizOption, QuizQuestion


@strawberry.input(description="Which quiz.")
class QuizStartInput:
    """By its id."""

    exercise_id: strawberry.ID = strawberry.field(description="The quiz.")


@strawberry.input(description="An answer to a question.")
class QuizAnswerInput:
    """Options for a question that has them, a text for one that hasn't."""

    question_id: strawberry.ID = strawberry.field(description="The question.")
    option_ids: list[strawberry.ID] | None = maybe(
        "What is chosen: one option of a question with one right answer, else any number."
    )
    text: str | None = maybe("What is written, at most 2,000 characters.")


@strawberry.input(description="The answers to a quiz.")
class QuizSubmitInput:
    """All at once."""

    exercise_id: strawberry.ID = strawberry.field(description="The quiz.")
    answers: list[QuizAnswerInput] = strawberry.field(
        description="One for each question; those without an answer give no points."
    )


@strawberry.type
class _AttemptPayload:
    attempt: QuizAttempt | None = edge("attempt_key", "The try.")
    attempt_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `quizStart`.")
class QuizStartPayload(_AttemptPayload):
    """The try."""


@strawberry.type(description="The answer to `quizSubmit`.")
class QuizSubmitPayload(_AttemptPayload):
    """The try with its points."""


def _answer(given: QuizAnswerInput) -> dict[str, Any]:
    """An answer with keys instead of ids."""
    data: dict[str, Any] = nested(given)
    data["question_id"] = from_global(QuizQuestion.prefix, given.question_id)
    if data.get("option_ids") is not None:
        data["option_ids"] = [from_global(QuizOption.prefix, each) for each in data["option_ids"]]
    return data


@strawberry.type
class QuizMutation:
    """Try quizzes."""

    @mutation(SIGNED_IN)
    async def quiz_start(self, info: Info, input: QuizStartInput) -> QuizStartPayload:
        """Begin a try at a quiz that is open to you; the one under way, if there is one.

        It counts from now on, answered or not. A quiz with a time limit has to be started; any
        other can be answered straight.
        """
        key = from_global(Exercise.prefix, input.exercise_id)
        async with info.context.begin() as uow:
            attempt = await service.start(uow, info.context.me, key)
        return QuizStartPayload(attempt_key=attempt.id)

    @mutation(SIGNED_IN)
    async def quiz_submit(self, info: Info, input: QuizSubmitInput) -> QuizSubmitPayload:
        """Answer a quiz that is open to you, as often as it allows, until you have passed it.

        The server counts the points: for the right option, for all right options and no other,
        or for an accepted text, in any case and with any spaces. Who passes has completed the
        exercise. The right answers are shown once it is passed, or can't be tried again.
        """
        key = from_global(Exercise.prefix, input.exercise_id)
        answers = [_answer(each) for each in input.answers]
        data = to_data(service.AnswersData, input, answers=answers)
        async with info.context.begin() as uow:
            attempt = await service.submit(uow, info.context.me, key, data)
        return QuizSubmitPayload(attempt_key=attempt.id)
