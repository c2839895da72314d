"""Root mutations of work that is handed in."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import Limit
from app.courses.mutations.inputs import AUTHOR, errors, maybe, nested
from app.courses.service import submissions as service
from app.courses.types import Exercise
from app.courses.types.submissions import AssignmentSubmission
from app.vault.types import File

# Every version is kept.
SUBMISSIONS = Limit("submissions", 30, 3600, 30)


@strawberry.input(one_of=True, description="Work: one of these.")
class WorkInput:
    """As the assignment accepts it."""

    file_id: strawberry.ID | None = maybe("A file of yours, whose upload is complete.")
    text: str | None = maybe("A text, 1 to 50,000 characters.")
    link: str | None = maybe("Where it is, by HTTPS.")


@strawberry.input(description="Work to hand in.")
class AssignmentSubmitInput:
    """The next version."""

    exercise_id: strawberry.ID = strawberry.field(description="The assignment.")
    work: WorkInput = strawberry.field(description="What is handed in.")
    comment: str | None = maybe("What you say of it, at most 5,000 characters.")


@strawberry.input(description="A grade.")
class SubmissionGradeInput:
    """For one version."""

    id: strawberry.ID = strawberry.field(description="What was handed in.")
    grade: int = strawberry.field(description="Points, from 0 to those of the assignment.")
    feedback: str | None = maybe("What its author should know, at most 5,000 characters.")
    regrade: bool | None = maybe(
        "Whether there is a grade, which this one replaces; false at first. So of two who grade"
        " the same work at the same moment, one is told."
    )


@strawberry.input(description="Work to be done again.")
class SubmissionReturnInput:
    """One version."""

    id: strawberry.ID = strawberry.field(description="What was handed in.")
    feedback: str = strawberry.field(description="Why, 1 to 5,000 characters.")


@strawberry.type
class _SubmissionPayload:
    submission: AssignmentSubmission | None = edge("submission_key", "What was handed in.")
    submission_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `assignmentSubmit`.")
class AssignmentSubmitPayload(_SubmissionPayload):
    """The new version."""


@strawberry.type(description="The answer to `submissionGrade`.")
class SubmissionGradePayload(_SubmissionPayload):
    """The version."""


@strawberry.type(description="The answer to `submissionReturn`.")
class SubmissionReturnPayload(_SubmissionPayload):
    """The version."""


@strawberry.type
class SubmissionMutation:
    """Hand in work, and grade it."""

    @mutation(SIGNED_IN, SUBMISSIONS)
    async def assignment_submit(
        self, info: Info, input: AssignmentSubmitInput
    ) -> AssignmentSubmitPayload:
        """Hand in work on an assignment that is open to you. Every version is kept: one that waits
        to be graded is replaced by the next, what was returned is followed by it, and after a
        grade there is none. Publishes that it was handed in.
        """
        work = nested(input.work)
        if input.work.file_id is not strawberry.UNSET:
            given = input.work.file_id
            work["file_id"] = None if given is None else from_global(File.prefix, given)
        data = to_data(service.SubmissionData, input, work=work)
        key = from_global(Exercise.prefix, input.exercise_id)
        async with info.context.begin() as uow:
            submission = await service.submit(uow, info.context.me, key, data)
        return AssignmentSubmitPayload(submission_key=submission.id)

    @mutation(AUTHOR)
    async def submission_grade(
        self, info: Info, input: SubmissionGradeInput
    ) -> SubmissionGradePayload:
        """Grade work: whoever teaches the course, or leads the class that its author is in.
        Tells the author.
        """
        more = {} if input.regrade is not None else {"regrade": False}
        data = to_data(service.GradeData, input, **more)
        key = from_global(AssignmentSubmission.prefix, input.id)
        async with info.context.begin() as uow:
            await service.grade(uow, info.context.me, key, data)
        return SubmissionGradePayload(submission_key=key)

    @mutation(AUTHOR)
    async def submission_return(
        self, info: Info, input: SubmissionReturnInput
    ) -> SubmissionReturnPayload:
        """Have work done again: its author can hand in the next version, and is told. For the same
        people as grades.
        """
        data = to_data(service.ReturnData, input)
        key = from_global(AssignmentSubmission.prefix, input.id)
        async with info.context.begin() as uow:
            await service.give_back(uow, info.context.me, key, data)
        return SubmissionReturnPayload(submission_key=key)
