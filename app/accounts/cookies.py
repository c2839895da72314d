"""The refresh token in a browser: a cookie that scripts can't read, and a guard against forgery.

The guard is a double submit: a second cookie, which scripts of this site can read, has to
come back as a header. Another site can make a browser send both cookies and can read neither.
"""

import hmac

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.accounts.errors import CsrfFailed
from app.core.crypto import new_token

CSRF_HEADER = "x-csrf-token"
REFRESH_COOKIE, CSRF_COOKIE = "lyceum_refresh", "lyceum_csrf"
# The cookie outlives no session: the longest lasts 30 days, and a use makes a new cookie.
_SECONDS = 30 * 24 * 3600
_PATH = "/graphql"


def keep(response: Response, refresh_token: str, *, secure: bool) -> str:
    """Put a refresh token into the browser; the guard's value, for the client."""
    guard = new_token()
    for name, value, hidden in (
        (REFRESH_COOKIE, refresh_token, True),
        (CSRF_COOKIE, guard, False),
    ):
        response.set_cookie(
            name,
            value,
            max_age=_SECONDS,
            path=_PATH if hidden else "/",
            secure=secure,
            httponly=hidden,
            samesite="strict",
        )
    return guard


def kept(request: HTTPConnection) -> str | None:
    """The refresh token that the browser sent, if any; `CsrfFailed` without its guard."""
    token = request.cookies.get(REFRESH_COOKIE)
    if token is None:
        return None
    guard = request.cookies.get(CSRF_COOKIE, "")
    given = request.headers.get(CSRF_HEADER, "")
    if not guard or not hmac.compare_digest(guard.encode(), given.encode()):
        raise CsrfFailed
    return token


def forget(response: Response) -> None:
    """Take both cookies out of the browser."""
    response.delete_cookie(REFRESH_COOKIE, path=_PATH)
    response.delete_cookie(CSRF_COOKIE, path="/")
