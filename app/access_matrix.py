"""Who may call what, as a table: `python -m app.access_matrix` prints it.

It is derived from what every root field declares. The tests call each field as each of the
callers, so that the table is what happens.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType

from app.accounts.roles import PERMISSIONS, SYSTEM_ROLES
from app.core.access import READ_SCOPE, WRITE_SCOPE, Access
from app.core.errors import Forbidden, Unauthenticated
from app.core.graph.fields import ACCESS
from app.core.graph.read.declare import ById, Items, One, Pages, declaration_of
from app.core.graph.read.reading import Reading
from app.core.realtime.declare import anyone, following_of
from app.schema import schema

FILE = Path("docs/access.md")
ROOTS = ("Query", "Mutation", "Subscription")
_SIGNS = {None: "yes", Unauthenticated.code: "sign in", Forbidden.code: "no"}
_INTRODUCTION = """\
# Who may call what

`python -m app.access_matrix > docs/access.md` writes this from what the root fields declare, and
the tests call every field as each of these callers.

- **yes**: the call is admitted. Which rows it then finds or changes is a rule of its own: where
  the declaration says it, it stands under *rows*; mutations ask it of their services.
- **sign in**: `UNAUTHENTICATED`. **no**: `FORBIDDEN`.
- A token is an API token of a `super_admin`, with every scope or with none.
- Roles are as they come with the program; their permissions can be changed (`rolePermissionsSet`).
"""


@dataclass(frozen=True)
class Caller:
    """A kind of caller: nobody, or somebody with these permissions.

    An API token has `scopes`, and what its owner, who has all permissions, may do within them.
    """

    name: str
    signed_in: bool = True
    permissions: frozenset[str] = field(default=frozenset())
    scopes: frozenset[str] | None = None

    def refusal(self, access: Access) -> str | None:
        """The code with which a root field refuses this caller, or None."""
        if not self.signed_in:
            return Unauthenticated.code if access.signed_in else None
        needed = {access.permission} if access.permission else set()
        missing = not needed <= self.permissions
        if self.scopes is not None:
            beyond = access.scope is not None and access.scope not in self.scopes
            missing = missing or access.in_person or beyond
        return Forbidden.code if missing else None


_ALL = frozenset(PERMISSIONS)
NOBODY = Caller("nobody", signed_in=False)
CALLERS: Sequence[Caller] = (
    NOBODY,
    *(Caller(name, permissions=frozenset(keys)) for name, (_, keys) in SYSTEM_ROLES.items()),
    Caller("token with scope", permissions=_ALL, scopes=_ALL | {READ_SCOPE, WRITE_SCOPE}),
    Caller("token without", scopes=frozenset()),
)


@dataclass(frozen=True)
class RootField:
    """A root field, who may call it, and in a sentence which rows it shows, if that is declared."""

    root: str
    name: str
    access: Access
    rows: str


def root_fields() -> Iterator[RootField]:
    """All of them, by root and name. `TypeError` for one that doesn't state its access."""
    reading = schema.reading
    for root in ROOTS:
        kind = schema.graphql.type_map[root]
        assert isinstance(kind, GraphQLObjectType)
        for name, given in sorted(kind.fields.items()):
            definition = given.extensions["strawberry-definition"]
            declaration = declaration_of(definition)
            access = declaration.access if declaration else definition.metadata.get(ACCESS)
            if not isinstance(access, Access):
                raise TypeError(f"{root}.{name} doesn't state who may call it.")
            yield RootField(root, name, access, _rows(reading, root, name, definition))


def _rows(reading: Reading, root: str, name: str, definition: Any) -> str:
    """What the policy says that decides who sees a field's rows, or who may listen."""
    if root == "Subscription":
        admits = following_of(definition).admits
        return "" if admits is anyone else _first_sentence(admits)
    known = reading.fields.get((root, name))
    if known is None:
        return ""
    read = known.declaration.read
    if isinstance(read, ById):
        return "As for each type."
    if known.target.source.visible is not None:
        return _first_sentence(known.target.source.visible)
    # Then the rows that are meant are all that there is to see.
    assert isinstance(read, One | Items | Pages)
    return _first_sentence(read.where if isinstance(read, One) else read.rows)


def _first_sentence(function: Callable[..., Any]) -> str:
    return inspect.cleandoc(function.__doc__ or "").split("\n")[0]


def printed() -> str:
    """The table as `docs/access.md` holds it."""
    fields = list(root_fields())
    parts = [_INTRODUCTION]
    for root in ROOTS:
        heads = ["field", *(caller.name for caller in CALLERS), "permission", "rows"]
        lines = [_line(heads), _line(["---"] * len(heads))]
        lines += [_row(each) for each in fields if each.root == root]
        parts.append(f"## {root}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _row(each: RootField) -> str:
    permission = each.access.permission
    cells = [_SIGNS[caller.refusal(each.access)] for caller in CALLERS]
    return _line([f"`{each.name}`", *cells, f"`{permission}`" if permission else "", each.rows])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """Print the table, or with `--check` compare it with the file."""
    text = printed()
    if "--check" not in sys.argv:
        sys.stdout.write(text)
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{FILE} is out of date: run `python -m app.access_matrix > {FILE}`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
