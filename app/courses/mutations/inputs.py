"""How inputs of courses become data."""

from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.ids import from_global

AUTHOR = permitted("course.create")


def maybe(description: str) -> Any:
    """A field that stays as it is, or takes its default, if it isn't given."""
    return strawberry.field(default=strawberry.UNSET, description=description)


def errors() -> Any:
    """Why a mutation did nothing."""
    return strawberry.field(default_factory=list, description="Why nothing changed.")


def nested(given: Any) -> Any:
    """An input with the inputs in it, as `to_data` takes them: without what wasn't given."""
    if isinstance(given, list):
        return [nested(each) for each in given]
    if isinstance(given, Enum) or not hasattr(type(given), "__strawberry_definition__"):
        return given
    return {
        name: nested(value) for name, value in vars(given).items() if value is not strawberry.UNSET
    }


def keys(given: Any, **prefixes: str) -> dict[str, UUID | None]:
    """The keys in those ids of an input that were given, by the names of its fields."""
    made: dict[str, UUID | None] = {}
    for name, prefix in prefixes.items():
        value = getattr(given, name)
        if value is not strawberry.UNSET:
            made[name] = None if value is None else from_global(prefix, value)
    return made
