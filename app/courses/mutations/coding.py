"""Root mutations of programs that learners run and hand in."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import CODE
from app.courses.mutations.inputs import errors, maybe
from app.courses.service import coding as service
from app.courses.types import Exercise
from app.courses.types.coding import CodingSubmission


@strawberry.input(description="A program to run.")
class CodingRunInput:
    """Without a score."""

    exercise_id: strawberry.ID = strawberry.field(description="The exercise that it is for.")
    code: str = strawberry.field(description="The program, at most 64 kB.")
    input: str = strawberry.field(
        default="", description="What it reads from its standard input, at most 64 kB."
    )


@strawberry.input(description="A program to score.")
class CodingSubmitInput:
    """What the browser says of it is kept, and counts for nothing."""

    exercise_id: strawberry.ID = strawberry.field(description="The exercise that it is for.")
    code: str = strawberry.field(description="The program, at most 64 kB.")
    claimed_passed: bool | None = maybe("Whether all tests passed in the browser.")


@strawberry.type
class _CodingPayload:
    submission: CodingSubmission | None = edge(
        "submission_key",
        "The program, and what came of it. If it is `QUEUED` or `RUNNING` still, ask for it"
        " again: `node` finds it by its id.",
    )
    submission_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `codingRun`.")
class CodingRunPayload(_CodingPayload):
    """The program."""


@strawberry.type(description="The answer to `codingSubmit`.")
class CodingSubmitPayload(_CodingPayload):
    """The program."""


@strawberry.type
class CodingMutation:
    """Run programs, and hand them in."""

    @mutation(SIGNED_IN, CODE)
    async def coding_run(self, info: Info, input: CodingRunInput) -> CodingRunPayload:
        """Run a program for an exercise that is open to you, without a score.

        A challenge's visible tests are run on it too. The answer comes once it has ended, or
        after ten seconds. Nobody can have more than two programs waiting or running at a time.
        """
        data = to_data(service.RunData, input)
        key = from_global(Exercise.prefix, input.exercise_id)
        async with info.context.begin() as uow:
            submission = await service.run(uow, info.context.me, key, data)
        await service.wait(info.context.resources, info.context.me, submission.id)
        return CodingRunPayload(submission_key=submission.id)

    @mutation(SIGNED_IN, CODE)
    async def coding_submit(self, info: Info, input: CodingSubmitInput) -> CodingSubmitPayload:
        """Hand in a program for a challenge that is open to you: all its tests score it.

        The points are those of the tests that it passed, hidden ones too. The answer comes once
        it has ended, or after ten seconds; an event `code.graded` follows. Nobody can have more
        than two programs waiting or running at a time.
        """
        data = to_data(service.SubmissionData, input)
        key = from_global(Exercise.prefix, input.exercise_id)
        async with info.context.begin() as uow:
            submission = await service.submit(uow, info.context.me, key, data)
        await service.wait(info.context.resources, info.context.me, submission.id)
        return CodingSubmitPayload(submission_key=submission.id)
