"""What the schema shows of accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from app.accounts import models, store
from app.accounts.models import AccountStatus, ConsentPurpose
from app.accounts.service import Tokens
from app.core.db import ReadSession
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node, loads_nodes
from app.core.viewer import Viewer as CoreViewer

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


@strawberry.type(description="A person with an account, as everybody may see them.")
class User(Node):
    """Public profile."""

    prefix = "usr"

    username: str = strawberry.field(description="The unique name.")
    first_name: str = strawberry.field(description="The given name.")
    last_name: str | None = strawberry.field(description="The family name.")
    created_at: datetime = strawberry.field(description="When the account was made.")

    @classmethod
    def of(cls, row: models.User) -> Self:
        """From its row."""
        return cls(
            key=row.id,
            username=row.username,
            first_name=row.first_name,
            last_name=row.last_name,
            created_at=row.created_at,
        )


async def users_by_id(
    session: ReadSession, _: CoreViewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.User]:
    """Batch function: active users by key."""
    found = await store.users_by_id(session, keys)
    return {key: user for key, user in found.items() if user.status is AccountStatus.ACTIVE}


loads_nodes(User, users_by_id, User.of)


async def load_user(info: Info, key: UUID | None) -> User | None:
    """The edge to a user, null where the user is gone."""
    if key is None:
        return None
    row = await info.context.load(users_by_id, key)
    return None if row is None else User.of(row)


@strawberry.type(description="A signed-in device.")
class AuthSession:
    """One of the viewer's sessions."""

    id: strawberry.ID = strawberry.field(description="The session's id.")
    device_type: str = strawberry.field(description="Desktop, mobile or tablet, as it said.")
    device_os: str = strawberry.field(description="Its operating system, as it said.")
    device_browser: str = strawberry.field(description="Its browser, as it said.")
    address: str = strawberry.field(description="The network address that it signed in from.")
    created_at: datetime = strawberry.field(description="When it signed in.")
    last_used_at: datetime = strawberry.field(description="When it last refreshed its tokens.")
    current: bool = strawberry.field(description="Whether this request comes from it.")


@strawberry.type(description="A user's answer to one purpose.")
class Consent:
    """The newest version counts."""

    purpose: ConsentPurpose = strawberry.field(description="What it is about.")
    granted: bool = strawberry.field(description="Whether the user agrees.")
    version: int = strawberry.field(description="Counts the user's answers to this purpose.")
    decided_at: datetime = strawberry.field(description="When the user answered.")

    @classmethod
    def of(cls, row: models.Consent) -> Self:
        """From its row."""
        return cls(
            purpose=row.purpose,
            granted=row.granted,
            version=row.version,
            decided_at=row.created_at,
        )


@strawberry.type(description="The signed-in user, with what only they may see.")
class Viewer:
    """What the viewer sees of themselves."""

    user: User = strawberry.field(description="The public profile.")
    email: str = strawberry.field(description="The e-mail address.")
    email_verified: bool = strawberry.field(description="Whether the address was confirmed.")
    education_level: str | None = strawberry.field(description="The level of education.")
    institution: str | None = strawberry.field(description="The school or university.")
    time_zone: str = strawberry.field(description="The time zone in which times are shown.")
    language: str = strawberry.field(description="The preferred language, as a BCP 47 tag.")
    roles: list[str] = strawberry.field(description="The names of the roles.")
    permissions: list[str] = strawberry.field(description="What the roles permit.")

    @strawberry.field(description="The signed-in devices, last used first.")
    async def auth_sessions(self, info: Info) -> list[AuthSession]:
        """Live sessions."""
        me = info.context.me
        async with info.context.read() as session:
            rows = await store.auth_sessions(session, me.user_id)
        return [
            AuthSession(
                id=strawberry.ID(f"ses_{row.id}"),
                device_type=row.device_type,
                device_os=row.device_os,
                device_browser=row.device_browser,
                address=row.address,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                current=row.id == me.auth_session_id,
            )
            for row in rows
        ]

    @strawberry.field(description="What the viewer has agreed to, or no longer does.")
    async def consents(self, info: Info) -> list[Consent]:
        """The answers that count."""
        async with info.context.read() as session:
            return [
                Consent.of(row) for row in await store.consents(session, info.context.me.user_id)
            ]

    @classmethod
    def of(cls, row: models.User, viewer: CoreViewer) -> Self:
        """From the user's row and what the request knows."""
        return cls(
            user=User.of(row),
            email=row.email,
            email_verified=row.email_verified,
            education_level=row.education_level,
            institution=row.institution,
            time_zone=row.time_zone,
            language=row.language,
            roles=sorted(viewer.roles),
            permissions=sorted(viewer.permissions),
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
