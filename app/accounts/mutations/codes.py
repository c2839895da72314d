"""Codes to sign in with."""

import strawberry

from app.accounts.models import CodeChannel
from app.accounts.service import login_codes
from app.accounts.types.challenges import Challenge
from app.core.access import ANYONE
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.limits import AUTH


@strawberry.input(description="Who wants a code, and how.")
class LoginCodeSendInput:
    """Either a login or a challenge."""

    login: str | None = strawberry.field(
        default=None,
        description="The e-mail address or the username; for a text message the telephone number"
        " too, beginning with + and its country.",
    )
    challenge_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Instead of a login: the challenge for a second factor that is to be met by"
        " a text message.",
    )
    channel: CodeChannel = strawberry.field(description="How the code is sent.")


@strawberry.type(description="The answer to `loginCodeSend`.")
class LoginCodeSendPayload:
    """The challenge."""

    challenge: Challenge | None = strawberry.field(
        default=None, description="What the code is for: the same whoever has the login."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was sent."
    )


@strawberry.type
class CodesMutation:
    """Codes to sign in with."""

    @mutation(ANYONE, AUTH)
    async def login_code_send(self, info: Info, input: LoginCodeSendInput) -> LoginCodeSendPayload:
        """Send a code of six digits, good for ten minutes and three tries.

        It goes to an address or number that was confirmed, and the answer doesn't tell whether
        there is one. It can be asked for four times in ten minutes; no account gets more than ten
        an hour.
        """
        data = to_data(login_codes.SendData, input)
        posed = await login_codes.send(info.context.resources, data)
        return LoginCodeSendPayload(challenge=Challenge.of(posed))
