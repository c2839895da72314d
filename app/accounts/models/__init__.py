"""The tables of accounts."""

from app.accounts.models.api_tokens import ApiToken, ApiTokenKind
from app.accounts.models.blocks import UserBlock
from app.accounts.models.challenges import (
    Challenge,
    ChallengeKind,
    ChallengePurpose,
    CodeChannel,
    RecoveryCode,
    TwoFactor,
)
from app.accounts.models.consents import Consent, ConsentPurpose
from app.accounts.models.oauth import OAuthAccount, OAuthFlow
from app.accounts.models.profiles import Audience, EducationLevel, LearningStyle
from app.accounts.models.roles import Permission, Role, RolePermission, UserRole
from app.accounts.models.sessions import AuthSession, LoginFailures, RefreshToken
from app.accounts.models.tags import TagSource, UserSubject, UserTag
from app.accounts.models.users import AccountStatus, User

__all__ = [
    "AccountStatus",
    "ApiToken",
    "ApiTokenKind",
    "Audience",
    "AuthSession",
    "Challenge",
    "ChallengeKind",
    "ChallengePurpose",
    "CodeChannel",
    "Consent",
    "ConsentPurpose",
    "EducationLevel",
    "LearningStyle",
    "LoginFailures",
    "OAuthAccount",
    "OAuthFlow",
    "Permission",
    "RecoveryCode",
    "RefreshToken",
    "Role",
    "RolePermission",
    "TagSource",
    "TwoFactor",
    "User",
    "UserBlock",
    "UserRole",
    "UserSubject",
    "UserTag",
]
