"""Root queries of privacy."""

import strawberry

from app.accounts import store
from app.accounts.types import Consent
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import query
from app.core.limits import API


@strawberry.type
class PrivacyQuery:
    """What I agreed to."""

    @query(SIGNED_IN, API)
    async def consents(self, info: Info) -> list[Consent]:
        """The viewer's answers that count, one for each purpose that they answered."""
        async with info.context.read() as session:
            rows = await store.consents(session, info.context.me.user_id)
        return [Consent.of(row) for row in rows]
