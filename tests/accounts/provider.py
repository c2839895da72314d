"""Real providers on ports of their own: OpenID Connect by Authlib's server side, and GitHub's
and Discord's APIs as they answer. They can be made to lie, to fail, and to be slow.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "lyceum-client", "lyceum-secret"
REDIRECT_URI = "http://127.0.0.1:3000/signed-in"

Claims = dict[str, Any]
Answer = Callable[[Request], Awaitable[Response]]


def new_key(kid: str) -> RSAKey:
    """A key that signs."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


@dataclass
class _Code(AuthorizationCodeMixin):
    """An authorization code, with what it was asked for."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Client(ClientMixin):
    """The one client, this program."""

    client_id = CLIENT_ID

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return REDIRECT_URI

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT_URI

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return True

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class _Request(OAuth2Request):
    """A request, as Authlib wants it. It takes none that isn't by TLS, save on paper."""

    def __init__(self, request: Request, values: dict[str, str]) -> None:
        super().__init__(
            request.method,
            str(request.url).replace("http://", "https://", 1),
            headers={name.title(): value for name, value in request.headers.items()},
        )
        self._values = values
        self.payload = BasicOAuth2Payload(values)

    @property
    def args(self) -> dict[str, str]:
        return self._values

    @property
    def form(self) -> dict[str, str]:
        return self._values


class _Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        self.server.provider.codes[code] = _Code(
            code=code,
            redirect_uri=data["redirect_uri"],
            scope=data["scope"],
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, client: ClientMixin) -> _Code | None:
        found: _Code | None = self.server.provider.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        del self.server.provider.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: _Code) -> Claims:
        claims: Claims = self.server.provider.user
        return claims


class _OpenID(OpenIDCode):
    def __init__(self, provider: "Provider") -> None:
        super().__init__(require_nonce=True)
        self._provider = provider

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False

    def resolve_client_private_key(self, client: ClientMixin) -> Any:
        return self._provider.key

    def get_client_claims(self, client: ClientMixin) -> Claims:
        return {"iss": self._provider.url, "aud": [CLIENT_ID]}

    def get_encode_header(self, client: ClientMixin) -> dict[str, str]:
        return {"alg": "RS256", "kid": self._provider.key.kid}

    def generate_user_info(self, user: Claims, scope: str) -> Claims:
        return dict(user) if self._provider.tells_in_token else {"sub": user["sub"]}

    def encode_id_token(self, token: Claims, request: OAuth2Request) -> str:
        made: str = super().encode_id_token(token, request)
        return self._provider.lie(made) if self._provider.lie else made


class _Server(AuthorizationServer):
    def __init__(self, provider: "Provider") -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: "opaque-token"))
        self.register_grant(_Grant, [CodeChallenge(required=True), _OpenID(provider)])

    def query_client(self, client_id: str) -> _Client | None:
        return _Client() if client_id == CLIENT_ID else None

    def save_token(self, token: Claims, request: OAuth2Request) -> None:
        pass

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        if isinstance(body, dict):
            return JSONResponse(body, status, dict(headers))
        return Response(body, status, dict(headers))


@dataclass
class Provider:
    """An OpenID provider. `user` is who is signed in there.

    `lie` makes another ID token of each; `instead` answers for an address.
    """

    url: str = ""
    key: RSAKey = field(default_factory=lambda: new_key("first"))
    user: Claims = field(default_factory=dict)
    tells_in_token: bool = True
    lie: Callable[[str], str] | None = None
    instead: dict[str, Answer] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = _Server(self)

    def app(self) -> Starlette:
        """Its pages, and those of the services that speak no OpenID Connect."""
        pages = {
            "/.well-known/openid-configuration": self._discovery,
            "/jwks": self._jwks,
            "/authorize": self._authorize,
            "/token": self._token,
            "/userinfo": self._userinfo,
            "/user": self._github_user,
            "/user/emails": self._github_emails,
            "/users/@me": self._discord_user,
            "/elsewhere": self._jwks,
        }
        return Starlette(
            routes=[
                Route(path, self._noting(path, answer), methods=["GET", "POST"])
                for path, answer in pages.items()
            ]
        )

    def _noting(self, path: str, answer: Answer) -> Answer:
        async def noting(request: Request) -> Response:
            self.asked.append(path)
            return await self.instead.get(path, answer)(request)

        return noting

    def metadata(self) -> Claims:
        """What the discovery document says."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse(self.metadata())

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = _Request(request, dict(request.query_params))
        grant = self._server.get_consent_grant(asked, self.user)
        response: Response = self._server.create_authorization_response(
            asked, grant_user=self.user, grant=grant
        )
        return response

    async def _token(self, request: Request) -> Response:
        values = {name: str(value) for name, value in (await request.form()).items()}
        response: Response = self._server.create_token_response(_Request(request, values))
        return response

    async def _userinfo(self, request: Request) -> Response:
        return self._to_bearer(request, self.user)

    async def _github_user(self, request: Request) -> Response:
        given = self.user
        return self._to_bearer(request, {"id": 4711, "login": given.get("login"), "name": None})

    async def _github_emails(self, request: Request) -> Response:
        other = {"email": "other@example.com", "primary": False, "verified": True}
        primary = {
            "email": self.user.get("email"),
            "primary": True,
            "verified": self.user.get("email_verified"),
        }
        return self._to_bearer(request, [other, primary])

    async def _discord_user(self, request: Request) -> Response:
        found = {
            "id": "80351110224678912",
            "username": self.user.get("login"),
            "global_name": "Nelly",
            "email": self.user.get("email"),
            "verified": self.user.get("email_verified"),
        }
        return self._to_bearer(request, found)

    @staticmethod
    def _to_bearer(request: Request, found: Any) -> Response:
        if request.headers.get("authorization") != "Bearer opaque-token":
            return JSONResponse({"message": "Bad credentials"}, 401)
        return JSONResponse(found)

    def telling(self, **claims: Any) -> Callable[[str], str]:
        """A lie: other claims, by the right key. None leaves one out."""

        def lie(token: str) -> str:
            said = jwt.decode(token, self.key).claims | claims
            said = {name: value for name, value in said.items() if value is not None}
            return jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.key)

        return lie

    def signed_otherwise(self, header: Claims, key: Any) -> Callable[[str], str]:
        """A lie: the right claims, by another key or none."""

        def lie(token: str) -> str:
            said = jwt.decode(token, self.key).claims
            return jwt.encode(header, said, key, [header["alg"]])

        return lie


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    """A provider on a port of its own."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(
            provider.app(), lifespan="off", log_level="error", timeout_graceful_shutdown=1
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listening])
    try:
        yield provider
    finally:
        await server.shutdown(sockets=[listening])


async def visit(url: str) -> dict[str, str]:
    """Go where somebody is sent, and come back: the parameters of the address."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == REDIRECT_URI
    return {name: values[0] for name, values in parse_qs(location.query).items()}


async def never(_: Request) -> Response:
    """No answer at all."""
    await asyncio.Event().wait()
    return Response()
