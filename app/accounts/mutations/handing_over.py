"""What a device says of itself when it signs in, and how it gets its tokens."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts import cookies
from app.accounts.service import challenges, sessions
from app.accounts.types.challenges import Challenge
from app.accounts.types.tokens import AuthTokens
from app.accounts.types.users import User
from app.core.graph.context import Context
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge


def cookie_field() -> Any:
    """An input's wish for a cookie."""
    return strawberry.field(
        default=False,
        description="Whether a cookie that scripts can't read keeps the refresh token.",
    )


@strawberry.input(description="What a device says of itself.")
class DeviceInput:
    """All optional."""

    type: str = strawberry.field(default="", description="Desktop, mobile or tablet.")
    os: str = strawberry.field(default="", description="The operating system.")
    browser: str = strawberry.field(default="", description="The browser.")


@strawberry.type(description="The answer to a registration or a sign-in.")
class SignInPayload:
    """User and tokens."""

    user: User | None = edge("user_key", "Who signed in.")
    user_key: strawberry.Private[UUID | None] = None
    tokens: AuthTokens | None = strawberry.field(default=None, description="The tokens.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to a sign-in that may need a second factor.")
class FactorPayload(SignInPayload):
    """User and tokens, or a challenge."""

    challenge: Challenge | None = strawberry.field(
        default=None,
        description="In place of user and tokens, for users with two factors: meet it with"
        " `accountLoginWithCode`.",
    )


def handed(
    context: Context, done: sessions.SignIn | challenges.Posed, *, cookie: bool
) -> dict[str, Any]:
    """What a payload says of a sign-in."""
    if isinstance(done, challenges.Posed):
        return {"challenge": Challenge.of(done)}
    return {"user_key": done.user.id, "tokens": hand_over(context, done.tokens, cookie=cookie)}


def hand_over(context: Context, tokens: sessions.Tokens, *, cookie: bool) -> AuthTokens:
    """The tokens as the client gets them: the refresh token in a cookie, if it wants that."""
    guard = None
    if cookie and context.response is not None:
        secure = context.resources.settings.environment == "production"
        guard = cookies.keep(context.response, tokens.refresh_token, secure=secure)
    return AuthTokens.of(tokens, guard)


def device_of(given: DeviceInput | None) -> dict[str, str]:
    """What a device said of itself, if anything."""
    return dict(vars(given)) if given else {}
