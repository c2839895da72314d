"""Tries at quizzes: started, answered, counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.clock import now
from app.core.errors import DomainError, InvalidInput, InvalidInputs
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import NoAttemptsLeft, QuizNotStarted, QuizPassed, QuizTimeOver
from app.courses.models import (
    Exercise,
    ExerciseKind,
    QuestionKind,
    QuizAnswer,
    QuizAttempt,
    QuizOption,
    QuizQuestion,
)
from app.courses.service import progress, scoring
from app.courses.service.contents import Text
from app.courses.service.scoring import Given
from app.courses.store import quizzes as store


class AnswerData(BaseModel):
    """An answer to a question: options for one to choose from, a text for the others."""

    question_id: UUID
    option_ids: Annotated[list[UUID], Field(max_length=10)] | None = None
    text: Annotated[Text, StringConstraints(max_length=2_000)] | None = None


class AnswersData(BaseModel):
    """All answers of a try. A question without one gives no points."""

    answers: list[AnswerData] = Field(max_length=40)


async def start(uow: UnitOfWork, viewer: Viewer, key: UUID) -> QuizAttempt:
    """Begin a try, from when on its time counts; the one that is under way, if there is one.

    `QuizPassed` or `NoAttemptsLeft` where there can't be another.
    """
    exercise = await _held(uow, viewer, key)
    await progress.begin(uow, viewer.user_id, exercise)
    last = await store.last_attempt(uow.session, viewer.user_id, key)
    if last is not None and _is_open(last):
        return last
    return await _begin(uow, viewer, exercise, last)


async def submit(uow: UnitOfWork, viewer: Viewer, key: UUID, data: AnswersData) -> QuizAttempt:
    """Answer a quiz: the try that is under way, or else a new one where no time is set.

    `InvalidInputs` with the path of each answer that makes no sense, `QuizPassed`,
    `NoAttemptsLeft`, `QuizNotStarted` or `QuizTimeOver`; nothing is kept then.
    """
    exercise = await _held(uow, viewer, key)
    quiz = await _Quiz.read(uow, exercise)
    given = quiz.check(data)
    await progress.begin(uow, viewer.user_id, exercise)
    attempt = await _attempt(uow, viewer, exercise)
    answers = quiz.score(attempt, given)
    attempt.points = sum(each.points for each in answers)
    attempt.max_points = quiz.max_points
    assert exercise.passing_percent is not None
    attempt.passed = scoring.is_enough(attempt.points, attempt.max_points, exercise.passing_percent)
    attempt.submitted_at = now()
    uow.session.add(*answers)
    await uow.session.flush()
    if attempt.passed:
        await progress.complete(uow, viewer.user_id, exercise)
    return attempt


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Exercise:
    exercise = await progress.held(uow, viewer, key)
    if exercise.kind is not ExerciseKind.QUIZ:
        raise InvalidInput("This exercise isn't a quiz.", field=("input", "exerciseId"))
    return exercise


async def _attempt(uow: UnitOfWork, viewer: Viewer, exercise: Exercise) -> QuizAttempt:
    """The try that answers are for."""
    last = await store.last_attempt(uow.session, viewer.user_id, exercise.id)
    if last is not None and _is_open(last):
        return last
    if exercise.time_limit_seconds is None:
        return await _begin(uow, viewer, exercise, last)
    if last is not None and last.submitted_at is None:
        raise QuizTimeOver
    await _check_more(uow, viewer, exercise, last)
    raise QuizNotStarted


async def _begin(
    uow: UnitOfWork, viewer: Viewer, exercise: Exercise, last: QuizAttempt | None
) -> QuizAttempt:
    await _check_more(uow, viewer, exercise, last)
    limit = exercise.time_limit_seconds
    attempt = QuizAttempt(
        user_id=viewer.user_id,
        exercise_id=exercise.id,
        number=1 if last is None else last.number + 1,
        due_at=None if limit is None else now() + timedelta(seconds=limit),
    )
    uow.session.add(attempt)
    await uow.session.flush()
    return attempt


async def _check_more(
    uow: UnitOfWork, viewer: Viewer, exercise: Exercise, last: QuizAttempt | None
) -> None:
    """Whoever has passed has seen the answers."""
    if await store.has_passed(uow.session, viewer.user_id, exercise.id):
        raise QuizPassed
    if last is not None and exercise.attempts is not None and last.number >= exercise.attempts:
        raise NoAttemptsLeft


def _is_open(attempt: QuizAttempt) -> bool:
    """Whether it can still be answered."""
    in_time = attempt.due_at is None or now() < attempt.due_at
    return attempt.submitted_at is None and in_time


class _Quiz:
    """The questions of a quiz with their options."""

    def __init__(self, questions: Sequence[QuizQuestion], options: Sequence[QuizOption]) -> None:
        self._questions = questions
        self._options: dict[UUID, set[UUID]] = defaultdict(set)
        self._right: dict[UUID, set[UUID]] = defaultdict(set)
        for option in options:
            self._options[option.question_id].add(option.id)
            if option.correct:
                self._right[option.question_id].add(option.id)

    @classmethod
    async def read(cls, uow: UnitOfWork, exercise: Exercise) -> "_Quiz":
        """As it is now."""
        questions = await store.questions(uow.session, exercise.id)
        return cls(questions, await store.options(uow.session, exercise.id))

    @property
    def max_points(self) -> int:
        """The points of all questions together."""
        return sum(each.points for each in self._questions)

    def check(self, data: AnswersData) -> dict[UUID, Given]:
        """The answers by question; `InvalidInputs` with each that is none to this quiz."""
        known = {each.id: each for each in self._questions}
        given: dict[UUID, Given] = {}
        errors: list[DomainError] = []
        for number, answer in enumerate(data.answers):
            path = ("input", "answers", str(number))
            question = known.get(answer.question_id)
            if question is None:
                said = "This quiz has no such question."
                errors.append(InvalidInput(said, field=(*path, "questionId")))
            elif question.id in given:
                said = "This question is answered twice."
                errors.append(InvalidInput(said, field=(*path, "questionId")))
            else:
                errors += self._wrong(question, answer, path)
                given[question.id] = Given(tuple(answer.option_ids or ()), answer.text)
        if errors:
            raise InvalidInputs(errors)
        return given

    def _wrong(
        self, question: QuizQuestion, answer: AnswerData, path: tuple[str, ...]
    ) -> list[DomainError]:
        """What makes an answer none to its question."""
        text, options = (*path, "text"), (*path, "optionIds")
        if question.kind is QuestionKind.SHORT_TEXT:
            if answer.option_ids is not None:
                return [InvalidInput("This question is for a text.", field=options)]
            if answer.text is None:
                return [InvalidInput("Write an answer, or leave it out.", field=text)]
            return []
        if answer.text is not None:
            return [InvalidInput("This question has options to choose from.", field=text)]
        if answer.option_ids is None:
            return [InvalidInput("Choose an option, or leave the answer out.", field=options)]
        return self._wrong_options(question, answer.option_ids, options)

    def _wrong_options(
        self, question: QuizQuestion, chosen: Sequence[UUID], path: tuple[str, ...]
    ) -> list[DomainError]:
        errors: list[DomainError] = [
            InvalidInput("This question has no such option.", field=(*path, str(number)))
            for number, option in enumerate(chosen)
            if option not in self._options[question.id]
        ]
        if len(set(chosen)) < len(chosen):
            errors.append(InvalidInput("An option is chosen twice.", field=path))
        elif question.kind is QuestionKind.SINGLE_CHOICE and len(chosen) > 1:
            errors.append(InvalidInput("This question has one right option.", field=path))
        return errors

    def score(self, attempt: QuizAttempt, given: Mapping[UUID, Given]) -> list[QuizAnswer]:
        """An answer to each question, right or not; there are none in what was passed over."""
        answers = []
        for question in self._questions:
            answer = given.get(question.id, Given())
            right = scoring.is_right(question, self._right[question.id], answer)
            answers.append(
                QuizAnswer(
                    attempt_id=attempt.id,
                    question_id=question.id,
                    position=question.position,
                    option_ids=list(answer.option_ids),
                    text=answer.text,
                    correct=right,
                    points=question.points if right else 0,
                )
            )
        return answers
