"""Documents for the tests: a schema of their own, long and deep texts, hashes."""

import hashlib
from typing import Any

from graphql import build_schema

from app.core.graph import trusted
from app.core.graph.trusted import TrustedDocument
from app.core.resources import Resources

SCHEMA = build_schema(
    """
    directive @mark(at: Int) repeatable on QUERY | FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        | FRAGMENT_DEFINITION
    type Query { me: Person, people(ids: [ID!], filter: Filter): [Person!]! }
    type Person { id: ID!, name: String, friend: Person }
    input Filter { any: [Filter!], name: String }
    """
)
ME = "{ me { name } }"


def nested(levels: int) -> str:
    """So many levels of fields."""
    return "{ me { " + "friend { " * (levels - 2) + "id" + " }" * levels


def many(count: int, text: str) -> str:
    """A text so many times, each `#` in it the number."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


async def register(resources: Resources, text: str, *hashes: bytes) -> None:
    """Register a text under hashes."""
    async with resources.begin() as uow:
        rows = [TrustedDocument(hash=hash, text=text, client="web") for hash in hashes]
        assert await trusted.register(uow.session, rows) == len(rows)


def apq(text: str, **more: Any) -> dict[str, Any]:
    """The `extensions` of an automatic persisted query, as Apollo sends them."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256, **more}}
