"""What authors send, and what they find afterwards."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.core.resources import Resources
from app.courses.models import Course, Exercise, Lesson, LessonStatus, Section
from tests.client import Api, Payload
from tests.factories import Person, Teaching, make_course

PUBLISHED = [LessonStatus.PUBLISHED]

VIDEO = {"video": {"url": "https://example.org/leaf.mp4", "durationSeconds": 300}}
MATERIAL = {"material": {"body": "# Chlorophyll"}}
ASSIGNMENT = {
    "assignment": {
        "instructions": "Draw a leaf.",
        "accepts": ["TEXT", "LINK"],
        "modelAnswer": "A secret leaf.",
    }
}
QUIZ = {
    "quiz": {
        "attempts": 3,
        "questions": [
            {
                "kind": "SINGLE_CHOICE",
                "text": "What is green?",
                "points": 2,
                "options": [{"text": "Chlorophyll", "correct": True}, {"text": "Water"}],
                "explanation": "A secret reason.",
            },
            {
                "kind": "SHORT_TEXT",
                "text": "What is made of light?",
                "acceptedAnswers": ["Secret sugar", "Glucose"],
            },
        ],
    }
}
CODING = {
    "coding": {
        "instructions": "Multiply.",
        "starterCode": "def solve(a, b):\n    pass",
        "solutionCode": "def solve(a, b):\n    return a * b  # secret",
        "packages": ["math"],
        "hints": ["Use `*`."],
        "tests": [
            {"name": "Basic", "input": "solve(5, 3)", "expectedOutput": "15", "points": 10},
            {
                "name": "Secret test",
                "input": "solve(7, 6)",
                "expectedOutput": "42",
                "hidden": True,
                "points": 20,
            },
        ],
    }
}
CONTENTS = {"video": VIDEO, "material": MATERIAL, "quiz": QUIZ, "assignment": ASSIGNMENT,
            "coding": CODING}  # fmt: skip

# All of an exercise, of any kind.
WHOLE = """
    __typename id kind title description position estimatedMinutes
    lesson { id estimatedMinutes }
    ... on VideoExercise { url captionsUrl durationSeconds requiredPercent }
    ... on MaterialExercise { body sourceUrl requiredPercent }
    ... on QuizExercise {
        instructions passingPercent attempts timeLimitSeconds shuffled maxPoints
        questions {
            id kind text position points acceptedAnswers explanation
            options { id text position correct }
        }
    }
    ... on AssignmentExercise { instructions accepts maxPoints modelAnswer }
    ... on CodingExercise {
        mode language instructions starterCode packages hints runLimitSeconds
        output completion maxPoints solutionCode
        tests { id name position input expectedOutput hidden points }
    }
"""


async def add_exercise(
    api: Api, person: Person, lesson_id: str, content: dict[str, Any], **more: Any
) -> Payload:
    """Add an exercise to a lesson."""
    given = {"lessonId": lesson_id, "title": "Exercise", "content": content, **more}
    return await api.mutate("exerciseCreate", given, f"exercise {{ {WHOLE} }}", as_=person)


async def draft(
    resources: Resources, person: Person | None, *lessons: int, **values: Any
) -> Teaching:
    """A draft whose sections have so many published lessons each, without exercises."""
    from app.courses.models import CourseStatus

    values = {"status": CourseStatus.DRAFT, "description": "About leaves.", **values}
    given = [PUBLISHED * count for count in lessons]
    return await make_course(resources, person, lessons=given, **values)


async def read_course(resources: Resources, key: UUID) -> Course | None:
    """A course as it is now."""
    async with resources.database.read() as reading:
        return await reading.first(select(Course).where(Course.id == key))


async def tree(resources: Resources, course_id: UUID) -> list[tuple[Any, ...]]:
    """What is in a course, in its order: titles and positions."""
    async with resources.database.read() as reading:
        rows = await reading.rows(
            select(
                Section.title, Section.position, Lesson.title, Lesson.position,
                Exercise.title, Exercise.position,
            )
            .join(Lesson, col(Lesson.section_id) == Section.id, isouter=True)
            .join(Exercise, col(Exercise.lesson_id) == Lesson.id, isouter=True)
            .where(Section.course_id == course_id)
            .order_by(col(Section.position), col(Lesson.position), col(Exercise.position))
        )  # fmt: skip
    return [tuple(row) for row in rows]
