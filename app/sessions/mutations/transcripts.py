"""Mutations of what was said, and of what the AI made of it."""

from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import AI, AI_HOURLY, EDITS
from app.sessions.mutations.payloads import SessionInput, SessionPayload, errors, key_of
from app.sessions.service import summaries, transcripts, understanding
from app.sessions.types.transcript import TranscriptSegment
from app.sessions.types.understanding import SessionAnswer, SessionSummary


@strawberry.input(description="What a segment should say.")
class TranscriptSegmentCorrectInput:
    """Another's correction isn't lost: the version says what you have read."""

    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    version: int = strawberry.field(description="The `version` of it that you have read.")
    text: str = strawberry.field(description="What was really said: 1 to 2,000 characters.")


@strawberry.input(description="Whether an answer helped.")
class SessionAnswerRateInput:
    """Your last word counts."""

    answer_id: strawberry.ID = strawberry.field(description="The answer.")
    helpful: bool = strawberry.field(description="Whether it helped you.")


@strawberry.type(description="The answer to `transcriptDelete`.")
class TranscriptDeletePayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `transcriptSegmentCorrect`.")
class TranscriptSegmentCorrectPayload:
    """The segment."""

    segment: TranscriptSegment | None = edge("segment_key", "The corrected segment.")
    segment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionAnswerRate`.")
class SessionAnswerRatePayload:
    """The answer."""

    answer: SessionAnswer | None = edge("answer_key", "The answer.")
    answer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionSummaryRegenerate`.")
class SessionSummaryRegeneratePayload:
    """The summary that there is until then."""

    summary: SessionSummary | None = edge(
        "summary_key", "As it is until the new one is there, which `sessionUpdated` tells."
    )
    summary_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class TranscriptMutation:
    """Correct, delete, rate, have written anew."""

    @mutation(permitted("session.create"))
    async def transcript_delete(self, info: Info, input: SessionInput) -> TranscriptDeletePayload:
        """Delete for good what was said in a session that you host, and what was made of it:
        insights, answers, the summary. `transcriptAdded` tells. Audio that isn't text yet goes
        too: whoever speaks begins a new recording.
        """
        key, context = key_of(input.session_id), info.context
        async with context.begin() as uow:
            left = await transcripts.delete(uow, context.me, key)
        await transcripts.clear(context.resources, left)
        return TranscriptDeletePayload(session_key=key)

    @mutation(permitted("session.join"), EDITS)
    async def transcript_segment_correct(
        self, info: Info, input: TranscriptSegmentCorrectInput
    ) -> TranscriptSegmentCorrectPayload:
        """Correct the words of a segment, in a session that you were in. `transcriptAdded`
        tells; what it said before stays in its corrections.
        """
        key = from_global(TranscriptSegment.prefix, input.segment_id)
        data = to_data(transcripts.CorrectionData, input, segment_id=key)
        async with info.context.begin() as uow:
            await transcripts.correct(uow, info.context.me, data)
        return TranscriptSegmentCorrectPayload(segment_key=key)

    @mutation(permitted("session.join"), EDITS)
    async def session_answer_rate(
        self, info: Info, input: SessionAnswerRateInput
    ) -> SessionAnswerRatePayload:
        """Say whether the AI's answer to a question helped you; say it again to change it."""
        key = from_global(SessionAnswer.prefix, input.answer_id)
        async with info.context.begin() as uow:
            await understanding.rate(uow, info.context.me, key, helpful=input.helpful)
        return SessionAnswerRatePayload(answer_key=key)

    @mutation(permitted("session.create"), AI, AI_HOURLY)
    async def session_summary_regenerate(
        self, info: Info, input: SessionInput
    ) -> SessionSummaryRegeneratePayload:
        """Have the summary of an ended session that you host written anew, one at a time.
        `sessionUpdated` tells when it is there; until then the old one stays.
        """
        async with info.context.begin() as uow:
            summary = await summaries.renew(uow, info.context.me, key_of(input.session_id))
        return SessionSummaryRegeneratePayload(summary_key=summary.session_id)
