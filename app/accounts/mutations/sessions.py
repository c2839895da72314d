"""The sessions of other devices."""

from uuid import UUID

import strawberry

from app.accounts.service import sessions
from app.accounts.types.viewer import Viewer
from app.core.access import IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global

_PREFIX = "ses"


@strawberry.input(description="What is to end.")
class AuthSessionRevokeInput:
    """Either one session or all others."""

    auth_session_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the viewer's other sessions."
    )
    all_others: bool = strawberry.field(
        default=False, description="Instead of one: all but the session that asks."
    )


@strawberry.type(description="The answer to `authSessionRevoke`.")
class AuthSessionRevokePayload:
    """The viewer."""

    viewer: Viewer | None = edge("viewer_key", "The viewer, with the sessions that are left.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing ended."
    )


@strawberry.type
class SessionsMutation:
    """The sessions of other devices."""

    @mutation(IN_PERSON)
    async def auth_session_revoke(
        self, info: Info, input: AuthSessionRevokeInput
    ) -> AuthSessionRevokePayload:
        """Sign other devices out: their tokens stop working and their sockets close at once."""
        given = input.auth_session_id
        key = from_global(_PREFIX, given) if given is not None else None
        data = to_data(sessions.RevokeData, input, auth_session_id=key)
        async with info.context.begin() as uow:
            await sessions.revoke(uow, info.context.me, data)
        return AuthSessionRevokePayload(viewer_key=info.context.me.user_id)
