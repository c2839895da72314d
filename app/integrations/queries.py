"""Root queries of integrations."""

import asyncio
from typing import Annotated

import strawberry

from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.context import Info
from app.core.graph.fields import query
from app.core.graph.node import Node, load_node
from app.core.limits import API
from app.core.pagination import MAX_PAGE


@strawberry.type
class IntegrationsQuery:
    """Any object by its id."""

    @query(SIGNED_IN, API)
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Node | None:
        """The object with this global id; null if there is none or the viewer can't see it."""
        return await load_node(info.context, id)

    @query(SIGNED_IN, API)
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="At most 100 global ids.")
        ],
    ) -> list[Node | None]:
        """The objects with these global ids, in their order, null where `node` would be null."""
        if len(ids) > MAX_PAGE:
            raise BadRequest(f"At most {MAX_PAGE} ids at a time.")
        return list(await asyncio.gather(*[load_node(info.context, each) for each in ids]))
