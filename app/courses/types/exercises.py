"""What the schema shows of exercises. Answers, solutions and hidden tests are for who teaches."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, and_, case, false, func, null, true
from sqlmodel import col, select

from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    items,
    one,
    pages,
    reads,
    reads_kinds,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import (
    CodingCompletion,
    CodingLanguage,
    CodingMode,
    CodingOutput,
    ExerciseKind,
    QuestionKind,
    SubmissionKind,
)
from app.courses.types.coding import CodingSubmission
from app.courses.types.progress import ExerciseProgress
from app.courses.types.quizzes import QuizAttempt

if TYPE_CHECKING:
    from app.courses.types.courses import Lesson

describe(
    ExerciseKind,
    "What an exercise is.",
    {
        ExerciseKind.VIDEO: "A video to watch.",
        ExerciseKind.MATERIAL: "Something to read.",
        ExerciseKind.QUIZ: "Questions with right answers.",
        ExerciseKind.ASSIGNMENT: "Work to hand in.",
        ExerciseKind.CODING: "A program to write.",
    },
)
describe(
    SubmissionKind,
    "As what an assignment is handed in.",
    {
        SubmissionKind.FILE: "A file.",
        SubmissionKind.TEXT: "A text.",
        SubmissionKind.LINK: "A link.",
    },
)
describe(
    CodingMode,
    "What a coding exercise is for.",
    {
        CodingMode.CHALLENGE: "To be solved: tests say whether it is.",
        CodingMode.PLAYGROUND: "To try things out: nothing is scored.",
    },
)
describe(CodingLanguage, "What programs are written in.", {CodingLanguage.PYTHON: "Python 3."})
describe(
    CodingOutput,
    "How a program's output is shown.",
    {
        CodingOutput.CONSOLE: "As text.",
        CodingOutput.VISUAL: "As a picture.",
        CodingOutput.AUTO: "As what it is.",
    },
)
describe(
    CodingCompletion,
    "When a coding exercise is done.",
    {
        CodingCompletion.ALL_TESTS_PASS: "Once all tests pass.",
        CodingCompletion.RUN_ONCE: "Once it was run.",
    },
)
describe(
    QuestionKind,
    "How a question is answered.",
    {
        QuestionKind.SINGLE_CHOICE: "By the one option that is right.",
        QuestionKind.MULTIPLE_CHOICE: "By all options that are right.",
        QuestionKind.SHORT_TEXT: "By a short text.",
    },
)

# A page of twenty exercises with all that is in them is within what an operation may cost.
MOST_QUESTIONS = 40
MOST_OPTIONS = 10
MOST_TESTS = 50


def _taught(condition: ColumnElement[bool], value: Any) -> ColumnElement[Any]:
    """A value for those who teach; null for everybody else."""
    return case((condition, value), else_=null())


def _solution(viewer: Asker, exercise: type[models.Exercise]) -> ColumnElement[str]:
    return _taught(policy.instructs_lesson(viewer, exercise.lesson_id), exercise.solution_code)


def _model_answer(viewer: Asker, exercise: type[models.Exercise]) -> ColumnElement[str]:
    return _taught(policy.instructs_lesson(viewer, exercise.lesson_id), exercise.model_answer)


def _accepted(viewer: Asker, question: type[models.QuizQuestion]) -> ColumnElement[list[str]]:
    taught = policy.instructs_exercise(viewer, question.exercise_id)
    return _taught(taught, question.accepted_answers)


def _explanation(viewer: Asker, question: type[models.QuizQuestion]) -> ColumnElement[str]:
    return _taught(policy.instructs_exercise(viewer, question.exercise_id), question.explanation)


def _correct(viewer: Asker, option: type[models.QuizOption]) -> ColumnElement[bool]:
    return _taught(policy.instructs_question(viewer, option.question_id), option.correct)


def _points(table: Any, exercise: type[models.Exercise]) -> ColumnElement[int]:
    total = select(func.coalesce(func.sum(table.points), 0)).where(table.exercise_id == exercise.id)
    return whole(total.scalar_subquery())


def _quiz_points(_: Asker, exercise: type[models.Exercise]) -> ColumnElement[int]:
    return _points(models.QuizQuestion, exercise)


def _coding_points(_: Asker, exercise: type[models.Exercise]) -> ColumnElement[int]:
    return _points(models.CodingTest, exercise)


def _questions(
    _: Asker, question: type[models.QuizQuestion], exercise: type[models.Exercise]
) -> Rows:
    return Rows(
        col(question.exercise_id) == exercise.id,
        Order("questions", ("position", "id")),
        # Who sees a quiz sees its questions.
        visible=true(),
    )


def _options(
    _: Asker, option: type[models.QuizOption], question: type[models.QuizQuestion]
) -> Rows:
    return Rows(
        col(option.question_id) == question.id,
        Order("options", ("position", "id")),
        # Who sees a question sees its options.
        visible=true(),
    )


def _tests(viewer: Asker, test: type[models.CodingTest], exercise: type[models.Exercise]) -> Rows:
    return Rows(
        col(test.exercise_id) == exercise.id,
        Order("tests", ("position", "id")),
        visible=policy.shown_test(viewer, test),
    )


def _own_submissions(
    viewer: Asker,
    submission: type[models.CodingSubmission],
    exercise: type[models.Exercise],
) -> Rows:
    own = col(submission.user_id) == viewer.user_id
    return Rows(
        and_(col(submission.exercise_id) == exercise.id, own) if viewer.signed_in else false(),
        Order("codingSubmissions", ("created_at", "id"), descending=True),
        # Everybody sees their own.
        visible=true(),
    )


def _own_progress(
    viewer: Asker, progress: type[models.ExerciseProgress], exercise: type[models.Exercise]
) -> ColumnElement[bool]:
    own = col(progress.user_id) == viewer.user_id
    return and_(own, col(progress.exercise_id) == exercise.id)


def _own_attempts(
    viewer: Asker, attempt: type[models.QuizAttempt], exercise: type[models.Exercise]
) -> Rows:
    own = col(attempt.user_id) == viewer.user_id
    return Rows(
        own & (col(attempt.exercise_id) == exercise.id),
        Order("quizAttempts", ("number", "id")),
        # One's own, which one always sees.
        visible=true(),
    )


@reads(
    models.QuizOption, visible=policy.visible_option, description="An answer that can be chosen."
)
class QuizOption(Node):
    """Of a question."""

    prefix = "opt"

    text: str = column("What it says.")
    position: int = column("Its place in its question, from 0 on.")
    correct: bool | None = computed(
        _correct, "Whether it is right; null unless the viewer teaches the course."
    )


@reads(models.QuizQuestion, visible=policy.visible_question, description="A question of a quiz.")
class QuizQuestion(Node):
    """With options to choose from, or for a short text."""

    prefix = "qst"

    kind: QuestionKind = column("How it is answered.")
    text: str = column("What it asks, as Markdown.")
    position: int = column("Its place in its quiz, from 0 on.")
    points: int = column("What a right answer gives.")
    options: list[QuizOption] = items(
        _options, "What can be chosen; nothing, if it asks for a text.", most=MOST_OPTIONS
    )
    accepted_answers: list[str] | None = computed(
        _accepted,
        "The texts that are right, in any case; null unless the viewer teaches the course.",
    )
    explanation: str | None = computed(
        _explanation, "Why the answer is right; null unless the viewer teaches the course."
    )


@reads(models.CodingTest, visible=policy.visible_test, description="What a program is tried with.")
class CodingTest(Node):
    """Hidden ones exist only for those who teach the course."""

    prefix = "tst"

    name: str = column("What it is called.")
    position: int = column("Its place among the exercise's tests, from 0 on.")
    input: str = column("What is evaluated.")
    expected_output: str = column("What has to come of it.")
    hidden: bool = column("Whether learners don't see it.")
    points: int = column("What passing it gives.")


@reads_kinds(
    models.Exercise,
    told_by="kind",
    visible=policy.visible_exercise,
    description="What a learner does in a lesson.",
)
class Exercise(Node):
    """One of five kinds."""

    prefix = "exe"

    kind: ExerciseKind = column("What it is.")
    title: str = column("What it is called.")
    description: str | None = column("What it is about.")
    position: int = column("Its place in its lesson, from 0 on.")
    estimated_minutes: int = column("How long it takes, in minutes.")
    lesson: Annotated["Lesson", strawberry.lazy("app.courses.types.courses")] | None = edge(
        "lesson_id", "The lesson that it belongs to."
    )
    viewer_progress: ExerciseProgress | None = one(
        _own_progress, "How far the viewer is with it; null if they haven't begun."
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")


@reads(models.Exercise, kind=ExerciseKind.VIDEO, description="A video to watch.")
class VideoExercise(Exercise):
    """Done once enough of it was watched."""

    url: str = column("Where it is.")
    captions_url: str | None = column("Where its captions are, as WebVTT.")
    duration_seconds: int = column("How long it is, in seconds.")
    required_percent: int = column("How much of it has to be watched, in percent.")


@reads(models.Exercise, kind=ExerciseKind.MATERIAL, description="Something to read.")
class MaterialExercise(Exercise):
    """Done once enough of it was read."""

    body: str = column("The text, as Markdown.")
    source_url: str | None = column("Where there is more of it.")
    required_percent: int = column("How far one has to scroll, in percent.")


@reads(models.Exercise, kind=ExerciseKind.QUIZ, description="Questions with right answers.")
class QuizExercise(Exercise):
    """The server counts the points."""

    instructions: str = column("What to know before, as Markdown.")
    passing_percent: int = column("How much of the points it takes to pass, in percent.")
    attempts: int | None = column("How often it may be tried; null if there is no end.")
    time_limit_seconds: int | None = column("How long a try may take; null if there is no end.")
    shuffled: bool = column("Whether questions and options are shown in any order.")
    max_points: int = computed(_quiz_points, "The points of all questions together.")
    questions: list[QuizQuestion] = items(
        _questions, "What it asks, in its order.", most=MOST_QUESTIONS
    )
    viewer_attempts: Connection[QuizAttempt] = pages(
        _own_attempts, "The viewer's tries at it, in their order."
    )


@reads(models.Exercise, kind=ExerciseKind.ASSIGNMENT, description="Work to hand in.")
class AssignmentExercise(Exercise):
    """Graded by who teaches."""

    instructions: str = column("What is to be done, as Markdown.")
    accepts: list[SubmissionKind] = column("As what it can be handed in.")
    max_points: int = column("The best grade.")
    model_answer: str | None = computed(
        _model_answer, "A good answer; null unless the viewer teaches the course."
    )


@reads(models.Exercise, kind=ExerciseKind.CODING, description="A program to write.")
class CodingExercise(Exercise):
    """The server runs it against its tests."""

    mode: CodingMode = column("What it is for.")
    language: CodingLanguage = column("What it is written in.")
    instructions: str = column("What is to be done, as Markdown.")
    starter_code: str = column("What one begins with.")
    packages: list[str] = column("The packages that it may import.")
    hints: list[str] = column("Help, one piece after the other.")
    run_limit_seconds: int = column("How long a run may take.")
    output: CodingOutput = column("How its output is shown.")
    completion: CodingCompletion = column("When it is done.")
    max_points: int = computed(_coding_points, "The points of all tests together.")
    tests: list[CodingTest] = items(
        _tests, "What it is tried with; hidden ones for those who teach only.", most=MOST_TESTS
    )
    viewer_submissions: Connection[CodingSubmission] = pages(
        _own_submissions, "What the viewer ran and handed in for it, the newest first."
    )
    solution_code: str | None = computed(
        _solution, "A program that passes; null unless the viewer teaches the course."
    )


KINDS = [VideoExercise, MaterialExercise, QuizExercise, AssignmentExercise, CodingExercise]

ExerciseId = Annotated[strawberry.ID, id_argument("The exercise.", Exercise.prefix)]
