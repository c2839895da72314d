"""Links between accounts here and elsewhere."""

import re
from secrets import token_hex
from typing import Final
from unicodedata import normalize
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from app.accounts.errors import (
    LastSignInMethod,
    OAuthAlreadyLinked,
    OAuthEmailMissing,
    OAuthTaken,
)
from app.accounts.events import OAuthLinked
from app.accounts.models import OAuthAccount, User
from app.accounts.service.registration import AccountData, create_user
from app.accounts.store import oauth as oauth_store
from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.errors import NotFound
from app.core.identity.providers import Identity
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_SHORTEST, _LONGEST = 3, 30
_NAMELESS: Final = "learner"


async def link(uow: UnitOfWork, user: User, provider: str, identity: Identity) -> OAuthAccount:
    """Let an account elsewhere sign in here; one that does already is left as it is."""
    known = await oauth_store.account(uow.session, provider, identity.subject)
    if known is not None:
        if known.user_id != user.id:
            raise OAuthTaken
        return known
    if any(each.provider == provider for each in await oauth_store.accounts(uow.session, user.id)):
        raise OAuthAlreadyLinked
    made = OAuthAccount(
        user_id=user.id, provider=provider, subject=identity.subject, email=identity.email
    )
    uow.session.add(made)
    uow.audit("oauth.link", user.id, (USER, user.id), after={"provider": provider})
    uow.publish(OAuthLinked(user_id=user.id, provider=provider))
    return made


async def unlink(uow: UnitOfWork, resources: Resources, viewer: Viewer, key: UUID) -> None:
    """End a link of the viewer's, unless nothing else would be left to sign in by."""
    user = await users_store.lock_user(uow.session, viewer.user_id)
    linked = await oauth_store.accounts(uow.session, user.id)
    wanted = next((each for each in linked if each.id == key), None)
    if wanted is None:
        raise NotFound(field=("input", "id"))
    # A provider that the settings no longer name lets nobody in.
    left = [each for each in linked if each.id != key and resources.providers.get(each.provider)]
    if user.password_hash is None and not left:
        raise LastSignInMethod
    await uow.session.delete(wanted)
    uow.audit("oauth.unlink", user.id, (USER, user.id), before={"provider": wanted.provider})


def address(identity: Identity) -> str:
    """The address that a provider tells, as it is written here; `OAuthEmailMissing`."""
    try:
        return validate_email(identity.email or "", check_deliverability=False).normalized
    except EmailNotValidError:
        raise OAuthEmailMissing from None


async def new_user(uow: UnitOfWork, identity: Identity, email: str, *, verified: bool) -> User:
    """An account without a password, under a name that is like the one elsewhere."""
    wanted = _username(identity.username or identity.first_name)
    taken, _ = await users_store.taken(uow.session, wanted, email)
    username = f"{wanted}-{token_hex(4)}" if taken else wanted
    data = AccountData(
        username=username,
        email=email,
        first_name=identity.first_name or identity.username or username,
        last_name=identity.last_name,
    )
    user = await create_user(uow, data, None, "student")
    user.email_verified = verified
    return user


def _username(wanted: str) -> str:
    plain = normalize("NFKD", wanted).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-._")[:_LONGEST]
    return made if len(made) >= _SHORTEST else _NAMELESS
