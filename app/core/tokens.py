"""Access tokens: short-lived JWTs, signed with the server's key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey
from pydantic import SecretStr

from app.core.clock import now
from app.core.errors import Unauthenticated

ACCESS_LIFETIME = timedelta(minutes=15)
_ALGORITHM = "HS256"
_ISSUER = "lyceum"
_SHORTEST_KEY = 32


@dataclass(frozen=True)
class Claims:
    """What an access token says."""

    user_id: UUID
    auth_session_id: UUID


class AccessTokens:
    """Issues and reads access tokens."""

    def __init__(self, secret: SecretStr) -> None:
        value = secret.get_secret_value()
        if len(value) < _SHORTEST_KEY:
            raise ValueError(f"LYCEUM_SECRET_KEY needs at least {_SHORTEST_KEY} characters.")
        self._key = OctKey.import_key(value)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": _ISSUER},
            sub={"essential": True},
            sid={"essential": True},
            exp={"essential": True},
        )

    def issue(self, claims: Claims, roles: frozenset[str], issued: datetime | None = None) -> str:
        """A token that is good for `ACCESS_LIFETIME`."""
        issued = issued or now()
        return jwt.encode(
            {"alg": _ALGORITHM},
            {
                "iss": _ISSUER,
                "sub": str(claims.user_id),
                "sid": str(claims.auth_session_id),
                "roles": sorted(roles),
                "iat": int(issued.timestamp()),
                "exp": int((issued + ACCESS_LIFETIME).timestamp()),
            },
            self._key,
        )

    def read(self, token: str) -> Claims:
        """What a token says; `Unauthenticated` if it is malformed, forged or expired."""
        return self.verify(token)[0]

    def verify(self, token: str) -> tuple[Claims, float]:
        """What a token says, and when it expires, in seconds since 1970; fails as `read` does."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            self._claims.validate(claims)
            return Claims(UUID(claims["sub"]), UUID(claims["sid"])), float(claims["exp"])
        except ExpiredTokenError:
            raise Unauthenticated("Your access token has expired: refresh it.") from None
        except (JoseError, ValueError, TypeError, AttributeError):
            raise Unauthenticated("This access token isn't valid: sign in again.") from None
