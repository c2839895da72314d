"""The signed-in user."""

from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, and_, func
from sqlmodel import col

from app.accounts import models, policy
from app.accounts.models import ConsentPurpose
from app.accounts.types.users import User
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, column, computed, edge, id_of, items, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

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
        col(session.user_id) == user.id,
        col(session.ended_at).is_(None),
        col(session.expires_at) > func.now(),
    )
    return Rows(live, Order("authSessions", ("last_used_at", "id"), descending=True))


def _roles(_: Asker, user: type[models.User]) -> ColumnElement[list[str]]:
    return policy.role_names(user)


def _permissions(_: Asker, user: type[models.User]) -> ColumnElement[list[str]]:
    return policy.permission_keys(user)


def newest_consents(
    viewer: Asker, consent: type[models.Consent], _: type[models.User] | None = None
) -> Rows:
    """The viewer's answers that count."""
    return Rows(policy.counts(viewer, consent), Order("consents", ("purpose",)))


@reads(models.User, description="The signed-in user, with what only they may see.")
class Viewer:
    """What the viewer sees of themselves."""

    user: User = edge("id", "The public profile.")
    email: str = column("The e-mail address.")
    email_verified: bool = column("Whether the address was confirmed.")
    education_level: str | None = column("The level of education.")
    institution: str | None = column("The school or university.")
    time_zone: str = column("The time zone in which times are shown.")
    language: str = column("The preferred language, as a BCP 47 tag.")
    roles: list[str] = computed(_roles, "The names of the roles.")
    permissions: list[str] = computed(_permissions, "What the roles permit.")
    auth_sessions: list[AuthSession] = items(
        _auth_sessions, "The signed-in devices, last used first.", most=100
    )
    consents: list[Consent] = items(
        newest_consents, "What the viewer has agreed to, or no longer does.", most=20
    )
