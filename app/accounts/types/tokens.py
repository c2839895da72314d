"""What keeps a device signed in."""

from typing import Self

import strawberry

from app.accounts.service.sessions import Tokens


@strawberry.type(description="What a device needs to stay signed in.")
class AuthTokens:
    """Access and refresh token."""

    access_token: str = strawberry.field(description="A JWT for `Authorization: Bearer`.")
    refresh_token: str | None = strawberry.field(
        description="Good for one `tokenRefresh`; null where a cookie keeps it."
    )
    csrf_token: str | None = strawberry.field(
        description="With a cookie: what `tokenRefresh` wants as the header `X-CSRF-Token`."
    )
    expires_in: int = strawberry.field(description="Life of the access token, in seconds.")

    @classmethod
    def of(cls, tokens: Tokens, csrf_token: str | None) -> Self:
        """From what the service issued; with a CSRF token, a cookie keeps the refresh token."""
        return cls(
            access_token=tokens.access_token,
            refresh_token=None if csrf_token else tokens.refresh_token,
            csrf_token=csrf_token,
            expires_in=tokens.expires_in,
        )
