"""The tables of accounts."""

from app.accounts.models.consents import Consent, ConsentPurpose
from app.accounts.models.roles import Permission, Role, RolePermission, UserRole
from app.accounts.models.sessions import AuthSession, LoginFailures, RefreshToken
from app.accounts.models.users import AccountStatus, User

__all__ = [
    "AccountStatus",
    "AuthSession",
    "Consent",
    "ConsentPurpose",
    "LoginFailures",
    "Permission",
    "RefreshToken",
    "Role",
    "RolePermission",
    "User",
    "UserRole",
]
