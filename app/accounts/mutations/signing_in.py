"""Register, sign in, stay signed in, sign out."""

import strawberry

from app.accounts import cookies
from app.accounts.errors import InvalidRefreshToken
from app.accounts.models import EducationLevel
from app.accounts.mutations.handing_over import (
    DeviceInput,
    FactorPayload,
    SignInPayload,
    cookie_field,
    device_of,
    hand_over,
    handed,
)
from app.accounts.service import login_codes, registration, sessions, signing_in
from app.accounts.types.tokens import AuthTokens
from app.core.access import ANYONE, IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.limits import AUTH


@strawberry.input(description="A new account.")
class AccountRegisterInput:
    """Names, address, password."""

    username: str = strawberry.field(
        description="3 to 256 characters of one script, unique in any case; it may not look like"
        " another one."
    )
    email: str = strawberry.field(description="A valid address, unique in any case.")
    password: str = strawberry.field(
        description="At least 8 characters with an upper-case and a lower-case letter, a digit and"
        " a special character, and not easily guessed."
    )
    first_name: str = strawberry.field(description="The given name.")
    last_name: str | None = strawberry.field(default=None, description="The family name.")
    education_level: EducationLevel | None = strawberry.field(
        default=None, description="Level of education."
    )
    institution: str | None = strawberry.field(default=None, description="School or university.")
    device: DeviceInput | None = strawberry.field(
        default=strawberry.UNSET, description="The device that signs in with it."
    )
    cookie: bool = cookie_field()


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
    cookie: bool = cookie_field()


@strawberry.input(description="A challenge, and a code that meets it.")
class AccountLoginWithCodeInput:
    """Challenge and code."""

    challenge_id: strawberry.ID = strawberry.field(
        description="The id of a challenge of `loginCodeSend` or `accountLogin`."
    )
    code: str = strawberry.field(description="A code of one of the challenge's kinds.")
    remember_me: bool = strawberry.field(
        default=False, description="Stay signed in for 30 days instead of 7."
    )
    device: DeviceInput | None = strawberry.field(
        default=strawberry.UNSET, description="The device that signs in."
    )
    cookie: bool = cookie_field()


@strawberry.input(description="An exchange of tokens.")
class TokenRefreshInput:
    """The refresh token, or none where a cookie has it."""

    refresh_token: str | None = strawberry.field(
        default=None,
        description="The newest refresh token of the session. Without one the cookie counts,"
        " together with the header `X-CSRF-Token`.",
    )


@strawberry.type(description="The answer to `accountRegister`.")
class AccountRegisterPayload(SignInPayload):
    """User and tokens."""


@strawberry.type(description="The answer to `accountLogin`.")
class AccountLoginPayload(FactorPayload):
    """User and tokens, or a challenge."""


@strawberry.type(description="The answer to `accountLoginWithCode`.")
class AccountLoginWithCodePayload(FactorPayload):
    """User and tokens, or a challenge."""


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


@strawberry.type
class SigningInMutation:
    """Register, sign in, stay signed in, sign out."""

    @mutation(ANYONE, AUTH)
    async def account_register(
        self, info: Info, input: AccountRegisterInput
    ) -> AccountRegisterPayload:
        """Make an account with the role `student`, and sign it in.

        A code to confirm the address goes there: see `emailVerify`.
        """
        data = to_data(registration.RegisterData, input, device=device_of(input.device))
        done = await registration.register(info.context.resources, info.context.client, data)
        tokens = hand_over(info.context, done.tokens, cookie=input.cookie)
        return AccountRegisterPayload(user_key=done.user.id, tokens=tokens)

    @mutation(ANYONE, AUTH)
    async def account_login(self, info: Info, input: AccountLoginInput) -> AccountLoginPayload:
        """Sign in. After five failures in a row signing in is locked for 15 minutes.

        Users with two factors get a challenge for the second one, and no tokens.
        """
        data = to_data(signing_in.LoginData, input, device=device_of(input.device))
        done = await signing_in.login(info.context.resources, info.context.client, data)
        return AccountLoginPayload(**handed(info.context, done, cookie=input.cookie))

    @mutation(ANYONE, AUTH)
    async def account_login_with_code(
        self, info: Info, input: AccountLoginWithCodeInput
    ) -> AccountLoginWithCodePayload:
        """Meet a challenge with a code, and sign in.

        A challenge has three tries in all. After five failures in a row, whatever was tried,
        signing in is locked for 15 minutes. Users with two factors get a challenge for the
        second one after a code that was sent.
        """
        data = to_data(login_codes.CodeLoginData, input, device=device_of(input.device))
        done = await login_codes.login(info.context.resources, info.context.client, data)
        return AccountLoginWithCodePayload(**handed(info.context, done, cookie=input.cookie))

    @mutation(ANYONE)
    async def token_refresh(self, info: Info, input: TokenRefreshInput) -> TokenRefreshPayload:
        """Exchange a refresh token for new tokens. A token that is used twice ends its session."""
        given = input.refresh_token
        known = given if given is not None else cookies.kept(info.context.request)
        if known is None:
            raise InvalidRefreshToken
        tokens = await sessions.refresh(info.context.resources, known)
        return TokenRefreshPayload(tokens=hand_over(info.context, tokens, cookie=given is None))

    @mutation(IN_PERSON)
    async def account_logout(self, info: Info) -> AccountLogoutPayload:
        """Sign this device out: its tokens stop working and its sockets close at once."""
        async with info.context.begin() as uow:
            await sessions.logout(uow, info.context.me)
        if info.context.response is not None:
            cookies.forget(info.context.response)
        return AccountLogoutPayload()
