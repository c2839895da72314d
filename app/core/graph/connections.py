"""Relay connections over keyset pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from app.core.graph.context import Info
from app.core.pagination import Page

NodeT = TypeVar("NodeT")

First = Annotated[
    int | None, strawberry.argument(description="How many from the start: 1 to 100, 20 by default.")
]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end: 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]


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
    page: strawberry.Private[Page[Any]]

    @strawberry.field(description="How many items the whole list has; counted only when asked.")
    async def total_count(self, info: Info) -> int:
        """Counts in a read session of its own."""
        async with info.context.read() as session:
            return await self.page.count(session)


def connection(page: Page[Any], to_node: Callable[[Any], NodeT]) -> Connection[NodeT]:
    """A page as the schema shows it."""
    nodes: Sequence[NodeT] = [to_node(item) for item in page.items]
    edges = [
        Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, page.cursors, strict=True)
    ]
    return Connection(
        edges=edges,
        nodes=list(nodes),
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
        page=page,
    )
