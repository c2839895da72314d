"""Who asks."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Viewer:
    """A signed-in user, as far as a request needs to know."""

    user_id: UUID
    auth_session_id: UUID
    roles: frozenset[str] = field(default=frozenset())
    permissions: frozenset[str] = field(default=frozenset())

    def may(self, permission: str) -> bool:
        """Whether one of the roles gives this permission."""
        return permission in self.permissions
