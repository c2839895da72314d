"""Courses as they come from other systems, and go to them."""

import asyncio
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.handouts import hand_out
from app.core.resources import Resources
from app.core.tables import Table
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.cartridges.reading import read_package
from app.courses.cartridges.tree import (
    CourseTree,
    Found,
    LessonTree,
    PackageUnreadable,
    SectionTree,
)
from app.courses.cartridges.writing import package_of
from app.courses.errors import PackageRefused
from app.courses.models import (
    CodingTest,
    Course,
    CourseLevel,
    Exercise,
    Lesson,
    LessonStatus,
    QuizOption,
    QuizQuestion,
    Section,
)
from app.courses.service import courses
from app.courses.service.contents import ContentData, Title
from app.courses.service.courses import CourseData
from app.courses.service.exercises import ExerciseData, rows_of
from app.courses.store import whole as store
from app.vault.models import FilePurpose
from app.vault.service import files

_FILE = ("input", "fileId")


class ImportData(BaseModel):
    """What becomes of a file. Without a `title` it is called as in the file."""

    file_id: UUID
    level: CourseLevel
    title: Title | None = None


async def read(resources: Resources, viewer: Viewer, file_id: UUID) -> Found:
    """The course in an upload of the viewer's; `PackageRefused` says why it can't be read."""
    data = await files.read(resources, viewer, file_id, FilePurpose.CARTRIDGE, _FILE)
    try:
        # It takes a while, in which others are served.
        return await asyncio.to_thread(read_package, data)
    except PackageUnreadable as error:
        raise PackageRefused(str(error), field=_FILE) from error


async def take(uow: UnitOfWork, viewer: Viewer, data: ImportData, tree: CourseTree) -> Course:
    """A draft of the viewer's own with what was read. The file can't be used again."""
    await files.claim(uow, viewer, data.file_id, FilePurpose.CARTRIDGE, _FILE)
    given = CourseData(
        title=data.title or tree.title,
        description=tree.description,
        level=data.level,
        language=tree.language,
    )
    course = await courses.create(uow, viewer, given)
    await uow.session.flush()
    await plant(uow, course, tree)
    return course


async def give(resources: Resources, viewer: Viewer, key: UUID, base_url: str) -> str:
    """A link to a course that the viewer teaches, as a Common Cartridge."""
    async with resources.database.read() as session:
        course = await store.taught(session, viewer, key)
        if course is None:
            raise NotFound(field=("input", "id"))
        tree = await tree_of(session, course)
    data = await asyncio.to_thread(package_of, tree)
    said = f"{key} {tree!r}"
    return await hand_out(resources, said, data, f"{course.slug}.imscc", base_url)


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
