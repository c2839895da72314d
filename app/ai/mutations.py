"""Root mutations that have a model work on courses: here, for they use up AI requests."""

from typing import Any
from uuid import UUID

import strawberry

from app.ai import service as ai
from app.ai.models import AiPurpose
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import AI, AI_HOURLY
from app.courses.models import CourseLevel, Difficulty
from app.courses.mutations.inputs import errors, maybe, nested
from app.courses.service import adapting, generation
from app.courses.types import Course, Curriculum

_WISHES = "at most 10 lines of 200 characters."


@strawberry.input(description="How somebody likes to learn.")
class CoursePreferencesInput:
    """What isn't given doesn't matter."""

    session_minutes: int | None = maybe("How long in one go, in minutes: 5 to 480.")
    sessions_per_week: int | None = maybe("How often in a week: 1 to 21.")
    difficulty: Difficulty | None = maybe("How hard it shall be.")
    focus_areas: list[str] | None = maybe(f"What there shall be more of, {_WISHES}")


@strawberry.input(description="A course to generate.")
class CourseWishInput:
    """For the viewer alone."""

    topic: str = strawberry.field(description="What it is to be about, 3 to 200 characters.")
    level: CourseLevel = strawberry.field(description="Where you begin.")
    target_level: CourseLevel | None = maybe("Where you want to get.")
    goals: list[str] | None = maybe(f"What you want to reach, {_WISHES}")
    timeline_weeks: int | None = maybe("In how many weeks: 1 to 104.")
    language: str | None = maybe("The language to be taught in, as a BCP 47 tag; `en` at first.")
    preferences: CoursePreferencesInput | None = maybe("How you like to learn.")


@strawberry.input(description="A new course, or one to go on with: one of the two.", one_of=True)
class CourseGenerateInput:
    """One of the two."""

    course: CourseWishInput | None = maybe("A new course.")
    retry_of: strawberry.ID | None = maybe("A course whose generation failed: it goes on.")


@strawberry.type(description="The answer to `courseGenerate`.")
class CourseGeneratePayload:
    """The course, being written."""

    course: Course | None = edge("course_key", "The course.")
    course_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.input(description="How you did in a lesson.")
class LessonResultInput:
    """As far as this installation doesn't know it."""

    key: str = strawberry.field(description="The lesson's key in the curriculum.")
    percent: int = strawberry.field(description="What you reached, 0 to 100.")


@strawberry.input(description="A course to adapt.")
class CurriculumAdaptInput:
    """A personal one."""

    course_id: strawberry.ID = strawberry.field(description="The course.")
    results: list[LessonResultInput] | None = maybe(
        "How you did elsewhere, in at most 100 lessons; the worst that is known of each counts."
    )


@strawberry.type(description="The answer to `curriculumAdapt`.")
class CurriculumAdaptPayload:
    """The proposal."""

    curriculum: Curriculum | None = edge("curriculum_key", "The proposal, being worded.")
    curriculum_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class AiMutation:
    """Have a model write and adapt personal courses."""

    @mutation(SIGNED_IN, AI, AI_HOURLY)
    async def course_generate(
        self, info: Info, input: CourseGenerateInput
    ) -> CourseGeneratePayload:
        """Have the local model write a course for you, one at a time. It is there at once as
        `GENERATING`; `courseGenerationUpdated` tells how it goes. One that failed goes on from
        what there is by `retryOf`. Counts as one of your daily AI requests.
        """
        me = info.context.me
        wished = _wish(input)
        async with info.context.begin() as uow:
            await ai.take_request(uow, me.user_id, AiPurpose.COURSE_GENERATION)
            if isinstance(wished, UUID):
                course = await generation.retry(uow, me, wished)
            else:
                course = await generation.start(uow, me, wished)
        return CourseGeneratePayload(course_key=course.id)

    @mutation(SIGNED_IN, AI, AI_HOURLY)
    async def curriculum_adapt(
        self, info: Info, input: CurriculumAdaptInput
    ) -> CurriculumAdaptPayload:
        """Have a new version of a personal course's curriculum proposed, with a review behind
        each lesson that went badly. Nothing changes until you save it by `curriculumUpdate`,
        with its version as the base. Counts as one of your daily AI requests.
        """
        me = info.context.me
        more: dict[str, Any] = {"course_id": from_global(Course.prefix, input.course_id)}
        if input.results is not strawberry.UNSET:
            more["results"] = nested(input.results)
        data = to_data(adapting.AdaptData, input, **more)
        async with info.context.begin() as uow:
            await ai.take_request(uow, me.user_id, AiPurpose.CURRICULUM_ADAPTATION)
            made = await adapting.adapt(uow, me, data)
        return CurriculumAdaptPayload(curriculum_key=made.id)


def _wish(input: CourseGenerateInput) -> generation.GenerationData | UUID:
    """A new course, or the key of the one to go on with."""
    if input.retry_of not in (None, strawberry.UNSET):
        return from_global(Course.prefix, input.retry_of)
    course = input.course
    assert course is not None
    more = {}
    if course.preferences is not strawberry.UNSET:
        more["preferences"] = nested(course.preferences)
    return to_data(generation.GenerationData, course, **more)
