"""Who may call a root field. Every root field states it; a test walks the schema."""

from dataclasses import dataclass
from typing import Final

from app.core.errors import Forbidden, InPersonOnly, Unauthenticated
from app.core.viewer import Viewer

# What an API token may have beside permissions: for fields that ask for none.
READ_SCOPE: Final = "account.read"
WRITE_SCOPE: Final = "account.write"


@dataclass(frozen=True)
class Access:
    """A rule that needs no row: anyone, signed in, or a permission.

    An API token needs the `scope` besides, and may never call what is done `in_person`. What
    anyone may call needs none, unless it shows what is the viewer's `own`.
    """

    signed_in: bool
    permission: str | None = None
    in_person: bool = False
    own: bool = False
    writes: bool = False

    @property
    def scope(self) -> str | None:
        """What an API token has to be given to call this; None for nothing."""
        if self.permission is not None:
            return self.permission
        if self.signed_in or self.own:
            return WRITE_SCOPE if self.writes else READ_SCOPE
        return None

    def check(self, viewer: Viewer | None, problem: str | None = None) -> None:
        """`Unauthenticated` (for the reason `problem`, if a token was refused) or `Forbidden`."""
        if viewer is None:
            if self.signed_in:
                raise Unauthenticated(problem) if problem else Unauthenticated()
            return
        if viewer.scopes is not None:
            if self.in_person:
                raise InPersonOnly
            if self.scope is not None and self.scope not in viewer.scopes:
                raise Forbidden(self.scope)
        if self.permission is not None and not viewer.may(self.permission):
            raise Forbidden(self.permission)

    def sentence(self) -> str:
        """The rule, as the schema's descriptions say it."""
        if self.permission is not None:
            rule = f"Needs the permission `{self.permission}`"
            return f"{rule}; an API token won't do." if self.in_person else f"{rule}."
        who = "Needs a signed-in user" if self.signed_in else "Anyone may call this"
        if self.in_person:
            return f"{who}; an API token won't do."
        if self.scope is not None:
            return f"{who}; an API token needs the scope `{self.scope}`."
        return f"{who}."


ANYONE = Access(signed_in=False)
# Null or empty for nobody.
ONESELF = Access(signed_in=False, own=True)
SIGNED_IN = Access(signed_in=True)
# What decides about the account itself: a token that was lost must not be enough to take it over.
IN_PERSON = Access(signed_in=True, in_person=True)
ANYONE_IN_PERSON = Access(signed_in=False, in_person=True)


def permitted(permission: str, *, in_person: bool = False) -> Access:
    """Only with this permission."""
    return Access(signed_in=True, permission=permission, in_person=in_person)
