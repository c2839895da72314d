"""Passwords: Argon2id, and the rules for a new one."""

import asyncio
import re

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from zxcvbn import zxcvbn

from app.accounts.errors import WeakPassword

_SHORTEST, _LONGEST = 8, 128
# The estimator's time grows with the square of the length; a long password isn't a common one.
_ESTIMATED = 40
_GUESSABLE = 1

_hasher = PasswordHasher()
# Verified against when there is no such user, so that the answer takes as long.
_NOBODY = _hasher.hash("nobody has this password")

_CLASSES = (
    (re.compile(r"[A-Z]"), "an upper-case letter"),
    (re.compile(r"[a-z]"), "a lower-case letter"),
    (re.compile(r"\d"), "a digit"),
    (re.compile(r"[^A-Za-z0-9\s]"), "a special character"),
)


def check_rules(password: str, known: list[str]) -> None:
    """`WeakPassword` unless a new password keeps the rules.

    `known` are the user's own names: a password made of them is easily guessed.
    """
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise WeakPassword(f"A password has {_SHORTEST} to {_LONGEST} characters.")
    missing = [name for pattern, name in _CLASSES if not pattern.search(password)]
    if missing:
        raise WeakPassword(f"The password needs {' and '.join(missing)}.")
    if zxcvbn(password[:_ESTIMATED], user_inputs=known)["score"] <= _GUESSABLE:
        raise WeakPassword("This password is common or easily guessed: choose another.")


async def hash_password(password: str) -> str:
    """The hash to store. Takes tens of milliseconds, in a thread."""
    return await asyncio.to_thread(_hasher.hash, password)


def _matches(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or _NOBODY, password)
    except VerificationError:
        return False
    return stored is not None


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; takes as long for no hash at all."""
    return await asyncio.to_thread(_matches, stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether the parameters have risen since this hash was made."""
    return _hasher.check_needs_rehash(stored)
