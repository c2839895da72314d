"""Root queries of accounts."""

import strawberry

from app.accounts.types import Viewer, users_by_id
from app.core.access import ANYONE
from app.core.graph.context import Info
from app.core.graph.fields import query
from app.core.limits import API


@strawberry.type
class AccountsQuery:
    """Who am I."""

    @query(ANYONE, API)
    async def viewer(self, info: Info) -> Viewer | None:
        """The signed-in user; null for nobody."""
        viewer = info.context.viewer
        if viewer is None:
            return None
        row = await info.context.load(users_by_id, viewer.user_id)
        return None if row is None else Viewer.of(row, viewer)
