"""Confirm an address, or a number."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts.service import verification
from app.accounts.types.viewer import Viewer
from app.core.access import IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.limits import AUTH


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why it didn't work.")


def _code() -> Any:
    return strawberry.field(description="The six digits that were sent last.")


@strawberry.input(description="A code that was sent by e-mail.")
class EmailVerifyInput:
    """The code."""

    code: str = _code()


@strawberry.input(description="A number to confirm.")
class PhoneVerificationSendInput:
    """The number."""

    phone: str = strawberry.field(
        description="The telephone number, beginning with + and its country."
    )


@strawberry.input(description="A code that was sent by text message.")
class PhoneVerifyInput:
    """The code."""

    code: str = _code()


@strawberry.type(description="The answer to `emailVerificationSend`.")
class EmailVerificationSendPayload:
    """Nothing is to be shown."""

    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `emailVerify`.")
class EmailVerifyPayload:
    """The viewer."""

    viewer: Viewer | None = edge("viewer_key", "The viewer, with the confirmed address.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `phoneVerificationSend`.")
class PhoneVerificationSendPayload:
    """Nothing is to be shown."""

    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `phoneVerify`.")
class PhoneVerifyPayload:
    """The viewer."""

    viewer: Viewer | None = edge("viewer_key", "The viewer, with the confirmed number.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type
class VerificationMutation:
    """Confirm an address, or a number."""

    @mutation(IN_PERSON, AUTH)
    async def email_verification_send(self, info: Info) -> EmailVerificationSendPayload:
        """Send a code to the viewer's address, good for ten minutes and three tries.

        It can be asked for four times in ten minutes, and ten times an hour.
        """
        async with info.context.begin() as uow:
            await verification.send_to_own_email(info.context.resources, uow, info.context.me)
        return EmailVerificationSendPayload()

    @mutation(IN_PERSON, AUTH)
    async def email_verify(self, info: Info, input: EmailVerifyInput) -> EmailVerifyPayload:
        """Confirm the viewer's address by the code that was sent there last."""
        data = to_data(verification.CodeData, input)
        context = info.context
        await verification.verify_email(context.resources, context.client, context.me, data)
        return EmailVerifyPayload(viewer_key=context.me.user_id)

    @mutation(IN_PERSON, AUTH)
    async def phone_verification_send(
        self, info: Info, input: PhoneVerificationSendInput
    ) -> PhoneVerificationSendPayload:
        """Send a code to a number, good for ten minutes and three tries.

        The number is the viewer's once the code comes back by `phoneVerify`. It can be asked for
        four times in ten minutes, and ten times an hour.
        """
        data = to_data(verification.PhoneData, input)
        async with info.context.begin() as uow:
            await verification.send_to_phone(info.context.resources, uow, info.context.me, data)
        return PhoneVerificationSendPayload()

    @mutation(IN_PERSON, AUTH)
    async def phone_verify(self, info: Info, input: PhoneVerifyInput) -> PhoneVerifyPayload:
        """Confirm the number that a code was sent to last. Only one account can have it."""
        data = to_data(verification.CodeData, input)
        context = info.context
        await verification.verify_phone(context.resources, context.client, context.me, data)
        return PhoneVerifyPayload(viewer_key=context.me.user_id)
