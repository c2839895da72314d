"""What a model is asked for a personal course, step by step, and what is kept of its answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.courses.events import CourseOutlined
from app.courses.models import (
    Course,
    CourseGeneration,
    Curriculum,
    CurriculumNode,
    Exercise,
    ExerciseKind,
    NodeKind,
)
from app.courses.service.arranging import NodeData, arrange, without_cycles
from app.courses.service.contents import Body, Title
from app.courses.service.courses import slug_of
from app.courses.service.curricula import add_nodes, apply, as_data
from app.courses.service.generation import advance, finish
from app.courses.states import CourseStep, allows
from app.courses.store import curricula, trees
from app.courses.store import generation as store
from app.reference.service import Prompt, prompt

# How many lessons a module gets, and how many modules at least and at most.
LESSONS = 3
_FEWEST_MODULES, _MOST_MODULES, _USUAL_MODULES = 2, 6, 4
_LONGEST_KEY = 50
_REQUIRED_PERCENT = 90
# How long a lesson takes if the learner doesn't say how long a session is.
_USUAL_MINUTES = 30
_LONGEST_QUOTED = 200

PLAIN = "The local model found too few titles that say something new: the rest are plain ones."


class Part(Enum):
    """What a step makes."""

    OUTLINE = auto()
    LESSONS = auto()
    TEXT = auto()
    NOTHING = auto()


@dataclass(frozen=True)
class Assignment:
    """A step: what is to be written, with what is known. `node` is the module or lesson."""

    part: Part
    prompt: Prompt | None
    course: Course
    generation: CourseGeneration
    node: CurriculumNode | None
    nodes: Sequence[CurriculumNode]
    modules: int


class OutlineData(BaseModel):
    """The titles of a course's modules. `plain` if some of them aren't the model's own."""

    modules: Annotated[list[Title], Field(min_length=1, max_length=20)]
    plain: bool = False


class LessonsData(BaseModel):
    """The titles of a module's lessons. `plain` if some of them aren't the model's own."""

    lessons: Annotated[list[Title], Field(min_length=1, max_length=20)]
    plain: bool = False


class TextData(BaseModel):
    """What a lesson has to read."""

    text: Annotated[Body, StringConstraints(strip_whitespace=True, min_length=1)]


Written = OutlineData | LessonsData | TextData

_PROMPTS = {
    Part.OUTLINE: "course.outline",
    Part.LESSONS: "course.lessons",
    Part.TEXT: "course.text",
}


async def assignment(
    resources: Resources, course_id: UUID, attempt: int, done: int
) -> Assignment | None:
    """The step after `done` others; None if it is done, or nobody waits for it any more."""
    async with resources.database.read() as session:
        found = await store.order(session, course_id)
        version = await curricula.newest(session, course_id)
        if found is None or version is None or not _is_next(*found, attempt, done):
            return None
        nodes = await curricula.nodes(session, version.id)
        filled = await curricula.with_exercises(session, course_id)
        part, node = _next(nodes, filled)
        key = _PROMPTS.get(part)
        return Assignment(
            part=part,
            prompt=None if key is None else await prompt(session, key),
            course=found[0],
            generation=found[1],
            node=node,
            nodes=nodes,
            modules=_modules(found[0]),
        )


def _is_next(course: Course, generation: CourseGeneration, attempt: int, done: int) -> bool:
    waits = allows(course.status, CourseStep.FINISH)
    return waits and (generation.attempt, generation.done) == (attempt, done)


def _modules(course: Course) -> int:
    weeks = course.timeline_weeks or _USUAL_MODULES
    return min(max(weeks, _FEWEST_MODULES), _MOST_MODULES)


def _next(nodes: Sequence[CurriculumNode], filled: set[UUID]) -> tuple[Part, CurriculumNode | None]:
    """What is missing first, read off what there is: so it doesn't matter who made that."""
    if not nodes:
        return Part.OUTLINE, None
    parents = {node.parent_id for node in nodes}
    for node in nodes:
        if node.kind is NodeKind.MODULE and node.id not in parents:
            return Part.LESSONS, node
    for node in nodes:
        if node.lesson_id is not None and node.lesson_id not in filled:
            return Part.TEXT, node
    return Part.NOTHING, None


