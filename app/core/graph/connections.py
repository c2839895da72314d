"""Relay connections."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import strawberry

NodeT = TypeVar("NodeT")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something precedes.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item.")


@strawberry.type(description="An item of a list and its place in it.")
class Edge(Generic[NodeT]):
    """Relay's edge."""

    node: NodeT = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="The item's place, for `after` and `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    """Relay's connection, with the nodes themselves for clients that need no cursors."""

    edges: list[Edge[NodeT]] = strawberry.field(description="The items with their cursors.")
    nodes: list[NodeT] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many items the whole list has; counted only when asked.")
    async def total_count(self) -> int:
        """Counts in a statement of its own."""
        return await self.count()
