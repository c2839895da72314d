"""The signed-in user."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from app.accounts import models, policy
from app.accounts.models import ConsentPurpose
from app.accounts.service.api_tokens import MOST
from app.accounts.types.api_tokens import ApiToken, own_api_tokens
from app.accounts.types.blocks import UserBlock
from app.accounts.types.devices import Device, devices
from app.accounts.types.oauth import OauthAccount, own_oauth_accounts
from app.accounts.types.preferences import Preferences
from app.accounts.types.profiles import MOST_TAGS, Profile, studied
from app.accounts.types.tags import UserTag
from app.accounts.types.users import User
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, column, computed, edge, id_of, items, pages, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

if TYPE_CHECKING:
    from app.buddies.types.preferences import StudyPreferences
    from app.notifications.types import NotificationInbox
    from app.payments.types.subscriptions import PremiumSubscription
    from app.reference.types.taxonomy import Subject

describe(
    ConsentPurpose,
    "What a user can agree to.",
    {
        ConsentPurpose.AI_PROCESSING: "Models of this installation process what the user says.",
        ConsentPurpose.RECORDING: "Calls are recorded.",
        ConsentPurpose.ATTENTION: "The client measures attention.",
        ConsentPurpose.MARKETING_EMAIL: "News by e-mail.",
        ConsentPurpose.MARKETING_SMS: "News by text message.",
        ConsentPurpose.MARKETING_WHATSAPP: "News by WhatsApp.",
    },
)


def _current(viewer: Asker, session: type[models.AuthSession]) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = col(session.id) == viewer.auth_session_id
    return mine


@reads(models.AuthSession, description="A signed-in device.")
class AuthSession:
    """One of the viewer's sessions."""

    id: strawberry.ID = id_of("id", "ses", "The session's id.")
    device_type: str = column("Desktop, mobile or tablet, as it said.")
    device_os: str = column("Its operating system, as it said.")
    device_browser: str = column("Its browser, as it said.")
    address: str = column("The network address that it signed in from.")
    created_at: datetime = column("When it signed in.")
    last_used_at: datetime = column("When it last refreshed its tokens.")
    current: bool = computed(_current, "Whether this request comes from it.")


@reads(models.Consent, description="A user's answer to one purpose.")
class Consent:
    """The newest version counts."""

    purpose: ConsentPurpose = column("What it is about.")
    granted: bool = column("Whether the user agrees.")
    version: int = column("Counts the user's answers to this purpose.")
    decided_at: datetime = column("When the user answered.", "created_at")


def _auth_sessions(_: Asker, session: type[models.AuthSession], user: type[models.User]) -> Rows:
    live = and_(
        col(session.user_id) == user.id, ~policy.is_api(session), policy.live_session(session)
    )
    return Rows(live, Order("authSessions", ("last_used_at", "id"), descending=True))


def _roles(_: Asker, user: type[models.User]) -> ColumnElement[list[str]]:
    return policy.role_names(user)


def _permissions(viewer: Asker, user: type[models.User]) -> ColumnElement[list[str]]:
    return policy.permission_keys(viewer, user)


def _two_factor(_: Asker, user: type[models.User]) -> ColumnElement[bool]:
    return policy.has_two_factor(user)


def newest_consents(
    viewer: Asker, consent: type[models.Consent], _: type[models.User] | None = None
) -> Rows:
    """The viewer's answers that count."""
    return Rows(policy.counts(viewer, consent), Order("consents", ("purpose",)))


def _tags(_: Asker, tag: type[models.UserTag], user: type[models.User]) -> Rows:
    return Rows(col(tag.user_id) == user.id, Order("viewerTags"), visible=true())


def _blocks(_: Asker, block: type[models.UserBlock], user: type[models.User]) -> Rows:
    order = Order("blocks", ("created_at", "id"), descending=True)
    return Rows(col(block.blocker_id) == user.id, order, visible=true())


@reads(models.User, description="Where the viewer lives. Nobody else sees it.")
class Address:
    """Part of the viewer."""

    address: str | None = column("Street and house.")
    city: str | None = column("The city.")
    state: str | None = column("The state or province.")
    postal_code: str | None = column("The postal code.")


@reads(models.User, description="The signed-in user, with what only they may see.")
class Viewer:
    """What the viewer sees of themselves."""

    user: User = edge("id", "Name and picture, as others see them.")
    profile: Profile = edge(
        "id", "The profile, with all that others may not see of it.", visible=true()
    )
    address: Address = edge("id", "Where the viewer lives.")
    preferences: Preferences = edge("id", "How the viewer likes to study, and is seen.")
    onboarding_completed_at: datetime | None = column(
        "When the viewer had been shown around; null before."
    )
    email: str = column("The e-mail address.")
    email_verified: bool = column("Whether the address was confirmed.")
    phone: str | None = column("The telephone number, as +41791234567.")
    phone_verified: bool = column("Whether the number was confirmed.")
    two_factor: bool = computed(_two_factor, "Whether a second factor is asked for at sign-in.")
    roles: list[str] = computed(_roles, "The names of the roles.")
    permissions: list[str] = computed(
        _permissions, "What the roles permit; to an API token, as far as its scopes go."
    )
    inbox: Annotated["NotificationInbox", strawberry.lazy("app.notifications.types")] = edge(
        "id", "The notifications as a whole: how many are unread, and which come how."
    )
    study_preferences: Annotated[
        "StudyPreferences", strawberry.lazy("app.buddies.types.preferences")
    ] = edge("id", "How the viewer likes to study with others.")
    subscription: (
        Annotated["PremiumSubscription", strawberry.lazy("app.payments.types.subscriptions")] | None
    ) = edge("id", "The subscription to a plan; null if there never was one.")
    auth_sessions: list[AuthSession] = items(
        _auth_sessions, "The signed-in devices, last used first.", most=100
    )
    devices: list[Device] = items(
        devices, "What the viewer has signed in with, the last one first.", most=100
    )
    tags: list[UserTag] = items(
        _tags, "Skills and interests, suggested ones as well, as they came.", most=MOST_TAGS
    )
    subjects: list[Annotated["Subject", strawberry.lazy("app.reference.types.taxonomy")]] = items(
        studied, "What the viewer studies, by name.", most=MOST_TAGS
    )
    blocked_users: Connection[UserBlock] = pages(
        _blocks, "Whom the viewer has blocked, the last one first."
    )
    consents: list[Consent] = items(
        newest_consents, "What the viewer has agreed to, or no longer does.", most=20
    )
    api_tokens: list[ApiToken] = items(
        own_api_tokens, "The API tokens that can be used, newest first.", most=MOST
    )
    oauth_accounts: list[OauthAccount] = items(
        own_oauth_accounts, "The accounts elsewhere that sign in here, by provider.", most=100
    )
