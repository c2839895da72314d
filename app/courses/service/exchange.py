"""Courses as they come from other systems, and go to them."""

from typing import Any

from app.core.db import ReadSession
from app.core.tables import Table
from app.core.uow import UnitOfWork
from app.courses.cartridges.tree import CourseTree, LessonTree, SectionTree
from app.courses.models import (
    CodingTest,
    Course,
    Exercise,
    Lesson,
    LessonStatus,
    QuizOption,
    QuizQuestion,
    Section,
)
from app.courses.service.contents import ContentData
from app.courses.service.exercises import ExerciseData, rows_of
from app.courses.store import whole as store


async def tree_of(session: ReadSession, course: Course) -> CourseTree:
    """A course with all that is in it, answers and hidden tests too: for who teaches it."""
    parts = await store.parts(session, course.id)

    def exercise(row: Exercise) -> ExerciseData:
        made: dict[str, Any] = dict(row)
        made["questions"] = [
            {**dict(each), "options": [dict(one) for one in parts[QuizOption].get(each.id, ())]}
            for each in parts[QuizQuestion].get(row.id, ())
        ]
        made["tests"] = [dict(each) for each in parts[CodingTest].get(row.id, ())]
        content = ContentData.model_validate({row.kind.value: _given(made)})
        return ExerciseData(
            title=row.title,
            description=row.description,
            estimated_minutes=row.estimated_minutes,
            content=content,
        )

    def lesson(row: Lesson) -> LessonTree:
        below = [exercise(each) for each in parts[Exercise].get(row.id, ())]
        return LessonTree(
            title=row.title,
            description=row.description,
            objectives=row.objectives,
            exercises=below,
        )

    sections = [
        SectionTree(
            title=row.title,
            description=row.description,
            lessons=[lesson(each) for each in parts[Lesson].get(row.id, ())],
        )
        for row in parts[Section].get(course.id, ())
    ]
    return CourseTree(
        title=course.title,
        description=course.description,
        language=course.language,
        sections=sections,
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


async def plant(uow: UnitOfWork, course: Course, tree: CourseTree) -> None:
    """Put what is in a tree into a course that has nothing yet.

    Lessons are published with the course: who imported it wants to see it as it was.
    """
    rows: list[Table] = []
    for place, branch in enumerate(tree.sections):
        section = Section(
            course_id=course.id, position=place, **branch.model_dump(exclude={"lessons"})
        )
        rows.append(section)
        for number, twig in enumerate(branch.lessons):
            lesson = Lesson(
                section_id=section.id,
                position=number,
                status=LessonStatus.PUBLISHED,
                estimated_minutes=sum(each.estimated_minutes for each in twig.exercises),
                **twig.model_dump(exclude={"exercises"}),
            )
            rows.append(lesson)
            for order, leaf in enumerate(twig.exercises):
                exercise = Exercise(
                    lesson_id=lesson.id,
                    position=order,
                    kind=leaf.content.kind,
                    **leaf.model_dump(exclude={"content"}),
                    **leaf.content.columns(),
                )
                rows += [exercise, *rows_of(exercise, leaf.content)]
    await uow.session.insert(rows)
