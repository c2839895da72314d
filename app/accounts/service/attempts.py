"""Attempts to guess a password or a code: after five failures in a row, none for 15 minutes.

They are counted for an account, wherever they come from, and before they are looked at: of many
at the same moment no more count than of many in a row. Names that nobody has are counted alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.errors import AccountLocked
from app.accounts.models import User
from app.accounts.store import sessions as sessions_store
from app.core.clock import now
from app.core.errors import DomainError
from app.core.resources import Resources
from app.core.uow import UnitOfWork

_FAILURES = 5
_LOCKOUT = timedelta(minutes=15)
_LONGEST = 300


@dataclass(frozen=True)
class Attempt:
    """One attempt. It is a failure unless it succeeds or is taken back."""

    subject: str
    refused: bool
    lockout_end: datetime | None

    def check(self) -> None:
        """`AccountLocked` if it came too late to be looked at."""
        if self.refused:
            raise AccountLocked(lockout_end=self.lockout_end)

    def failure(self, error: DomainError) -> DomainError:
        """What to raise for it: that it was the last one, or else what went wrong."""
        if self.lockout_end is not None:
            return AccountLocked(lockout_end=self.lockout_end)
        return error

    async def succeeded(self, uow: UnitOfWork) -> None:
        """Counting starts anew."""
        await sessions_store.clear_failures(uow.session, self.subject)

    async def take_back(self, uow: UnitOfWork) -> None:
        """It was right, and more is to be shown: earlier failures count on."""
        await sessions_store.take_back(uow.session, self.subject, _FAILURES)


def subject_of(user: User | None, login: str) -> str:
    """Whose attempts these are: a user's, or those of a name that nobody has."""
    return str(user.id) if user else f"login:{login.casefold()}"[:_LONGEST]


async def begin(resources: Resources, subject: str) -> Attempt:
    """Count an attempt, by a commit of its own."""
    async with resources.begin() as uow:
        count, lockout_end = await sessions_store.count_attempt(
            uow.session, subject, _FAILURES, now() + _LOCKOUT
        )
    return Attempt(subject, count > _FAILURES, lockout_end)
