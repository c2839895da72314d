"""API tokens: made and revoked by their owner in person."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.accounts.models import ApiTokenKind
from app.accounts.service import api_tokens as service
from app.accounts.types.api_tokens import ApiToken
from app.core.access import IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import AUTH


@strawberry.input(description="A new API token.")
class ApiTokenCreateInput:
    """What it is for, and what it may do until when."""

    name: str = strawberry.field(description="What it is for: 1 to 100 characters.")
    kind: ApiTokenKind = strawberry.field(description="Who will hold it.")
    scopes: list[str] = strawberry.field(
        description="What it may do: permissions of the viewer's, `account.read` for what else"
        " can be read and `account.write` for what else can be changed."
    )
    expires_at: datetime = strawberry.field(
        description="Until when it can be used: a year from now at most."
    )


@strawberry.input(description="An API token that is no longer wanted.")
class ApiTokenRevokeInput:
    """Which one."""

    id: strawberry.ID = strawberry.field(description="The token's id.")


@strawberry.type(description="The answer to `apiTokenCreate`.")
class ApiTokenCreatePayload:
    """The token, this once."""

    api_token: ApiToken | None = edge("api_token_key", "What was made.")
    api_token_key: strawberry.Private[UUID | None] = None
    token: str | None = strawberry.field(
        default=None,
        description="The token for `Authorization: Bearer`. It is never shown again.",
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was made."
    )


@strawberry.type(description="The answer to `apiTokenRevoke`.")
class ApiTokenRevokePayload:
    """Nothing is left to show."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was revoked."
    )


@strawberry.type
class ApiTokensMutation:
    """API tokens."""

    @mutation(IN_PERSON, AUTH)
    async def api_token_create(
        self, info: Info, input: ApiTokenCreateInput
    ) -> ApiTokenCreatePayload:
        """Make an API token, which can do no more than its owner may at the time.

        `ApiTokenCreated` follows.
        """
        data = to_data(service.ApiTokenData, input)
        async with info.context.begin() as uow:
            made, token = await service.create(uow, info.context.me, data)
        return ApiTokenCreatePayload(api_token_key=made.id, token=token)

    @mutation(IN_PERSON, AUTH)
    async def api_token_revoke(
        self, info: Info, input: ApiTokenRevokeInput
    ) -> ApiTokenRevokePayload:
        """Revoke an API token: its next request is refused, its sockets close at once."""
        async with info.context.begin() as uow:
            await service.revoke(uow, info.context.me, from_global("apt", input.id))
        return ApiTokenRevokePayload()
