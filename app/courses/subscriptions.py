"""Root subscriptions of courses."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge
from app.core.realtime.declare import AFTER, follow, tell
from app.courses import events, policy
from app.courses.types import Course, CourseId, Curriculum


@strawberry.interface(description="Something that a model did for a personal course.")
class CourseGenerationEvent:
    """Each has its place and the course as it is now."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    course: Course = edge("course_key", "The course.", visible=true())
    course_key: strawberry.Private[UUID]


@strawberry.type(description="A model has done another step, or begins again.")
class CourseGenerationProgress(CourseGenerationEvent):
    """So many of so many."""

    done: int = strawberry.field(description="How many steps are done.")
    total: int = strawberry.field(description="How many there are, as far as it is known.")


@strawberry.type(description="The modules are there.")
class CourseOutlineReady(CourseGenerationEvent):
    """A preview: their lessons follow."""

    curriculum: Curriculum = edge("curriculum_key", "The outline.", visible=true())
    curriculum_key: strawberry.Private[UUID]


@strawberry.type(description="The course is there, and can be learned.")
class CourseGenerationDone(CourseGenerationEvent):
    """See the course."""


@strawberry.type(description="The model failed; `courseGenerate(retryOf)` goes on from there.")
class CourseGenerationFailed(CourseGenerationEvent):
    """Says why."""

    notice: str = strawberry.field(description="Why.")


@strawberry.type(description="A new version of the curriculum is proposed.")
class CurriculumProposalReady(CourseGenerationEvent):
    """Carries the proposal."""

    curriculum: Curriculum = edge("curriculum_key", "The proposal.", visible=true())
    curriculum_key: strawberry.Private[UUID]


KINDS = [
    CourseGenerationProgress,
    CourseOutlineReady,
    CourseGenerationDone,
    CourseGenerationFailed,
    CurriculumProposalReady,
]


@strawberry.type
class CoursesSubscription:
    """Courses as they are written."""

    course_generation_updated: CourseGenerationEvent = follow(
        lambda _, course_id: events.course_stream(course_id),
        policy.hears_generation,
        SIGNED_IN,
        """How the generation of a personal course goes, for its learner: steps, the outline, the
        end. Proposals for its curriculum are told too.
        """,
        tell(
            events.GenerationAdvanced,
            lambda event, at: CourseGenerationProgress(
                cursor=at, course_key=event.course_id, done=event.done, total=event.total
            ),
        ),
        tell(
            events.CourseOutlined,
            lambda event, at: CourseOutlineReady(
                cursor=at, course_key=event.course_id, curriculum_key=event.curriculum_id
            ),
        ),
        tell(
            events.CourseGenerated,
            lambda event, at: CourseGenerationDone(cursor=at, course_key=event.course_id),
        ),
        tell(
            events.GenerationFailed,
            lambda event, at: CourseGenerationFailed(
                cursor=at, course_key=event.course_id, notice=event.notice
            ),
        ),
        tell(
            events.CurriculumProposed,
            lambda event, at: CurriculumProposalReady(
                cursor=at, course_key=event.course_id, curriculum_key=event.curriculum_id
            ),
        ),
        course_id=CourseId,
        after=AFTER,
    )
