"""Root queries of accounts."""

import strawberry

from app.accounts.queries.viewer import ViewerQuery


@strawberry.type
class AccountsQuery(ViewerQuery):
    """Who you are, and what you may do."""
