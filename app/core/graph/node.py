"""Relay's `Node`: any object by its global id, under the same access rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from app.core.errors import InvalidId
from app.core.graph.context import BatchFunction, Context
from app.core.ids import split_global, to_global


@strawberry.interface(description="An object with a global id.")
class Node:
    """Base of every type that `node` finds."""

    prefix: ClassVar[str]
    key: strawberry.Private[UUID]

    @strawberry.field(description="The object's global id.")
    def id(self) -> strawberry.ID:
        """Prefix and key."""
        return strawberry.ID(to_global(self.prefix, self.key))


@dataclass(frozen=True)
class _Loading:
    batch: BatchFunction[UUID, Any]
    to_node: Callable[[Any], Node]


_LOADING: dict[str, _Loading] = {}


def loads_nodes(
    node: type[Node], batch: BatchFunction[UUID, Any], to_node: Callable[[Any], Node]
) -> None:
    """Say how `node` finds the objects of a type: visible rows by key, and row to object."""
    _LOADING[node.prefix] = _Loading(batch, to_node)


async def load_node(context: Context, global_id: str) -> Node | None:
    """The object of a global id if the viewer can see it; `InvalidId` for no type's id."""
    prefix, key = split_global(global_id)
    loading = _LOADING.get(prefix)
    if loading is None:
        raise InvalidId(global_id)
    row = await context.load(loading.batch, key)
    return None if row is None else loading.to_node(row)
