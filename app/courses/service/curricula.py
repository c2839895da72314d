"""Versions of a course's curriculum, and what each makes of its sections and lessons."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.db import WriteSession
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import CourseInUse, CurriculumOutdated
from app.courses.events import CurriculumSaved
from app.courses.models import (
    Course,
    Curriculum,
    CurriculumNode,
    CurriculumOrigin,
    CurriculumStatus,
    Lesson,
    LessonStatus,
    NodeKind,
    Section,
)
from app.courses.service.arranging import NodeData, Placed, arrange
from app.courses.service.holding import changed, held
from app.courses.store import curricula as store


class CurriculumData(BaseModel):
    """A tree. `base_version` is the one that it was made from, or a proposal that is followed."""

    course_id: UUID
    base_version: Annotated[int, Field(ge=1)] | None = None
    nodes: list[NodeData]


async def save(uow: UnitOfWork, viewer: Viewer, data: CurriculumData) -> Curriculum:
    """A new version of a course that the viewer teaches, or that was made for them.

    Sections and lessons follow it; those of a key that stays are kept, with all that is in
    them. `CurriculumOutdated` unless it was made from the newest version, or from a proposal
    for that.
    """
    course = await held(uow, viewer, Course, data.course_id, field="courseId", learner=True)
    placed = arrange(data.nodes)
    newest = await store.newest(uow.session, course.id)
    await _check_base(uow, course.id, newest, data.base_version)
    made = await add_version(
        uow.session,
        course.id,
        status=CurriculumStatus.SAVED,
        origin=CurriculumOrigin.WRITTEN,
        base_version=data.base_version,
    )
    before = [] if newest is None else await store.nodes(uow.session, newest.id)
    nodes = await add_nodes(uow.session, made.id, placed)
    await apply(uow.session, course, nodes, before)
    uow.publish(CurriculumSaved(course_id=course.id, curriculum_id=made.id))
    await changed(uow, course)
    return made


async def _check_base(
    uow: UnitOfWork, course_id: UUID, newest: Curriculum | None, base: int | None
) -> None:
    current = None if newest is None else newest.version
    if base == current:
        return
    found = None if base is None else await store.version(uow.session, course_id, base)
    if (
        found is None
        or found.status is not CurriculumStatus.PROPOSED
        or found.base_version != current
    ):
        said = "There is no version yet" if current is None else f"The newest one is {current}"
        raise CurriculumOutdated(
            f"This isn't based on the newest version. {said}.", field=("input", "baseVersion")
        )
    await store.accept(uow.session, found.id)


async def add_version(
    session: WriteSession,
    course_id: UUID,
    *,
    status: CurriculumStatus,
    origin: CurriculumOrigin,
    base_version: int | None,
) -> Curriculum:
    """The next version of a course that is held, without nodes."""
    made = Curriculum(
        course_id=course_id,
        version=await store.next_number(session, course_id),
        status=status,
        origin=origin,
        base_version=base_version,
    )
    session.add(made)
    await session.flush()
    return made


async def add_nodes(
    session: WriteSession, curriculum_id: UUID, placed: Sequence[Placed]
) -> list[CurriculumNode]:
    """A version's nodes, parents first."""
    keys: dict[str, UUID] = {}
    made = []
    for place, each in enumerate(placed):
        node = CurriculumNode(
            curriculum_id=curriculum_id,
            parent_id=None if each.data.parent is None else keys[each.data.parent],
            place=place,
            position=each.position,
            path=each.path,
            depth=each.depth,
            **each.data.model_dump(exclude={"parent"}),
        )
        keys[node.key] = node.id
        made.append(node)
    session.add(*made)
    await session.flush()
    return made


def as_data(nodes: Sequence[CurriculumNode]) -> list[NodeData]:
    """Nodes as they were given."""
    keys = {node.id: node.key for node in nodes}
    return [
        NodeData(
            parent=None if node.parent_id is None else keys[node.parent_id],
            **node.model_dump(include=set(NodeData.model_fields) - {"parent"}),
        )
        for node in nodes
    ]


