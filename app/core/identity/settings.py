"""Providers, as the settings describe them."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

_LOOPBACK: Final = frozenset(("127.0.0.1", "::1", "localhost"))


def secure(url: str) -> str:
    """An address that may be told a secret: by TLS, or on this machine. Else `ValueError`."""
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    ):
        return url
    raise ValueError("An address of a provider begins with https://.")


Address = Annotated[str, AfterValidator(secure)]

# What a provider of a name or a kind has, unless the settings say otherwise.
_NAMED: Final[dict[str, dict[str, Any]]] = {
    "google": {"kind": "oidc", "issuer": "https://accounts.google.com"},
    "github": {"kind": "github"},
    "discord": {"kind": "discord"},
}
_OF_KIND: Final[dict[str, dict[str, Any]]] = {
    "oidc": {"scopes": ("openid", "email", "profile")},
    "github": {
        "authorization_endpoint": "https://github.com/login/oauth/authorize",
        "token_endpoint": "https://github.com/login/oauth/access_token",
        "api": "https://api.github.com",
        "scopes": ("read:user", "user:email"),
    },
    "discord": {
        "authorization_endpoint": "https://discord.com/oauth2/authorize",
        "token_endpoint": "https://discord.com/api/oauth2/token",
        "api": "https://discord.com/api",
        "scopes": ("identify", "email"),
    },
}


class ProviderSettings(BaseModel):
    """One provider. `google`, `github` and `discord` need no more than the client's id and secret.

    Of kind `oidc` it is known by its `issuer`; the others have two endpoints and an API.
    `trusts_email`: an address that it calls verified is enough to sign in to the account that
    has it here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,49}$")
    kind: Literal["oidc", "github", "discord"] = "oidc"
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    issuer: Address | None = None
    authorization_endpoint: Address | None = None
    token_endpoint: Address | None = None
    api: Address | None = None
    scopes: tuple[str, ...] = ()
    trusts_email: bool = False

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = _NAMED.get(str(given.get("name")), {}) | given
        return _OF_KIND.get(str(known.get("kind", "oidc")), {}) | known

    @model_validator(mode="after")
    def _whole(self) -> "ProviderSettings":
        if self.kind == "oidc" and self.issuer is None:
            raise ValueError(f"The provider {self.name} needs its issuer.")
        return self
