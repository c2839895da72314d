"""Root mutations of accounts."""

import strawberry

from app.accounts.mutations.api_tokens import ApiTokensMutation
from app.accounts.mutations.blocks import BlocksMutation
from app.accounts.mutations.codes import CodesMutation
from app.accounts.mutations.oauth import OauthMutation
from app.accounts.mutations.passwords import PasswordsMutation
from app.accounts.mutations.profiles import ProfilesMutation
from app.accounts.mutations.roles import RolesMutation
from app.accounts.mutations.sessions import SessionsMutation
from app.accounts.mutations.signing_in import SigningInMutation
from app.accounts.mutations.two_factor import TwoFactorMutation
from app.accounts.mutations.verification import VerificationMutation


@strawberry.type
class AccountsMutation(
    SigningInMutation,
    CodesMutation,
    VerificationMutation,
    PasswordsMutation,
    TwoFactorMutation,
    SessionsMutation,
    ProfilesMutation,
    BlocksMutation,
    OauthMutation,
    ApiTokensMutation,
    RolesMutation,
):
    """Who you are, and what you may do."""
