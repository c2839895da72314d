"""Root mutations of practice sessions."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.models import PracticeType
from app.courses.mutations.inputs import errors, keys, maybe
from app.courses.practice_states import PracticeStep
from app.courses.service import practice as service
from app.courses.types.courses import Course
from app.courses.types.practice import PracticeSession

describe(
    PracticeStep,
    "What can be done with a practice session.",
    {
        PracticeStep.EDIT: "Nothing but the changes.",
        PracticeStep.PAUSE: "Stop the clock of an active one.",
        PracticeStep.RESUME: "Let the clock of a paused one run again.",
        PracticeStep.COMPLETE: "Bring it to its end, by `practiceSessionComplete` alone.",
        PracticeStep.ABANDON: "Give it up.",
    },
)


@strawberry.input(description="What a practice session can have.")
class PracticeSessionFields:
    """What starting and changing one have in common."""

    planned_minutes: int | None = maybe("How long it is to take: 1 to 1,440 minutes.")
    focus_areas: list[str] | None = maybe("What it is about, at most 50 lines.")
    goals: list[str] | None = maybe("What is to be reached, at most 50 lines.")
    notes: str | None = maybe("What there is to say of it, at most 20,000 characters.")


@strawberry.input(description="A practice session to start.")
class PracticeSessionStartInput(PracticeSessionFields):
    """On one course."""

    course_id: strawberry.ID = strawberry.field(description="The course.")
    type: PracticeType = strawberry.field(description="What is done in it.")


@strawberry.input(description="What is to be another way in a practice session.")
class PracticeSessionUpdateInput(PracticeSessionFields):
    """What isn't given stays."""

    id: strawberry.ID = strawberry.field(description="The session.")
    step: PracticeStep | None = maybe("What is to be done with it besides.")


@strawberry.input(description="A practice session that is done.")
class PracticeSessionCompleteInput:
    """The server knows how long it took."""

    id: strawberry.ID = strawberry.field(description="The session.")
    notes: str | None = maybe("What there is to say of it, at most 20,000 characters.")


@strawberry.type
class _SessionPayload:
    session: PracticeSession | None = edge("session_key", "The session.")
    session_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `practiceSessionStart`.")
class PracticeSessionStartPayload(_SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `practiceSessionUpdate`.")
class PracticeSessionUpdatePayload(_SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `practiceSessionComplete`.")
class PracticeSessionCompletePayload(_SessionPayload):
    """The session."""


@strawberry.type
class PracticeMutation:
    """Work on a course, by the clock."""

    @mutation(SIGNED_IN)
    async def practice_session_start(
        self, info: Info, input: PracticeSessionStartInput
    ) -> PracticeSessionStartPayload:
        """Start a practice session on a course that you see. There is one at a time:
        `PRACTICE_SESSION_OPEN` names the one that you have to end first.
        """
        data = to_data(service.PracticeData, input, **keys(input, course_id=Course.prefix))
        async with info.context.begin() as uow:
            row = await service.start(uow, info.context.me, data)
        return PracticeSessionStartPayload(session_key=row.id)

    @mutation(SIGNED_IN)
    async def practice_session_update(
        self, info: Info, input: PracticeSessionUpdateInput
    ) -> PracticeSessionUpdatePayload:
        """Change, pause, resume or abandon your practice session. Call it now and then, even
        without a change: one of which nothing is heard for long is abandoned.
        """
        data = to_data(service.PracticeChanges, input)
        key = from_global(PracticeSession.prefix, input.id)
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, key, data)
        return PracticeSessionUpdatePayload(session_key=key)

    @mutation(SIGNED_IN)
    async def practice_session_complete(
        self, info: Info, input: PracticeSessionCompleteInput
    ) -> PracticeSessionCompletePayload:
        """Bring your practice session to its end; the server's clock says how long it took."""
        data = to_data(service.PracticeResult, input)
        key = from_global(PracticeSession.prefix, input.id)
        async with info.context.begin() as uow:
            await service.complete(uow, info.context.me, key, data)
        return PracticeSessionCompletePayload(session_key=key)
