"""Signing in elsewhere: where a person is sent, and who they turn out to be.

Authorization code flow with PKCE (S256). By OpenID Connect the answer is an ID token for a nonce
of ours; GitHub and Discord are asked by their APIs. No token of a provider's is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import BaseModel

from app.core.crypto import new_token
from app.core.identity import web
from app.core.identity.openid import Issuer
from app.core.identity.settings import ProviderSettings
from app.core.identity.web import OAuthClient, ProviderRefused, ProviderUnavailable
from app.core.startup import StartupError

_LONGEST_SUBJECT: Final = 255
_LONGEST_NAME: Final = 128
_LONGEST_ADDRESS: Final = 254
_BASIC, _POST = "client_secret_basic", "client_secret_post"


class Secrets(BaseModel):
    """What ties a person's way to a provider and back to the one who began it."""

    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Secrets":
        """256 bits each."""
        return cls(nonce=new_token(), verifier=new_token())


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider.

    `subject` is theirs for ever. Everything else is what the provider says just now, and
    `email_verified` whether it says that the address is theirs.
    """

    subject: str
    email: str | None
    email_verified: bool
    username: str = ""
    first_name: str = ""
    last_name: str | None = None


class Provider:
    """One provider."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.name = settings.name
        self.trusts_email = settings.trusts_email
        self._settings = settings
        self._issuer = Issuer(settings) if settings.kind == "oidc" else None

    async def authorization_url(self, redirect_uri: str, state: str, secrets: Secrets) -> str:
        """Where a person signs in and comes back from. `ProviderUnavailable`."""
        async with web.client(self.name, **self._options(redirect_uri)) as asked:
            if self._issuer is None:
                url, more = self._settings.authorization_endpoint, {}
            else:
                url = (await self._issuer.metadata(asked)).authorization_endpoint
                more = {"nonce": secrets.nonce}
            made, _ = asked.create_authorization_url(
                url,
                state=state,
                code_challenge=create_s256_code_challenge(secrets.verifier),
                code_challenge_method="S256",
                **more,
            )
            return str(made)

    async def identity(self, redirect_uri: str, code: str, secrets: Secrets) -> Identity:
        """Who came back with a code. `ProviderUnavailable` or `ProviderRefused`."""
        async with web.client(self.name, **self._options(redirect_uri)) as asked:
            url = self._settings.token_endpoint
            if self._issuer is not None:
                metadata = await self._issuer.metadata(asked)
                url = metadata.token_endpoint
                if metadata.posts_secret and asked.client_secret:
                    asked.token_endpoint_auth_method = _POST
            token = await _token(asked, url, code, secrets.verifier)
            if self._issuer is not None:
                return await self._by_openid(asked, self._issuer, token, secrets.nonce)
            if self._settings.kind == "github":
                return await self._by_github(asked)
            return await self._by_discord(asked)

    def _options(self, redirect_uri: str) -> dict[str, Any]:
        settings = self._settings
        secret = settings.client_secret.get_secret_value()
        how = _BASIC if self._issuer is not None else _POST
        return {
            "client_id": settings.client_id,
            "client_secret": secret,
            "token_endpoint_auth_method": how if secret else "none",
            "scope": " ".join(settings.scopes),
            "redirect_uri": redirect_uri,
        }

    async def _by_openid(
        self, asked: OAuthClient, issuer: Issuer, token: dict[str, Any], nonce: str
    ) -> Identity:
        claims = await issuer.claims(asked, token, nonce)
        subject = _subject(claims.get("sub"))
        userinfo = (await issuer.metadata(asked)).userinfo_endpoint
        if "email" not in claims and userinfo is not None:
            more = await web.get_object(asked, userinfo, with_token=True)
            if more.get("sub") != subject:
                raise ProviderRefused("the profile of somebody else")
            claims = more | claims
        return Identity(
            subject=subject,
            email=_address(claims.get("email")),
            email_verified=claims.get("email_verified") is True,
            username=_text(claims.get("preferred_username") or claims.get("nickname")),
            first_name=_text(claims.get("given_name") or claims.get("name")),
            last_name=_text(claims.get("family_name")) or None,
        )

    async def _by_github(self, asked: OAuthClient) -> Identity:
        api = self._settings.api
        user = await web.get_object(asked, f"{api}/user", with_token=True)
        emails = await web.get(asked, f"{api}/user/emails", with_token=True)
        if not isinstance(emails, list) or not all(isinstance(each, dict) for each in emails):
            raise ProviderUnavailable("something else than addresses")
        primary: dict[str, Any] = next((each for each in emails if each.get("primary") is True), {})
        return Identity(
            subject=_subject(user.get("id")),
            email=_address(primary.get("email")),
            email_verified=primary.get("verified") is True,
            username=_text(user.get("login")),
            first_name=_text(user.get("name")),
        )

    async def _by_discord(self, asked: OAuthClient) -> Identity:
        user = await web.get_object(asked, f"{self._settings.api}/users/@me", with_token=True)
        return Identity(
            subject=_subject(user.get("id")),
            email=_address(user.get("email")),
            email_verified=user.get("verified") is True,
            username=_text(user.get("username")),
            first_name=_text(user.get("global_name")),
        )


class Providers:
    """Those of the settings, by name. One for each process."""

    def __init__(self, configured: Sequence[ProviderSettings]) -> None:
        self._by_name = {each.name: Provider(each) for each in configured}
        if len(self._by_name) < len(configured):
            raise StartupError("LYCEUM_OAUTH_PROVIDERS names a provider twice.")

    @property
    def names(self) -> list[str]:
        """What they are called."""
        return sorted(self._by_name)

    def get(self, name: str) -> Provider | None:
        """One of them."""
        return self._by_name.get(name)


async def _token(asked: OAuthClient, url: str | None, code: str, verifier: str) -> dict[str, Any]:
    """What a code is exchanged for."""
    try:
        token: dict[str, Any] = await asked.fetch_token(
            url, grant_type="authorization_code", code=code, code_verifier=verifier
        )
    except (TypeError, AttributeError, KeyError):
        # The library takes each value for what it should be.
        raise ProviderUnavailable("a token response that makes no sense") from None
    kinds = [token.get(name) for name in ("access_token", "token_type")]
    if not all(isinstance(each, str) for each in kinds):
        raise ProviderUnavailable("a token response without a token")
    return token


def _subject(given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ProviderRefused("no subject")
    subject = str(given)
    if not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise ProviderRefused("no subject")
    return subject


def _address(given: Any) -> str | None:
    return given if isinstance(given, str) and 0 < len(given) <= _LONGEST_ADDRESS else None


def _text(given: Any) -> str:
    """A text that can be stored; empty for anything else."""
    if not isinstance(given, str):
        return ""
    return "".join(c for c in given if c.isprintable()).strip()[:_LONGEST_NAME]
