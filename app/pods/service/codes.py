"""Codes that invite: what finds the invitation, and the secret that is kept as a hash."""

import hmac
import secrets
from typing import Final, NamedTuple

from app.core.crypto import new_token, token_hash

_BETWEEN: Final = "."
# Compared with where no invitation is found, so that it takes as long.
_NOTHING: Final = bytes(32)


class NewCode(NamedTuple):
    """A code, and what is stored of it."""

    code: str
    selector: str
    hash: bytes


def new_code() -> NewCode:
    """A code with 256 random bits."""
    selector, secret = secrets.token_hex(8), new_token()
    return NewCode(f"{selector}{_BETWEEN}{secret}", selector, token_hash(secret))


def selector_of(code: str) -> str:
    """What finds the invitation of a code; of what isn't made like one, nothing."""
    selector = code.partition(_BETWEEN)[0]
    return selector if selector.isalnum() else ""


def matches(code: str, stored: bytes | None) -> bool:
    """Whether this is the code of the hash; takes as long where there is none."""
    given = token_hash(code.partition(_BETWEEN)[2])
    return hmac.compare_digest(given, stored or _NOTHING) and stored is not None
