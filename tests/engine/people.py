"""Who looks, and values that columns of many rooms have."""

from uuid import UUID

from app.accounts.roles import SYSTEM_ROLES
from tests.engine import values
from tests.engine.filling import Filling, Row, Rule

# Who looks, by name; those that are no role have the role `student`.
PEOPLE = (
    "host",
    "guest",
    "declined guest",
    *SYSTEM_ROLES,
    "nobody",
    "stranger",
)


def person(filling: Filling, name: str) -> UUID:
    """The key of one of `PEOPLE`."""
    key: UUID = filling.rows["user_account"][PEOPLE.index(name)]["id"]
    return key


def user(filling: Filling, _: Row) -> UUID:
    """Somebody, but never the stranger, who has no part in anything."""
    key: UUID = filling.one(filling.rows["user_account"])["id"]
    return key if key != person(filling, "stranger") else person(filling, "host")


def unique_text(column: str) -> Rule:
    """A text that no other row has."""

    def rule(filling: Filling, _: Row) -> str:
        text = values.text(filling.rng, 60)
        return f"{text}{filling.rng.getrandbits(40)}" + ("@x.org" if column == "email" else "")

    return rule


def small(filling: Filling, _: Row) -> int:
    """A number from 0 to 20."""
    return filling.rng.randint(0, 20)
