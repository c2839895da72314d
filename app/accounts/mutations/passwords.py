"""New passwords."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts.service import passwords
from app.accounts.types.viewer import Viewer
from app.core.access import ANYONE, IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.limits import AUTH


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why it didn't work.")


def _new_password() -> Any:
    return strawberry.field(description="The new password, under the rules of `accountRegister`.")


@strawberry.input(description="Whose password is to be replaced.")
class PasswordResetRequestInput:
    """The address."""

    email: str = strawberry.field(description="The account's e-mail address.")


@strawberry.input(description="A new password by means of a token.")
class PasswordResetInput:
    """Token and password."""

    token: str = strawberry.field(description="The token out of the letter.")
    new_password: str = _new_password()


@strawberry.input(description="A new password by means of the old one.")
class PasswordChangeInput:
    """Both passwords."""

    old_password: str = strawberry.field(description="The password until now.")
    new_password: str = _new_password()


@strawberry.type(description="The answer to `passwordResetRequest`.")
class PasswordResetRequestPayload:
    """It says nothing of the account."""

    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `passwordReset`.")
class PasswordResetPayload:
    """Nobody is signed in by it."""

    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `passwordChange`.")
class PasswordChangePayload:
    """The viewer."""

    viewer: Viewer | None = edge("viewer_key", "The viewer, with the one session that is left.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type
class PasswordsMutation:
    """New passwords."""

    @mutation(ANYONE, AUTH)
    async def password_reset_request(
        self, info: Info, input: PasswordResetRequestInput
    ) -> PasswordResetRequestPayload:
        """Send a token for a new password to an account's address, good once and for an hour.

        The answer doesn't tell whether there is such an account. It can be asked for four times
        in ten minutes; no account gets more than ten an hour.
        """
        data = to_data(passwords.ResetRequestData, input)
        await passwords.request_reset(info.context.resources, data)
        return PasswordResetRequestPayload()

    @mutation(ANYONE, AUTH)
    async def password_reset(self, info: Info, input: PasswordResetInput) -> PasswordResetPayload:
        """Replace a password by means of the token that was sent, which confirms the address too.

        All of the user's sessions end, their sockets close, and the user is told.
        """
        data = to_data(passwords.ResetData, input)
        await passwords.reset(info.context.resources, info.context.client, data)
        return PasswordResetPayload()

    @mutation(IN_PERSON, AUTH)
    async def password_change(
        self, info: Info, input: PasswordChangeInput
    ) -> PasswordChangePayload:
        """Change the viewer's password. All their other sessions end, and their sockets close."""
        data = to_data(passwords.ChangeData, input)
        context = info.context
        await passwords.change(context.resources, context.client, context.me, data)
        return PasswordChangePayload(viewer_key=context.me.user_id)
