"""A course and exercises of it, and what writes one where the language model would."""

import pytest

from app.core.ids import to_global
from app.core.resources import Resources
from app.courses.service import coding
from tests.client import Api
from tests.courses.authoring import add_exercise
from tests.courses.coding import Coding, make_coding
from tests.courses.composer import Composer
from tests.courses.quizzes import Quiz, make_quiz
from tests.courses.submissions import Assignment, assignment_of
from tests.factories import Person, Teaching, empty_outbox, make_course


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> Composer:
    """It writes where the language model would."""
    made = Composer()
    monkeypatch.setattr("workers.inference.models.language", lambda: made)
    return made


@pytest.fixture
async def assignment(api: Api, resources: Resources, ida: Person) -> Assignment:
    course = await make_course(resources, ida, description="About leaves.")
    lesson = to_global("les", course.lessons[0].id)
    made = await add_exercise(api, ida, lesson, assignment_of("FILE", "TEXT", "LINK"))
    return Assignment(course, made.ok()["exercise"]["id"])


@pytest.fixture
async def course(resources: Resources, ida: Person) -> Teaching:
    return await make_course(resources, ida, description="About leaves.")


@pytest.fixture
async def quiz(api: Api, ida: Person, course: Teaching) -> Quiz:
    return await make_quiz(api, ida, course)


@pytest.fixture
async def challenge(resources: Resources, ida: Person) -> Coding:
    made = await make_coding(resources, ida)
    await empty_outbox(resources)
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests don't wait for a worker that isn't there."""
    monkeypatch.setattr(coding, "PATIENCE_S", 0.01)
