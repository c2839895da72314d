"""Relay's `Node`: any object by its global id, under the same access rules."""

from typing import ClassVar

import strawberry

from app.core.graph.read.declare import own_id


@strawberry.interface(description="An object with a global id.")
class Node:
    """Base of every type that `node` finds."""

    prefix: ClassVar[str]

    id: strawberry.ID = own_id("The object's global id.")
