"""Root queries of integrations."""

from typing import Annotated

import strawberry

from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.node import Node
from app.core.graph.read.declare import by_id
from app.core.graph.read.pages import MAX_PAGE


def _node(*, id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")]) -> None:
    """Any one object."""


def _nodes(
    *,
    ids: Annotated[
        list[strawberry.ID],
        strawberry.argument(description=f"At most {MAX_PAGE} global ids."),
    ],
) -> None:
    """Any objects."""


def _bounded(ids: list[str]) -> None:
    if len(ids) > MAX_PAGE:
        raise BadRequest(f"At most {MAX_PAGE} ids at a time.")


@strawberry.type
class IntegrationsQuery:
    """Any object by its id."""

    node: Node | None = by_id(
        _node,
        SIGNED_IN,
        "The object with this global id; null if there is none or the viewer can't see it.",
    )
    nodes: list[Node | None] = by_id(
        _nodes,
        SIGNED_IN,
        "The objects with these global ids, in their order, null where `node` would be null.",
        many=True,
        check=_bounded,
    )
