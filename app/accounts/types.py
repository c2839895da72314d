"""What the schema shows of accounts."""

from datetime import datetime
from typing import Self

import strawberry
from sqlalchemy import ColumnElement, and_, func
from sqlmodel import col

from app.accounts import models, policy
from app.accounts.models import ConsentPurpose
from app.accounts.service import Tokens
from app.core.graph.enums import describe
from app.core.graph.node import Node
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


@reads(
    models.User,
    visible=policy.visible,
    description="A person with an account, as everybody may see them.",
)
class User(Node):
    """Public profile."""

    prefix = "usr"

    username: str = column("The unique name.")
    first_name: str = column("The given name.")
    last_name: str | None = column("The family name.")
    created_at: datetime = column("When the account was made.")


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


@strawberry.type(description="What a device needs to stay signed in.")
class AuthTokens:
    """Access and refresh token."""

    access_token: str = strawberry.field(description="A JWT for `Authorization: Bearer`.")
    refresh_token: str | None = strawberry.field(
        description="Good for one `tokenRefresh`; null where a cookie keeps it."
    )
    csrf_token: str | None = strawberry.field(
        description="With a cookie: what `tokenRefresh` wants as the header `X-CSRF-Token`."
    )
    expires_in: int = strawberry.field(description="Life of the access token, in seconds.")

    @classmethod
    def of(cls, tokens: Tokens, csrf_token: str | None) -> Self:
        """From what the service issued; with a CSRF token, a cookie keeps the refresh token."""
        return cls(
            access_token=tokens.access_token,
            refresh_token=None if csrf_token else tokens.refresh_token,
            csrf_token=csrf_token,
            expires_in=tokens.expires_in,
        )
