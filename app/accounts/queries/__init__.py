"""Root queries of accounts."""

import strawberry

from app.accounts.queries.roles import RolesQuery
from app.accounts.queries.users import UsersQuery
from app.accounts.queries.viewer import ViewerQuery


@strawberry.type
class AccountsQuery(ViewerQuery, UsersQuery, RolesQuery):
    """Who you are, and what you may do."""
