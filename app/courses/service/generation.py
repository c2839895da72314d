"""Personal courses: ordered by a learner, written step by step by a model.

A step is a module list, a module's lessons or a lesson's text. Each is kept as soon as it is
there, and the next one is a job of its own: whoever repeats a job changes nothing, and what
failed goes on from where it stood.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import GenerationRunning
from app.courses.events import (
    CourseCreated,
    CourseGenerated,
    GenerationAdvanced,
    GenerationFailed,
    WriteCourse,
)
from app.courses.models import (
    Course,
    CourseGeneration,
    CourseLevel,
    CourseStatus,
    CurriculumOrigin,
    CurriculumStatus,
    Difficulty,
)
from app.courses.service.arranging import arrange
from app.courses.service.contents import Line, Title
from app.courses.service.courses import Tag, slug_of
from app.courses.service.curricula import add_nodes, add_version, apply, as_data
from app.courses.service.holding import held_by_learner
from app.courses.states import CourseStep, after, allows
from app.courses.store import curricula
from app.courses.store import generation as store

GIVEN_UP = "The local model did not answer in time."

_LEVELS = tuple(CourseLevel)
_PATIENCE = timedelta(minutes=10)
_AT_A_TIME = 100

Topic = Annotated[Title, StringConstraints(min_length=3, max_length=200)]
Wish = Annotated[Line, StringConstraints(max_length=200)]
Wishes = Annotated[list[Wish], Field(max_length=10)]


class PreferenceData(BaseModel):
    """How somebody likes to learn."""

    session_minutes: Annotated[int, Field(ge=5, le=480)] | None = None
    sessions_per_week: Annotated[int, Field(ge=1, le=21)] | None = None
    difficulty: Difficulty | None = None
    focus_areas: Wishes = Field(default_factory=list)


class GenerationData(BaseModel):
    """A course to generate."""

    topic: Topic
    level: CourseLevel
    target_level: CourseLevel | None = None
    goals: Wishes = Field(default_factory=list)
    timeline_weeks: Annotated[int, Field(ge=1, le=104)] | None = None
    language: Tag = "en"
    preferences: PreferenceData = Field(default_factory=PreferenceData)

    @model_validator(mode="after")
    def _goes_up(self) -> Self:
        target = self.target_level
        if target is not None and _LEVELS.index(target) < _LEVELS.index(self.level):
            raise ValueError("The level to get to is below the one to begin at.")
        return self


async def start(uow: UnitOfWork, viewer: Viewer, data: GenerationData) -> Course:
    """A course of the viewer's own that a model begins to write; `GenerationRunning` if it
    writes another one for them.
    """
    await _check_free(uow, viewer)
    key = new_id()
    course = Course(
        id=key,
        learner_id=viewer.user_id,
        title=data.topic,
        # It takes no name in addresses that a taught course could have.
        slug=f"{slug_of(data.topic)}-{key.hex[-12:]}",
        status=CourseStatus.GENERATING,
        public=False,
        **data.model_dump(exclude={"goals", "preferences"}),
    )
    uow.session.add(course)
    await uow.session.flush()
    generation = CourseGeneration(
        course_id=course.id,
        learner_id=viewer.user_id,
        goals=data.goals,
        **data.preferences.model_dump(),
    )
    uow.session.add(generation)
    await add_version(
        uow.session,
        course.id,
        status=CurriculumStatus.WRITING,
        origin=CurriculumOrigin.GENERATED,
        base_version=None,
    )
    uow.publish(CourseCreated(course_id=course.id))
    uow.enqueue(WriteCourse(course_id=course.id, attempt=1, done=0))
    return course


async def retry(uow: UnitOfWork, viewer: Viewer, course_id: UUID) -> Course:
    """Have a model go on with a course that it failed to write, from what there is of it."""
    await _check_free(uow, viewer)
    course = await held_by_learner(uow, viewer, course_id, CourseStep.RETRY)
    found = await store.hold(uow.session, course_id)
    assert found is not None, "a personal course has what it is generated from"
    generation = found[1]
    course.status = after(course.status, CourseStep.RETRY)
    generation.attempt += 1
    generation.done, generation.notice = 0, None
    newest = await curricula.newest(uow.session, course_id)
    before = [] if newest is None else await curricula.nodes(uow.session, newest.id)
    made = await add_version(
        uow.session,
        course_id,
        status=CurriculumStatus.WRITING,
        origin=CurriculumOrigin.GENERATED,
        base_version=None if newest is None else newest.version,
    )
    nodes = await add_nodes(uow.session, made.id, arrange(as_data(before)))
    await apply(uow.session, course, nodes, before)
    uow.publish(GenerationAdvanced(course_id=course_id, done=0, total=generation.total))
    uow.enqueue(WriteCourse(course_id=course_id, attempt=generation.attempt, done=0))
    return course


async def _check_free(uow: UnitOfWork, viewer: Viewer) -> None:
    if await store.is_running(uow.session, viewer.user_id):
        raise GenerationRunning


def advance(uow: UnitOfWork, course: Course, generation: CourseGeneration, total: int) -> None:
    """Count a step that is kept, and leave the next one to be done."""
    generation.done += 1
    # Whatever else there is of it, the step says that it goes on.
    generation.total, generation.updated_at = max(total, generation.done), now()
    uow.publish(
        GenerationAdvanced(course_id=course.id, done=generation.done, total=generation.total)
    )
    uow.enqueue(WriteCourse(course_id=course.id, attempt=generation.attempt, done=generation.done))


async def finish(uow: UnitOfWork, course: Course, generation: CourseGeneration) -> None:
    """Everything is written: its learner can begin."""
    course.status = after(course.status, CourseStep.FINISH)
    lessons = await curricula.lessons(uow.session, course.id)
    course.estimated_hours = -(-sum(each.estimated_minutes for each in lessons) // 60)
    generation.total = generation.done
    await _close_version(uow, course.id)
    uow.publish(CourseGenerated(course_id=course.id))


async def fail(uow: UnitOfWork, course_id: UUID, attempt: int, done: int, notice: str) -> None:
    """A model can't go on: what there is stays, and the learner can try again or go on by hand."""
    found = await store.hold(uow.session, course_id)
    if found is None or not allows(found[0].status, CourseStep.FAIL):
        return
    course, generation = found
    if (generation.attempt, generation.done) != (attempt, done):
        return
    course.status = after(course.status, CourseStep.FAIL)
    generation.notice = notice
    await _close_version(uow, course_id)
    uow.publish(GenerationFailed(course_id=course_id, notice=notice))


async def _close_version(uow: UnitOfWork, course_id: UUID) -> None:
    version = await curricula.newest(uow.session, course_id)
    assert version is not None, "a course that is generated has a version"
    version.status = CurriculumStatus.SAVED


async def give_up(resources: Resources) -> None:
    """Let those fail that got no further for a while: their jobs are lost, or dead."""
    async with resources.database.read() as session:
        keys: Sequence[UUID] = await store.standing_still(session, now() - _PATIENCE, _AT_A_TIME)
    for key in keys:
        async with resources.begin() as uow:
            found = await store.hold(uow.session, key)
            if found is not None and found[1].updated_at < now() - _PATIENCE:
                await fail(uow, key, found[1].attempt, found[1].done, GIVEN_UP)
