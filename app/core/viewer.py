"""Who asks."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID


class Asker(Protocol):
    """Who asks, as far as a policy needs to know: a `Viewer`, or the terms of an SQL statement.

    The ids are values or SQL terms, to be compared with columns.
    """

    @property
    def user_id(self) -> Any:
        """The account of the one who asks."""

    @property
    def auth_session_id(self) -> Any:
        """The signed-in device that asks."""

    @property
    def signed_in(self) -> bool:
        """Whether anybody is known to ask at all."""

    def may(self, permission: str) -> bool:
        """Whether one of the roles gives this permission."""


@dataclass(frozen=True)
class Viewer:
    """A signed-in user, or an API token of theirs, as far as a request needs to know."""

    user_id: UUID
    auth_session_id: UUID
    roles: frozenset[str] = field(default=frozenset())
    permissions: frozenset[str] = field(default=frozenset())
    # What an API token is limited to, the permissions among it; None for a person.
    scopes: frozenset[str] | None = None
    # Which of the session's rights these are: the database counts their changes.
    rights_version: int = field(default=0, compare=False)

    @property
    def signed_in(self) -> bool:
        """A viewer is always signed in."""
        return True

    @cached_property
    def key(self) -> str:
        """The account's key as text, by which limits and the like know it."""
        return str(self.user_id)

    def may(self, permission: str) -> bool:
        """Whether one of the roles gives this permission."""
        return permission in self.permissions
