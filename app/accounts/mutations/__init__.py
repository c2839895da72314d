"""Root mutations of accounts."""

import strawberry

from app.accounts.mutations.signing_in import SigningInMutation


@strawberry.type
class AccountsMutation(SigningInMutation):
    """Who you are, and what you may do."""