async def keep(
    uow: UnitOfWork, course_id: UUID, attempt: int, done: int, written: Written | None
) -> bool:
    """Keep what a step made, and go on; without `written` there is nothing left to write.

    False, and nothing is kept, if somebody else was faster or nobody waits for it any more.
    """
    found = await store.hold(uow.session, course_id)
    version = await curricula.newest(uow.session, course_id)
    if found is None or version is None or not _is_next(*found, attempt, done):
        return False
    course, generation = found
    nodes = await curricula.nodes(uow.session, version.id)
    filled = await curricula.with_exercises(uow.session, course_id)
    part, node = _next(nodes, filled)
    if written is None:
        if part is not Part.NOTHING:
            return False
        await finish(uow, course, generation)
        return True
    if isinstance(written, OutlineData) and part is Part.OUTLINE:
        await _keep_outline(uow, course, version, written)
    elif isinstance(written, LessonsData) and part is Part.LESSONS and node is not None:
        minutes = generation.session_minutes or _USUAL_MINUTES
        await _keep_lessons(uow, course, version, nodes, node, written, minutes)
    elif isinstance(written, TextData) and part is Part.TEXT and node is not None:
        await _keep_text(uow, node, written)
    else:
        return False
    advance(uow, course, generation, generation.done + 1 + await _left(uow, course_id))
    return True


async def _left(uow: UnitOfWork, course_id: UUID) -> int:
    """How many steps are left, as far as it can be known."""
    version = await curricula.newest(uow.session, course_id)
    assert version is not None
    nodes = await curricula.nodes(uow.session, version.id)
    filled = await curricula.with_exercises(uow.session, course_id)
    parents = {node.parent_id for node in nodes}
    empty = sum(node.kind is NodeKind.MODULE and node.id not in parents for node in nodes)
    return empty * (1 + LESSONS) + sum(
        node.lesson_id is not None and node.lesson_id not in filled for node in nodes
    )


async def _keep_outline(
    uow: UnitOfWork, course: Course, version: Curriculum, written: OutlineData
) -> None:
    made: list[NodeData] = []
    for title in _each_once(written.modules):
        key = _free_key(title, {node.key for node in made})
        made.append(NodeData(key=key, kind=NodeKind.MODULE, title=title))
    if written.plain:
        _note(version, PLAIN)
    await _replace(uow, course, version, (), made)
    uow.publish(CourseOutlined(course_id=course.id, curriculum_id=version.id))


async def _keep_lessons(
    uow: UnitOfWork,
    course: Course,
    version: Curriculum,
    nodes: Sequence[CurriculumNode],
    module: CurriculumNode,
    written: LessonsData,
    minutes: int,
) -> None:
    """The lessons of a module, each a session long and to be learned after the one before it.

    A small model has titles, but nothing to say of objectives: they are put in plain words.
    """
    made = as_data(nodes)
    earlier = [node.key for node in nodes[: module.place] if node.kind is NodeKind.LESSON]
    for title in _each_once(written.lessons):
        key = _free_key(title, {node.key for node in made})
        made.append(
            NodeData(
                key=key,
                parent=module.key,
                kind=NodeKind.LESSON,
                title=title,
                objectives=[f'Say what "{title[:_LONGEST_QUOTED]}" is about.'],
                minutes=minutes,
                prerequisites=earlier[-1:],
            )
        )
        earlier.append(key)
    # What is written by hand may wait for this module already.
    made, dropped = without_cycles(made)
    if dropped:
        _note(version, "A prerequisite was left out: it led in a circle.")
    if written.plain:
        _note(version, PLAIN)
    await _replace(uow, course, version, nodes, made)


def _note(version: Curriculum, notice: str) -> None:
    """Say something of a version, once."""
    if version.notice is None:
        version.notice = notice
    elif notice not in version.notice:
        version.notice = f"{version.notice} {notice}"


async def _replace(
    uow: UnitOfWork,
    course: Course,
    version: Curriculum,
    before: Sequence[CurriculumNode],
    made: Sequence[NodeData],
) -> None:
    """Other nodes for the version that a model writes."""
    placed = arrange(made)
    await curricula.empty(uow.session, version.id)
    nodes = await add_nodes(uow.session, version.id, placed)
    await apply(uow.session, course, nodes, before)


async def _keep_text(uow: UnitOfWork, node: CurriculumNode, written: TextData) -> None:
    assert node.lesson_id is not None
    uow.session.add(
        Exercise(
            lesson_id=node.lesson_id,
            kind=ExerciseKind.MATERIAL,
            title=node.title,
            position=0,
            estimated_minutes=node.minutes,
            body=written.text,
            required_percent=_REQUIRED_PERCENT,
        )
    )
    await uow.session.flush()
    await trees.sum_minutes(uow.session, node.lesson_id)


def _each_once(titles: Iterable[str]) -> list[str]:
    once: dict[str, str] = {}
    for title in titles:
        once.setdefault(title.casefold(), title)
    return list(once.values())


def _free_key(title: str, taken: set[str]) -> str:
    """A key made of a title."""
    made = slug_of(title)[:_LONGEST_KEY].strip("-")
    number, key = 1, made
    while key in taken:
        number += 1
        key = f"{made}-{number}"
    return key
