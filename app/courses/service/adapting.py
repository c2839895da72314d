"""Proposals: a curriculum that goes over what went badly once more.

Where a review stands is decided by rule; a model only words what it is for. So there is a
proposal also where the model fails.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import NothingToAdapt
from app.courses.events import CurriculumProposed, WordProposal
from app.courses.models import (
    Course,
    Curriculum,
    CurriculumNode,
    CurriculumOrigin,
    CurriculumStatus,
    NodeKind,
)
from app.courses.service.arranging import MOST_BELOW, MOST_NODES, Key, NodeData, arrange
from app.courses.service.contents import Line
from app.courses.service.curricula import add_nodes, add_version, as_data
from app.courses.service.holding import held_by_learner
from app.courses.states import CourseStep
from app.courses.store import curricula as store
from app.courses.store import generation, performance
from app.reference.service import Prompt, prompt

UNWORDED = "The local model found no words for the reviews: they are the plain ones."

# Below this percent a lesson is gone over again; so many at once, the worst first.
_WEAK = 70
_MOST_REVIEWS = 5
_LEAST_MINUTES = 5
_PREFIX = "review-"
_LONGEST_TITLE, _LONGEST_KEY = 255, 64
_PATIENCE = timedelta(minutes=5)
_AT_A_TIME = 100


class ResultData(BaseModel):
    """How somebody did in a lesson, by what they say."""

    key: Key
    percent: Annotated[int, Field(ge=0, le=100)]


class AdaptData(BaseModel):
    """A course to adapt. `results` are those that the installation doesn't know."""

    course_id: UUID
    results: Annotated[list[ResultData], Field(max_length=100)] = Field(default_factory=list)


class Objectives(BaseModel):
    """What a review is for."""

    objectives: Annotated[list[Line], Field(min_length=1, max_length=5)]


@dataclass(frozen=True)
class Brief:
    """The reviews of a proposal, to be worded."""

    prompt: Prompt
    topic: str
    reviews: Sequence[CurriculumNode]


async def adapt(uow: UnitOfWork, viewer: Viewer, data: AdaptData) -> Curriculum:
    """A proposal with a review behind each lesson that went badly; it can be followed once it is
    worded. `NothingToAdapt` if none went badly.
    """
    course = await held_by_learner(uow, viewer, data.course_id, CourseStep.EDIT)
    newest = await store.newest(uow.session, course.id)
    if newest is None:
        raise NotFound("The course has no curriculum.", field=("input", "courseId"))
    nodes = await store.nodes(uow.session, newest.id)
    percents = await performance.percents(uow.session, viewer.user_id, course.id)
    weak = _weak(nodes, _all(nodes, percents, data.results))
    made = _with_reviews(as_data(nodes), weak)
    if len(made) == len(nodes):
        raise NothingToAdapt
    version = await add_version(
        uow.session,
        course.id,
        status=CurriculumStatus.WRITING,
        origin=CurriculumOrigin.ADAPTED,
        base_version=newest.version,
    )
    await add_nodes(uow.session, version.id, arrange(made))
    uow.enqueue(WordProposal(curriculum_id=version.id))
    return version


def _all(
    nodes: Sequence[CurriculumNode], percents: Mapping[UUID, int], results: Sequence[ResultData]
) -> dict[str, int]:
    """Percents by the keys of lessons; `InvalidInput` for a key of no lesson."""
    lessons = {node.key: node for node in nodes if node.kind is NodeKind.LESSON}
    found = {
        key: percents[node.lesson_id]
        for key, node in lessons.items()
        if node.lesson_id is not None and node.lesson_id in percents
    }
    for place, result in enumerate(results):
        if result.key not in lessons:
            raise InvalidInput(
                f'There is no lesson "{result.key}".',
                field=("input", "results", str(place), "key"),
            )
        found[result.key] = min(result.percent, found.get(result.key, result.percent))
    return found


def _weak(nodes: Sequence[CurriculumNode], percents: Mapping[str, int]) -> list[str]:
    """The keys of the lessons to go over again, the worst first."""
    order = {node.key: node.place for node in nodes}
    weak = [key for key, percent in percents.items() if percent < _WEAK]
    return sorted(weak, key=lambda key: (percents[key], order[key]))[:_MOST_REVIEWS]


def _with_reviews(nodes: Sequence[NodeData], weak: Sequence[str]) -> list[NodeData]:
    """A review right behind each weak lesson, where there is room and none yet."""
    keys = {node.key for node in nodes}
    below = Counter(node.parent for node in nodes)
    made: list[NodeData] = []
    for node in nodes:
        made.append(node)
        key = f"{_PREFIX}{node.key}"[:_LONGEST_KEY]
        full = below[node.parent] >= MOST_BELOW or len(keys) >= MOST_NODES
        if node.key not in weak or key in keys or full:
            continue
        keys.add(key)
        below[node.parent] += 1
        made.append(
            NodeData(
                key=key,
                parent=node.parent,
                kind=NodeKind.LESSON,
                title=f"Review: {node.title}"[:_LONGEST_TITLE],
                objectives=node.objectives or [f"Go over {node.title} again."[:500]],
                minutes=max(node.minutes // 2, _LEAST_MINUTES),
                prerequisites=[node.key],
            )
        )
    return made


async def brief(resources: Resources, curriculum_id: UUID) -> Brief | None:
    """What to word; None if that is done."""
    async with resources.database.read() as session:
        version = await session.get(Curriculum, curriculum_id)
        if version is None or version.status is not CurriculumStatus.WRITING:
            return None
        course = await session.get(Course, version.course_id)
        assert version.base_version is not None, "a proposal is made from a version"
        base = await store.version(session, version.course_id, version.base_version)
        if course is None or base is None:
            return None
        known = {node.key for node in await store.nodes(session, base.id)}
        nodes = await store.nodes(session, curriculum_id)
        return Brief(
            prompt=await prompt(session, "course.review"),
            topic=course.topic,
            reviews=[node for node in nodes if node.key not in known],
        )


async def word(
    uow: UnitOfWork, curriculum_id: UUID, objectives: Mapping[str, Objectives], notice: str | None
) -> None:
    """Let a proposal be followed, with what the model made of its reviews, by their keys."""
    version = await store.lock(uow.session, curriculum_id)
    if version is None or version.status is not CurriculumStatus.WRITING:
        return
    for node in await store.nodes(uow.session, curriculum_id):
        if node.key in objectives:
            node.objectives = list(objectives[node.key].objectives)
    version.status, version.notice = CurriculumStatus.PROPOSED, notice
    uow.publish(CurriculumProposed(course_id=version.course_id, curriculum_id=curriculum_id))


async def give_up(resources: Resources) -> None:
    """Propose in plain words what a model didn't word in time."""
    async with resources.database.read() as session:
        keys = await generation.unworded(session, now() - _PATIENCE, _AT_A_TIME)
    for key in keys:
        async with resources.begin() as uow:
            await word(uow, key, {}, UNWORDED)
