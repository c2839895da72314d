"""Say how long data is kept."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.privacy.models import RetainedData
from app.privacy.policy import MANAGE_RETENTION
from app.privacy.service import retention
from app.privacy.types.retention import RetentionPolicy


@strawberry.input(description="What is kept longer: give a user or a study session.")
class RetentionHoldInput:
    """One subject, a reason, an end."""

    user_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whose data is held: where they took part, and, if they want their account"
        " deleted, the account itself.",
    )
    session_id: strawberry.ID | None = strawberry.field(
        default=None, description="The study session whose data is held."
    )
    reason: str = strawberry.field(description="Why: 3 to 500 characters.")
    until: datetime = strawberry.field(description="When it ends.")


@strawberry.input(description="All of a policy.")
class RetentionPolicySaveInput:
    """Days, and what isn't touched."""

    data_type: RetainedData = strawberry.field(description="What it is about.")
    days: int = strawberry.field(description="For how many days that is kept: 1 to 3650.")
    holds: list[RetentionHoldInput] | None = strawberry.field(
        default=None,
        description="What it doesn't touch, at most 100: these and no others. Those that there"
        " are stay if this isn't given.",
    )


@strawberry.type(description="The answer to `retentionPolicySave`.")
class RetentionPolicySavePayload:
    """The policy."""

    retention_policy: RetentionPolicy | None = edge("policy_key", "The policy.")
    policy_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was saved."
    )


def _hold(given: RetentionHoldInput) -> dict[str, object]:
    user_id, session_id = given.user_id, given.session_id
    return vars(given) | {
        "user_id": user_id and from_global("usr", user_id),
        "session_id": session_id and from_global("sts", session_id),
    }


@strawberry.type
class RetentionMutation:
    """Say how long data is kept."""

    @mutation(permitted(MANAGE_RETENTION))
    async def retention_policy_save(
        self, info: Info, input: RetentionPolicySaveInput
    ) -> RetentionPolicySavePayload:
        """Say for how long one kind of data is kept, and what is held longer. Both are audited;
        what is too old then is deleted within a day.
        """
        holds = None if input.holds is None else [_hold(each) for each in input.holds]
        data = to_data(retention.PolicyData, input, holds=holds)
        async with info.context.begin() as uow:
            policy = await retention.save(uow, info.context.me, data)
        return RetentionPolicySavePayload(policy_key=policy.id)
