"""Mutations of attention."""

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.limits import EDITS
from app.sessions.mutations.payloads import errors, key_of, the_session
from app.sessions.service import attention


@strawberry.input(description="What a client noticed at a moment.")
class AttentionSampleInput:
    """Whether its user was attentive."""

    at_ms: int = strawberry.field(description="When, in ms of the session.")
    focused: bool = strawberry.field(description="Whether they were attentive.")


@strawberry.input(description="Samples of your attention.")
class AttentionRecordInput:
    """Computed on your device, which sends nothing else."""

    session_id: strawberry.ID = the_session()
    sequence: int = strawberry.field(
        description="Counts your batches in this session: sent again, one counts once."
    )
    samples: list[AttentionSampleInput] = strawberry.field(
        description="1 to 300, in the order of their times."
    )


@strawberry.type(description="The answer to `attentionRecord`.")
class AttentionRecordPayload:
    """Whether the batch counted."""

    counted: bool = strawberry.field(
        default=False, description="Whether it counted now: not if it had been sent before."
    )
    errors: list[UserError] = errors()


@strawberry.type
class AttentionMutation:
    """Of one's own alone."""

    @mutation(permitted("session.join"), EDITS)
    async def attention_record(
        self, info: Info, input: AttentionRecordInput
    ) -> AttentionRecordPayload:
        """Record your attention in a session that you are in, if you agree to attention
        tracking: while it is live, and shortly after. `sessionAttention` shows it.
        """
        samples = [vars(each) for each in input.samples]
        session_key = key_of(input.session_id)
        data = to_data(attention.AttentionData, input, session_id=session_key, samples=samples)
        async with info.context.begin() as uow:
            counted = await attention.record(uow, info.context.me, data)
        return AttentionRecordPayload(counted=counted)
