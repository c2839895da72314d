"""Quizzes and tries at them, as tests make them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.core.clock import now
from app.core.resources import Resources
from app.courses.models import ExerciseProgress, QuizAnswer, QuizAttempt
from tests.client import Api, Payload
from tests.courses.learning import add, count
from tests.factories import Person, Teaching, writing

QUIZ = {
    "attempts": 3,
    "passingPercent": 60,
    "questions": [
        {
            "kind": "SINGLE_CHOICE",
            "text": "What is green?",
            "points": 2,
            "options": [{"text": "Chlorophyll", "correct": True}, {"text": "Water"}],
            "explanation": "A secret reason.",
        },
        {
            "kind": "MULTIPLE_CHOICE",
            "text": "What goes in?",
            "points": 3,
            "options": [
                {"text": "Light", "correct": True},
                {"text": "Water", "correct": True},
                {"text": "Sugar"},
            ],
        },
        {
            "kind": "SHORT_TEXT",
            "text": "What is made?",
            "points": 1,
            "acceptedAnswers": ["Secret sugar", "Zucker für die Straße"],
        },
    ],
}


ATTEMPT = """attempt {
    id number points maxPoints percent passed startedAt dueAt submittedAt
    answers {
        question { text } options { text } text correct points
        rightOptions { text } acceptedAnswers explanation
    }
}"""


class Quiz:
    """A quiz as its author wrote it, with the ids that learners answer with."""

    def __init__(self, id: str, questions: list[dict[str, Any]]) -> None:
        self.id = id
        self.questions = [each["id"] for each in questions]
        self.options = [[option["id"] for option in each["options"]] for each in questions]

    def answers(self, *given: Any) -> list[dict[str, Any]]:
        """An answer to each question: places of options, or a text; None for none."""
        made = []
        for place, answer in enumerate(given):
            question = {"questionId": self.questions[place]}
            if isinstance(answer, str):
                made.append(question | {"text": answer})
            elif answer is not None:
                chosen = [self.options[place][option] for option in answer]
                made.append(question | {"optionIds": chosen})
        return made

    @property
    def right(self) -> list[dict[str, Any]]:
        return self.answers([0], [0, 1], "secret  SUGAR ")

    @property
    def wrong(self) -> list[dict[str, Any]]:
        return self.answers([1], [0], "salt")


async def make_quiz(api: Api, author: Person, course: Teaching, **more: Any) -> Quiz:
    key = await add(api, author, course, {"quiz": QUIZ | more})
    answer = await api.execute(
        "query ($id: ID!) { exercise(id: $id) {"
        " ... on QuizExercise { questions { id options { id } } } } }",
        {"id": key},
        as_=author,
    )
    return Quiz(key, answer.ok()["exercise"]["questions"])


async def submit(api: Api, who: Person, quiz: Quiz, answers: Any) -> Payload:
    given = {"exerciseId": quiz.id, "answers": answers}
    return await api.mutate("quizSubmit", given, ATTEMPT, as_=who)


async def start(api: Api, who: Person, quiz: Quiz) -> Payload:
    return await api.mutate("quizStart", {"exerciseId": quiz.id}, ATTEMPT, as_=who)


def score_of(payload: Payload) -> tuple[Any, ...]:
    found = payload.ok()["attempt"]
    right = [each["correct"] for each in found["answers"]]
    return found["number"], found["points"], found["percent"], found["passed"], right


async def nothing_is_there(resources: Resources) -> None:
    for table in (QuizAttempt, QuizAnswer, ExerciseProgress):
        assert await count(resources, table) == 0, table


async def be_late(resources: Resources) -> None:
    """The time for what was started is over."""
    async with writing(resources) as session:
        await session.execute(update(QuizAttempt).values(due_at=now() - timedelta(seconds=1)))


def shown_of(attempt: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            [option["text"] for option in each["rightOptions"]],
            each["acceptedAnswers"],
            each["explanation"],
        )
        for each in attempt["answers"]
    ]


async def attempt_of(api: Api, who: Person, key: str) -> Any:
    fields = ATTEMPT.removeprefix("attempt {").removesuffix("}")
    found = f"node(id: $id) {{ ... on QuizAttempt {{ {fields} }} }}"
    document = f"query ($id: ID!) {{ attempt: {found} }}"
    return (await api.execute(document, {"id": key}, as_=who)).ok()["attempt"]
