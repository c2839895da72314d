"""Somebody who signs in at a provider, step by step."""

from typing import Any

from sqlalchemy import func
from sqlmodel import select

from app.accounts.models import AuthSession, OAuthAccount, User
from app.core.resources import Resources
from app.core.settings import Settings
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Provider, visit
from tests.client import Api, Payload, SignedIn

_FIELDS = "user { username } tokens { accessToken refreshToken csrfToken expiresIn }"


def with_providers(settings: Settings, url: str) -> Settings:
    """The settings of a server at which one may sign in by the provider at `url`."""
    client: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    endpoints = {
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "api": url,
        # The provider of the tests speaks OpenID Connect to everybody.
        "scopes": ["email"],
    }
    providers = [
        {"name": "campus", "issuer": url, "trusts_email": True, **client},
        {"name": "club", "issuer": url, **client},
        {"name": "github", **endpoints, **client},
        {"name": "discord", **endpoints, **client},
    ]
    given = settings.model_dump() | {
        "oauth_providers": providers,
        "oauth_redirect_uris": [REDIRECT_URI],
    }
    return Settings(**given)


async def numbers(resources: Resources) -> dict[type, int]:
    """How many users, links and sessions there are."""
    async with resources.database.read() as session:
        return {
            table: await session.value(select(func.count()).select_from(table))
            for table in (User, OAuthAccount, AuthSession)
        }


class Signing:
    """A client of the server, and the provider that it is sent to."""

    def __init__(self, api: Api, resources: Resources, provider: Provider) -> None:
        self.api = api
        self.resources = resources
        self.provider = provider

    async def begin(self, provider: str = "campus", **more: Any) -> Payload:
        """The first step."""
        as_, headers = more.pop("as_", None), more.pop("headers", None)
        given = {"provider": provider, "redirectUri": REDIRECT_URI, **more}
        return await self.api.mutate(
            "oauthBegin", given, "authorizationUrl flow", as_=as_, headers=headers
        )

    async def went(self, provider: str = "campus", **more: Any) -> tuple[str, dict[str, str]]:
        """To the provider and back: the flow, and what the provider sent along."""
        begun = (await self.begin(provider, **more)).ok()
        return begun["flow"], await visit(begun["authorizationUrl"])

    async def complete(
        self,
        flow: str,
        back: dict[str, str],
        *,
        as_: SignedIn | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Payload:
        """The last step."""
        given = {"flow": flow, "state": back["state"], "code": back["code"], **more}
        return await self.api.mutate("oauthComplete", given, _FIELDS, as_=as_, headers=headers)

    async def sign_in(
        self,
        provider: str = "campus",
        *,
        as_: SignedIn | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Payload:
        """All steps."""
        way = await self.went(provider, as_=as_, headers=headers)
        return await self.complete(*way, as_=as_, headers=headers, **more)
