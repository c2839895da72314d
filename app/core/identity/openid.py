"""OpenID Connect: what a provider says of itself, its keys, and whom an ID token is about."""

import asyncio
from time import monotonic
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet, import_key
from pydantic import BaseModel

from app.core.identity import web
from app.core.identity.settings import Address, ProviderSettings
from app.core.identity.web import OAuthClient, ProviderRefused, ProviderUnavailable

# By a key of the provider's alone: none that this side knows, too.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
_KEY_TYPES: Final = ("RSA", "EC", "OKP")
_MOST_KEYS: Final = 50
_FRESH_SECONDS: Final = 3600.0
_LEEWAY_SECONDS: Final = 60


class Metadata(BaseModel):
    """Where a provider is asked what, out of its discovery document."""

    issuer: str
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    userinfo_endpoint: Address | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]

    @property
    def posts_secret(self) -> bool:
        """Whether it wants the client's secret in the body."""
        return "client_secret_basic" not in self.token_endpoint_auth_methods_supported


class Issuer:
    """One provider's documents, remembered for an hour."""

    def __init__(self, settings: ProviderSettings) -> None:
        assert settings.issuer is not None
        self.settings = settings
        self.issuer = settings.issuer
        self._metadata: tuple[Metadata, float] | None = None
        self._keys: tuple[KeySet, float] | None = None
        self._lock = asyncio.Lock()

    async def metadata(self, asked: OAuthClient) -> Metadata:
        """Where it is asked what."""
        async with self._lock:
            if self._metadata is None or self._metadata[1] < monotonic():
                url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                made = Metadata.model_validate(await web.get_object(asked, url))
                if made.issuer != self.issuer:
                    raise ProviderUnavailable("a discovery document of another issuer")
                self._metadata = made, monotonic() + _FRESH_SECONDS
            return self._metadata[0]

    async def claims(self, asked: OAuthClient, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token of a token response says, if it can be believed."""
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderRefused("no ID token")
        url = (await self.metadata(asked)).jwks_uri
        keys = await self._current_keys(asked, url)
        try:
            return self._believed(keys, id_token, token["access_token"], nonce)
        except (InvalidKeyIdError, BadSignatureError):
            # Its keys may have changed since they were read.
            keys = await self._read_keys(asked, url)
        try:
            return self._believed(keys, id_token, token["access_token"], nonce)
        except JoseError as error:
            raise ProviderRefused(f"an ID token with {type(error).__name__}") from None

    def _believed(
        self, keys: KeySet, id_token: str, access_token: str, nonce: str
    ) -> dict[str, Any]:
        """The claims of a token, signed by one of the keys and meant for this very sign-in."""
        try:
            decoded = jwt.decode(id_token, keys, ALGORITHMS)
            said = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.settings.client_id,
                    "access_token": access_token,
                },
            )
            said.validate(leeway=_LEEWAY_SECONDS)
        except (InvalidKeyIdError, BadSignatureError):
            raise
        # What a token holds is anything at all, until it is found to be right.
        except (JoseError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise ProviderRefused(f"an ID token with {type(error).__name__}") from None
        return dict(said)

    async def _current_keys(self, asked: OAuthClient, url: str) -> KeySet:
        if self._keys is None or self._keys[1] < monotonic():
            return await self._read_keys(asked, url)
        return self._keys[0]

    async def _read_keys(self, asked: OAuthClient, url: str) -> KeySet:
        listed = (await web.get_object(asked, url)).get("keys")
        if not isinstance(listed, list):
            raise ProviderUnavailable("a document without keys")
        keys = KeySet([key for each in listed[:_MOST_KEYS] if (key := _key(each)) is not None])
        self._keys = keys, monotonic() + _FRESH_SECONDS
        return keys


def _key(given: Any) -> Key | None:
    """A public key that signs; None for any other."""
    if (
        not isinstance(given, dict)
        or given.get("kty") not in _KEY_TYPES
        or given.get("use", "sig") != "sig"
    ):
        return None
    try:
        return import_key(given)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
