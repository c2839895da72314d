"""Root mutations of curricula, and of completing a personal course."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.models import NodeKind
from app.courses.mutations.inputs import errors, maybe, nested
from app.courses.service import certificates
from app.courses.service import curricula as service
from app.courses.types import Certificate, Course, Curriculum


@strawberry.input(description="A node of a curriculum.")
class CurriculumNodeInput:
    """Those with the same parent stand in the order in which they are given."""

    key: str = strawberry.field(
        description="What it is known by in every version: small letters, digits and hyphens, at"
        " most 64 characters. A node that keeps its key keeps its lesson."
    )
    parent: str | None = maybe("The key of the module that it stands below; none at the top.")
    kind: NodeKind = strawberry.field(description="What it is. Lessons stand below modules.")
    title: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    description: str | None = maybe("What it is about, at most 20,000 characters.")
    objectives: list[str] | None = maybe("What its learners will be able to do, at most 50 lines.")
    minutes: int | None = maybe("How long it takes, in minutes: 0 at first.")
    prerequisites: list[str] | None = maybe(
        "The keys of what has to be learned before, at most 20."
    )


@strawberry.input(description="A course's curriculum, whole.")
class CurriculumUpdateInput:
    """At most 500 nodes, five levels, and 50 nodes below one."""

    course_id: strawberry.ID = strawberry.field(description="The course.")
    base_version: int | None = maybe(
        "The version that it was made from: the newest one, or a proposal for that. None if there"
        " is no version yet."
    )
    nodes: list[CurriculumNodeInput] = strawberry.field(description="All of its nodes.")


@strawberry.type(description="The answer to `curriculumUpdate`.")
class CurriculumUpdatePayload:
    """The new version."""

    curriculum: Curriculum | None = edge("curriculum_key", "The new version.")
    curriculum_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.input(description="Which personal course.")
class CourseCompleteInput:
    """By its id."""

    course_id: strawberry.ID = strawberry.field(description="The course.")


@strawberry.type(description="The answer to `courseComplete`.")
class CourseCompletePayload:
    """The course and its certificate."""

    course: Course | None = edge("course_key", "The course.")
    certificate: Certificate | None = edge("certificate_key", "The certificate.")
    course_key: strawberry.Private[UUID | None] = None
    certificate_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class CurriculumMutation:
    """Save curricula, and complete courses."""

    @mutation(SIGNED_IN)
    async def curriculum_update(
        self, info: Info, input: CurriculumUpdateInput
    ) -> CurriculumUpdatePayload:
        """Save a new version of the curriculum of a course that you teach, or that was made for
        you. Its sections and lessons follow; `CURRICULUM_OUTDATED` if somebody saved another
        version meanwhile.
        """
        key = from_global(Course.prefix, input.course_id)
        data = to_data(service.CurriculumData, input, course_id=key, nodes=nested(input.nodes))
        async with info.context.begin() as uow:
            made = await service.save(uow, info.context.me, data)
        return CurriculumUpdatePayload(curriculum_key=made.id)

    @mutation(SIGNED_IN)
    async def course_complete(
        self, info: Info, input: CourseCompleteInput
    ) -> CourseCompletePayload:
        """Be through with a personal course that is active or paused: you get a certificate,
        whose PDF is drawn by a job.
        """
        key = from_global(Course.prefix, input.course_id)
        async with info.context.begin() as uow:
            certificate = await certificates.complete(uow, info.context.me, key)
        return CourseCompletePayload(course_key=key, certificate_key=certificate)
