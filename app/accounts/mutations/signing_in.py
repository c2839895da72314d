"""Register, sign in, stay signed in, sign out."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts import cookies
from app.accounts.errors import InvalidRefreshToken
from app.accounts.service import registration, sessions, signing_in
from app.accounts.types.tokens import AuthTokens
from app.accounts.types.users import User
from app.core.access import ANYONE, SIGNED_IN
from app.core.graph.context import Context, Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.limits import AUTH


def _cookie() -> Any:
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


@strawberry.input(description="A new account.")
class AccountRegisterInput:
    """Names, address, password."""

    username: str = strawberry.field(description="3 to 256 characters, unique in any case.")
    email: str = strawberry.field(description="A valid address, unique in any case.")
    password: str = strawberry.field(
        description="At least 8 characters with an upper-case and a lower-case letter, a digit and"
        " a special character, and not easily guessed."
    )
    first_name: str = strawberry.field(description="The given name.")
    last_name: str | None = strawberry.field(default=None, description="The family name.")
    education_level: str | None = strawberry.field(default=None, description="Level of education.")
    institution: str | None = strawberry.field(default=None, description="School or university.")
    device: DeviceInput | None = strawberry.field(
        default=strawberry.UNSET, description="The device that signs in with it."
    )
    cookie: bool = _cookie()


@strawberry.input(description="A sign-in with a password.")
class AccountLoginInput:
    """Login and password."""

    login: str = strawberry.field(description="The e-mail address or the username.")
    password: str = strawberry.field(description="The password.")
    remember_me: bool = strawberry.field(
        default=False, description="Stay signed in for 30 days instead of 7."
    )
    device: DeviceInput | None = strawberry.field(
        default=strawberry.UNSET, description="The device that signs in."
    )
    cookie: bool = _cookie()


@strawberry.input(description="An exchange of tokens.")
class TokenRefreshInput:
    """The refresh token, or none where a cookie has it."""

    refresh_token: str | None = strawberry.field(
        default=None,
        description="The newest refresh token of the session. Without one the cookie counts,"
        " together with the header `X-CSRF-Token`.",
    )


@strawberry.type(description="The answer to a registration or a sign-in.")
class _SignInPayload:
    user: User | None = edge("user_key", "Who signed in.")
    user_key: strawberry.Private[UUID | None] = None
    tokens: AuthTokens | None = strawberry.field(default=None, description="The tokens.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `accountRegister`.")
class AccountRegisterPayload(_SignInPayload):
    """User and tokens."""


@strawberry.type(description="The answer to `accountLogin`.")
class AccountLoginPayload(_SignInPayload):
    """User and tokens."""


@strawberry.type(description="The answer to `tokenRefresh`.")
class TokenRefreshPayload:
    """New tokens."""

    tokens: AuthTokens | None = strawberry.field(default=None, description="The new tokens.")
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `accountLogout`.")
class AccountLogoutPayload:
    """Nothing is left to show."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


def _tokens(context: Context, tokens: sessions.Tokens, *, cookie: bool) -> AuthTokens:
    """The tokens as the client gets them: the refresh token in a cookie, if it wants that."""
    guard = None
    if cookie and context.response is not None:
        secure = context.resources.settings.environment == "production"
        guard = cookies.keep(context.response, tokens.refresh_token, secure=secure)
    return AuthTokens.of(tokens, guard)


def _device(given: DeviceInput | None) -> dict[str, str]:
    return dict(vars(given)) if given else {}


@strawberry.type
class SigningInMutation:
    """Register, sign in, stay signed in, sign out."""

    @mutation(ANYONE, AUTH)
    async def account_register(
        self, info: Info, input: AccountRegisterInput
    ) -> AccountRegisterPayload:
        """Make an account with the role `student`, and sign it in."""
        data = to_data(registration.RegisterData, input, device=_device(input.device))
        done = await registration.register(info.context.resources, info.context.client, data)
        tokens = _tokens(info.context, done.tokens, cookie=input.cookie)
        return AccountRegisterPayload(user_key=done.user.id, tokens=tokens)

    @mutation(ANYONE, AUTH)
    async def account_login(self, info: Info, input: AccountLoginInput) -> AccountLoginPayload:
        """Sign in. After five failures in a row signing in is locked for 15 minutes."""
        data = to_data(signing_in.LoginData, input, device=_device(input.device))
        done = await signing_in.login(info.context.resources, info.context.client, data)
        tokens = _tokens(info.context, done.tokens, cookie=input.cookie)
        return AccountLoginPayload(user_key=done.user.id, tokens=tokens)

    @mutation(ANYONE)
    async def token_refresh(self, info: Info, input: TokenRefreshInput) -> TokenRefreshPayload:
        """Exchange a refresh token for new tokens. A token that is used twice ends its session."""
        given = input.refresh_token
        known = given if given is not None else cookies.kept(info.context.request)
        if known is None:
            raise InvalidRefreshToken
        tokens = await sessions.refresh(info.context.resources, known)
        return TokenRefreshPayload(tokens=_tokens(info.context, tokens, cookie=given is None))

    @mutation(SIGNED_IN)
    async def account_logout(self, info: Info) -> AccountLogoutPayload:
        """Sign this device out: its tokens stop working and its sockets close at once."""
        async with info.context.begin() as uow:
            await sessions.logout(uow, info.context.me)
        if info.context.response is not None:
            cookies.forget(info.context.response)
        return AccountLogoutPayload()
