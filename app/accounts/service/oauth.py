"""Signing in by an account elsewhere, and linking one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError

from app.accounts.errors import (
    AccountInactive,
    EmailTaken,
    OAuthFlowInvalid,
    OAuthLinkRequired,
    OAuthProviderUnavailable,
    OAuthRefused,
    UsernameTaken,
)
from app.accounts.models import OAuthFlow, User
from app.accounts.service import challenges, linking, sessions, signing_in, verification
from app.accounts.store import oauth as oauth_store
from app.accounts.store import sessions as sessions_store
from app.accounts.store import users as users_store
from app.core.client import Client
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.errors import InvalidInput
from app.core.identity.providers import Identity, Provider, Secrets
from app.core.identity.web import ProviderRefused, ProviderUnavailable
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_LIFETIME: Final = timedelta(minutes=10)
_PURPOSE: Final = "oauth_flow.secrets"
# Somebody else may take a name, or link the same account, at the same moment.
_ATTEMPTS: Final = 3


class BeginData(BaseModel):
    """Where to sign in, and where to come back to."""

    provider: str
    redirect_uri: str


class CompleteData(BaseModel):
    """What `begin` gave, and what the provider sent back with the person."""

    flow: str = Field(max_length=200)
    state: str = Field(max_length=200)
    code: str = Field(min_length=1, max_length=4096)
    remember_me: bool = False
    device: sessions.DeviceData = sessions.DeviceData()


@dataclass(frozen=True)
class Begun:
    """Where to send the person; `flow` stays with the client, and only with it."""

    authorization_url: str
    flow: str


async def begin(resources: Resources, viewer: Viewer | None, data: BeginData) -> Begun:
    """Begin to sign in, or to link an account if somebody is signed in. Good for 10 minutes."""
    provider = resources.providers.get(data.provider)
    if provider is None:
        names = ", ".join(resources.providers.names) or "none"
        raise InvalidInput(f"The providers here are: {names}.", field=("input", "provider"))
    if data.redirect_uri not in resources.settings.oauth_redirect_uris:
        raise InvalidInput(
            "This isn't one of the addresses to which a sign-in may come back.",
            field=("input", "redirectUri"),
        )
    flow, state, secrets = new_token(), new_token(), Secrets.new()
    try:
        url = await provider.authorization_url(data.redirect_uri, state, secrets)
    except ProviderUnavailable:
        raise OAuthProviderUnavailable from None
    sealed = await resources.envelope.seal(secrets.model_dump_json().encode(), _PURPOSE)
    async with resources.begin() as uow:
        uow.session.add(
            OAuthFlow(
                flow_hash=token_hash(flow),
                state_hash=token_hash(state),
                provider=provider.name,
                redirect_uri=data.redirect_uri,
                secrets=sealed,
                auth_session_id=viewer.auth_session_id if viewer else None,
                expires_at=now() + _LIFETIME,
            )
        )
    return Begun(url, flow)


async def complete(
    resources: Resources, client: Client, viewer: Viewer | None, data: CompleteData
) -> User | sessions.SignIn | challenges.Posed:
    """Sign in whom the provider names, or link their account to the viewer's, who is given.

    Whoever has a second factor gets a challenge for it. A flow is good for one try, by whoever
    began it.
    """
    async with resources.begin() as uow:
        flow = await oauth_store.take_flow(
            uow.session,
            token_hash(data.flow),
            token_hash(data.state),
            viewer.auth_session_id if viewer else None,
        )
    provider = resources.providers.get(flow.provider) if flow else None
    if flow is None or provider is None:
        raise OAuthFlowInvalid
    identity = await _identity(resources, provider, flow, data.code)
    attempt = 0
    while True:
        try:
            async with resources.begin(client) as uow:
                if viewer is not None:
                    return await _link(uow, viewer, provider, identity)
                return await _sign_in(resources, uow, client, provider, identity, data)
        except (IntegrityError, UsernameTaken, EmailTaken):
            # Somebody came first with the same identity, name or address: look again.
            attempt += 1
            if attempt == _ATTEMPTS:
                raise


async def forget_unfinished(resources: Resources) -> None:
    """Delete what was begun and never came back."""
    async with resources.begin() as uow:
        await oauth_store.forget_flows(uow.session)


async def _identity(
    resources: Resources, provider: Provider, flow: OAuthFlow, code: str
) -> Identity:
    opened = await resources.envelope.open(flow.secrets, _PURPOSE)
    secrets = Secrets.model_validate_json(opened)
    try:
        return await provider.identity(flow.redirect_uri, code, secrets)
    except ProviderUnavailable:
        raise OAuthProviderUnavailable from None
    except ProviderRefused:
        raise OAuthRefused from None


async def _link(uow: UnitOfWork, viewer: Viewer, provider: Provider, identity: Identity) -> User:
    auth_session = await sessions_store.lock_auth_session(uow.session, viewer.auth_session_id)
    if auth_session is None or auth_session.ended_at is not None:
        raise OAuthFlowInvalid
    user = await users_store.user_by_id(uow.session, viewer.user_id)
    await linking.link(uow, user, provider.name, identity)
    return user


async def _sign_in(
    resources: Resources,
    uow: UnitOfWork,
    client: Client,
    provider: Provider,
    identity: Identity,
    data: CompleteData,
) -> sessions.SignIn | challenges.Posed:
    account = await oauth_store.account(uow.session, provider.name, identity.subject)
    if account is not None:
        account.last_used_at = now()
        user = await users_store.user_by_id(uow.session, account.user_id)
    else:
        user = await _user_of(resources, uow, provider, identity)
        linked = await linking.link(uow, user, provider.name, identity)
        linked.last_used_at = now()
    held = await users_store.hold_account(uow.session, user.id)
    if held is None:
        raise AccountInactive
    arriving = signing_in.Arriving(client, data.device, data.remember_me)
    return signing_in.accepted(await signing_in.proceed(resources, uow, held, arriving, None))


async def _user_of(
    resources: Resources, uow: UnitOfWork, provider: Provider, identity: Identity
) -> User:
    """Whose account it is to be linked to: that of a proven address, or a new one.

    Whoever says that an address is theirs is believed by a provider that is trusted with it.
    And here, too, it has to have been confirmed: else it could be the address that somebody gave
    who waits for its owner.
    """
    proven = provider.trusts_email and identity.email_verified
    email = linking.address(identity)
    user = await users_store.user_by_email(uow.session, email)
    if user is None:
        made = await linking.new_user(uow, identity, email, verified=proven)
        if not proven:
            await verification.send_to_email(resources, uow, made)
        return made
    # Letters that look alike may be the same to a database and another mailbox to a provider.
    if not (proven and user.email_verified and str(identity.email).isascii()):
        raise OAuthLinkRequired
    return user
