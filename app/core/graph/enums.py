"""Enums of the schema: a description for the enum and for each of its values."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

EnumT = TypeVar("EnumT", bound=Enum)


def describe(enum: type[EnumT], description: str, values: Mapping[EnumT, str]) -> None:
    """Put a models' enum into the schema. Every value needs its description."""
    strawberry.enum(enum, description=description)
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[enum(value.value)]
