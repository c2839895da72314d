"""Two-factor sign-in, on and off."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts.service import two_factor
from app.accounts.types.viewer import Viewer
from app.core.access import IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.limits import AUTH


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why it didn't work.")


def _password() -> Any:
    return strawberry.field(description="The viewer's password.")


@strawberry.input(description="Who wants an authenticator.")
class TwoFactorBeginInput:
    """The password."""

    password: str = _password()


@strawberry.input(description="A code of the new authenticator.")
class TwoFactorConfirmInput:
    """The code."""

    code: str = strawberry.field(description="The six digits that the authenticator shows.")


@strawberry.input(description="Who wants no authenticator any more.")
class TwoFactorDisableInput:
    """Password and code."""

    password: str = _password()
    code: str = strawberry.field(
        description="The six digits that the authenticator shows, or a recovery code."
    )


@strawberry.type(description="The answer to `twoFactorBegin`.")
class TwoFactorBeginPayload:
    """What the authenticator is told."""

    otpauth_uri: str | None = strawberry.field(
        default=None, description="The secret for an authenticator, mostly shown as a QR code."
    )
    secret: str | None = strawberry.field(
        default=None, description="The same secret in base32, to be typed."
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `twoFactorConfirm`.")
class TwoFactorConfirmPayload:
    """The viewer and the recovery codes."""

    viewer: Viewer | None = edge("viewer_key", "The viewer, with the second factor.")
    viewer_key: strawberry.Private[UUID | None] = None
    recovery_codes: list[str] | None = strawberry.field(
        default=None,
        description="Ten codes for whoever loses the authenticator, each good once. They are"
        " shown only here.",
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `twoFactorDisable`.")
class TwoFactorDisablePayload:
    """The viewer."""

    viewer: Viewer | None = edge("viewer_key", "The viewer, without the second factor.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type
class TwoFactorMutation:
    """Two-factor sign-in, on and off."""

    @mutation(IN_PERSON, AUTH)
    async def two_factor_begin(
        self, info: Info, input: TwoFactorBeginInput
    ) -> TwoFactorBeginPayload:
        """Make a secret for an authenticator. It counts once it is confirmed."""
        data = to_data(two_factor.BeginData, input)
        made = await two_factor.begin(info.context.resources, info.context.me, data)
        return TwoFactorBeginPayload(otpauth_uri=made.uri, secret=made.secret)

    @mutation(IN_PERSON, AUTH)
    async def two_factor_confirm(
        self, info: Info, input: TwoFactorConfirmInput
    ) -> TwoFactorConfirmPayload:
        """Switch two-factor sign-in on, by a code of the authenticator."""
        data = to_data(two_factor.ConfirmData, input)
        context = info.context
        made = await two_factor.confirm(context.resources, context.client, context.me, data)
        return TwoFactorConfirmPayload(viewer_key=context.me.user_id, recovery_codes=made)

    @mutation(IN_PERSON, AUTH)
    async def two_factor_disable(
        self, info: Info, input: TwoFactorDisableInput
    ) -> TwoFactorDisablePayload:
        """Switch two-factor sign-in off. The recovery codes are gone with it."""
        data = to_data(two_factor.DisableData, input)
        context = info.context
        await two_factor.disable(context.resources, context.client, context.me, data)
        return TwoFactorDisablePayload(viewer_key=context.me.user_id)
