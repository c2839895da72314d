"""API tokens: what somebody's programs may do in their name."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, field_validator

from app.accounts.errors import ScopeNotHeld, TooManyApiTokens
from app.accounts.events import ApiTokenCreated
from app.accounts.models import ApiToken, ApiTokenKind, AuthSession
from app.accounts.service import sessions
from app.accounts.store import api_tokens as tokens_store
from app.accounts.store import sessions as sessions_store
from app.core.access import READ_SCOPE, WRITE_SCOPE
from app.core.authentication import API_TOKEN
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.db import Database
from app.core.errors import NotFound
from app.core.tokens import Claims
from app.core.uow import UnitOfWork, begin
from app.core.viewer import Viewer

_LONGEST = timedelta(days=366)
# As many as the list of them shows.
MOST = 50
_SUBJECT = "api_token"


class ApiTokenData(BaseModel):
    """What a token is for, and what it may do until when."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    kind: ApiTokenKind
    scopes: list[str] = Field(min_length=1, max_length=200)
    expires_at: AwareDatetime

    @field_validator("expires_at")
    @classmethod
    def _within_a_year(cls, value: datetime) -> datetime:
        if not now() < value <= now() + _LONGEST:
            raise ValueError("A token expires within a year from now.")
        return value


async def create(uow: UnitOfWork, viewer: Viewer, data: ApiTokenData) -> tuple[ApiToken, str]:
    """A token of the viewer's, and its secret, which is seen only here.

    `ScopeNotHeld` if it would be given more than the viewer has.
    """
    scopes = frozenset(data.scopes)
    missing = scopes - viewer.permissions - {READ_SCOPE, WRITE_SCOPE}
    if missing:
        raise ScopeNotHeld(missing)
    created = now()
    auth_session = AuthSession(
        created_at=created,
        user_id=viewer.user_id,
        scopes=sorted(scopes),
        last_used_at=created,
        expires_at=data.expires_at,
    )
    uow.session.add(auth_session)
    # It holds the user's row from here on, so that they are counted one after the other.
    await uow.session.flush()
    if await tokens_store.count(uow.session, viewer.user_id) > MOST:
        raise TooManyApiTokens
    secret = API_TOKEN + new_token()
    token = ApiToken(
        id=auth_session.id,
        created_at=created,
        name=data.name,
        kind=data.kind,
        token_hash=token_hash(secret),
    )
    uow.session.add(token)
    uow.audit(
        "api_token.create",
        viewer.user_id,
        (_SUBJECT, token.id),
        after={
            "name": token.name,
            "kind": token.kind,
            "scopes": sorted(scopes),
            "expires_at": data.expires_at.isoformat(),
        },
    )
    uow.publish(ApiTokenCreated(user_id=viewer.user_id, api_token_id=token.id))
    return token, secret


async def revoke(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """End a token of the viewer's: it is refused from the commit on, its sockets close."""
    found = await sessions_store.lock_auth_session(uow.session, key)
    if (
        found is None
        or found.user_id != viewer.user_id
        or found.scopes is None
        or found.ended_at is not None
    ):
        raise NotFound(field=("input", "id"))
    sessions.end(uow, found)
    uow.audit("api_token.revoke", viewer.user_id, (_SUBJECT, key))


async def find(database: Database, token: str) -> Claims | None:
    """Whose a token is, or None if there is none such; that it is used now is noted."""
    async with database.read() as session:
        found = await tokens_store.by_hash(session, token_hash(token))
    if found is None:
        return None
    key, user_id, unnoted = found
    if unnoted:
        async with begin(database) as uow:
            await tokens_store.note_use(uow.session, key)
    return Claims(user_id, key)