async def apply(
    session: WriteSession,
    course: Course,
    nodes: Sequence[CurriculumNode],
    before: Sequence[CurriculumNode],
) -> None:
    """Make a course's sections and lessons those of a tree; `before` is the one they follow now.

    A module with lessons of its own is a section, and so is one with nothing below it. What
    authors added besides stays, behind the rest. `CourseInUse` if a lesson has to go that
    something refers to.
    """
    sections = {each.id: each for each in await store.sections(session, course.id)}
    lessons = {each.id: each for each in await store.lessons(session, course.id)}
    known = {node.key: node for node in before}
    _keep_sections(session, course, nodes, known, sections)
    await session.flush()
    _keep_lessons(session, course, nodes, known, lessons)
    await session.flush()
    staying = {node.lesson_id for node in nodes}
    had_lessons = {node.lesson_id for node in before if node.lesson_id is not None}
    gone = (had_lessons & lessons.keys()) - staying
    if gone and not await store.remove(session, Lesson, list(gone)):
        raise CourseInUse(field=("input", "nodes"))
    mine = [node.section_id for node in nodes if node.section_id is not None]
    left = {each.section_id for key, each in lessons.items() if key not in gone}
    had = {node.section_id for node in before if node.section_id is not None}
    dropped = (had & sections.keys()) - left - set(mine)
    await store.remove(session, Section, list(dropped))
    others = [key for key in sections if key not in mine and key not in dropped]
    for position, key in enumerate([*mine, *others]):
        sections[key].position = position
    await _order_lessons(session, course, nodes, lessons, gone)


def _keep_sections(
    session: WriteSession,
    course: Course,
    nodes: Sequence[CurriculumNode],
    known: Mapping[str, CurriculumNode],
    sections: dict[UUID, Section],
) -> None:
    """The section of each module that is one: that which it had, or a new one."""
    parents = {node.parent_id for node in nodes}
    filled = {node.parent_id for node in nodes if node.kind is NodeKind.LESSON}
    for node in nodes:
        if node.kind is NodeKind.LESSON or (node.id in parents and node.id not in filled):
            continue
        old = known.get(node.key)
        section = sections.get(old.section_id) if old and old.section_id else None
        if section is None:
            section = Section(course_id=course.id, title=node.title, position=len(sections))
            session.add(section)
            sections[section.id] = section
        section.title, section.description = node.title, node.description
        node.section_id = section.id


def _keep_lessons(
    session: WriteSession,
    course: Course,
    nodes: Sequence[CurriculumNode],
    known: Mapping[str, CurriculumNode],
    lessons: dict[UUID, Lesson],
) -> None:
    """The lesson of each node that is one: that which it had, or a new one."""
    sections = {node.id: node.section_id for node in nodes}
    for node in nodes:
        if node.kind is NodeKind.MODULE or node.parent_id is None:
            continue
        above = sections[node.parent_id]
        assert above is not None
        old = known.get(node.key)
        lesson = lessons.get(old.lesson_id) if old and old.lesson_id else None
        if lesson is None:
            lesson = Lesson(
                section_id=above,
                title=node.title,
                position=len(lessons),
                status=_status(course),
            )
            session.add(lesson)
            lessons[lesson.id] = lesson
        lesson.title, lesson.description = node.title, node.description
        lesson.objectives, lesson.section_id = list(node.objectives), above
        node.lesson_id = lesson.id


def _status(course: Course) -> LessonStatus:
    """Of a new lesson: what is taught to others is published once it has exercises."""
    return LessonStatus.DRAFT if course.learner_id is None else LessonStatus.PUBLISHED


async def _order_lessons(
    session: WriteSession,
    course: Course,
    nodes: Sequence[CurriculumNode],
    lessons: Mapping[UUID, Lesson],
    gone: set[UUID],
) -> None:
    """Lessons in the tree's order, others behind them; minutes of those without exercises."""
    mine = {node.lesson_id: node for node in nodes if node.lesson_id is not None}
    filled = await store.with_exercises(session, course.id)
    others = [key for key in lessons if key not in mine and key not in gone]
    positions: dict[UUID, int] = {}
    for key in [*mine, *others]:
        lesson = lessons[key]
        lesson.position = positions.get(lesson.section_id, 0)
        positions[lesson.section_id] = lesson.position + 1
        if key in mine and key not in filled:
            lesson.estimated_minutes = mine[key].minutes
    await session.flush()
