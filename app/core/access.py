"""Who may call a root field. Every root field states it; a test walks the schema."""

from dataclasses import dataclass

from app.core.errors import Forbidden, Unauthenticated
from app.core.viewer import Viewer


@dataclass(frozen=True)
class Access:
    """A rule that needs no row: anyone, signed in, or a permission."""

    signed_in: bool
    permission: str | None = None

    def check(self, viewer: Viewer | None, problem: str | None = None) -> None:
        """`Unauthenticated` (for the reason `problem`, if a token was refused) or `Forbidden`."""
        if not self.signed_in:
            return
        if viewer is None:
            raise Unauthenticated(problem) if problem else Unauthenticated()
        if self.permission is not None and not viewer.may(self.permission):
            raise Forbidden(self.permission)

    def sentence(self) -> str:
        """The rule, as the schema's descriptions say it."""
        if not self.signed_in:
            return "Anyone may call this."
        if self.permission is None:
            return "Needs a signed-in user."
        return f"Needs the permission `{self.permission}`."


ANYONE = Access(signed_in=False)
SIGNED_IN = Access(signed_in=True)


def permitted(permission: str) -> Access:
    """Only with this permission."""
    return Access(signed_in=True, permission=permission)
