"""Providers that lie, fail, or take their time: nobody gets in, and nothing changes."""

import asyncio
import gzip
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from time import perf_counter, time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import update
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.accounts.models import OAuthAccount, OAuthFlow, User
from app.core.identity import web
from app.core.resources import Resources
from tests.accounts.provider import CLIENT_ID, Provider, never, new_key
from tests.accounts.signing import Signing, numbers
from tests.factories import Person, make_person, writing

Lie = Callable[[Provider], Callable[[str], str]]
_DISCOVERY = "/.well-known/openid-configuration"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _unsigned(_: Provider) -> Callable[[str], str]:
    def lie(token: str) -> str:
        header = _base64(b'{"alg":"none","typ":"JWT"}')
        return f"{header}.{token.split('.')[1]}."

    return lie


def _by_the_public_key(provider: Provider) -> Callable[[str], str]:
    def lie(token: str) -> str:
        header = _base64(b'{"alg":"HS256","kid":"first"}')
        signed = f"{header}.{token.split('.')[1]}"
        secret = provider.key.as_pem(private=False)
        return f"{signed}.{_base64(hmac.digest(secret, signed.encode(), 'sha256'))}"

    return lie


def _changed_afterwards(provider: Provider) -> Callable[[str], str]:
    def lie(token: str) -> str:
        head, _, signature = token.split(".")
        said = jwt.decode(token, provider.key).claims | {"sub": "subject-2"}
        other = jwt.encode({"alg": "RS256"}, said, new_key("x"))
        return f"{head}.{other.split('.')[1]}.{signature}"

    return lie


_SECRET = OctKey.import_key("lyceum-secret-lyceum-secret-lyceum")

LIES: dict[str, Lie] = {
    "wrong nonce": lambda each: each.telling(nonce="another"),
    "no nonce": lambda each: each.telling(nonce=None),
    "empty nonce": lambda each: each.telling(nonce=""),
    "wrong audience": lambda each: each.telling(aud=["another-client"]),
    "no audience": lambda each: each.telling(aud=None),
    "several audiences for somebody else": lambda each: each.telling(
        aud=[CLIENT_ID, "other"], azp="other"
    ),
    "several audiences for nobody": lambda each: each.telling(aud=[CLIENT_ID, "other"]),
    "expired": lambda each: each.telling(exp=int(time()) - 3600),
    "no expiry": lambda each: each.telling(exp=None),
    "an expiry that is no number": lambda each: each.telling(exp="tomorrow"),
    "from the future": lambda each: each.telling(iat=int(time()) + 3600),
    "other issuer": lambda each: each.telling(iss="https://accounts.google.com"),
    "issuer with a slash": lambda each: each.telling(iss=f"{each.url}/"),
    "no issuer": lambda each: each.telling(iss=None),
    "no subject": lambda each: each.telling(sub=None),
    "empty subject": lambda each: each.telling(sub=""),
    "a subject that is a list": lambda each: each.telling(sub=["subject-1"]),
    "long subject": lambda each: each.telling(sub="x" * 256),
    "subject with a NUL": lambda each: each.telling(sub="a\0b"),
    "another access token": lambda each: each.telling(at_hash="x" * 22),
    "alg none": _unsigned,
    "changed afterwards": _changed_afterwards,
    "HS256 with the public key": _by_the_public_key,
    "HS256 with the client's secret": lambda each: each.signed_otherwise({"alg": "HS256"}, _SECRET),
    "a key of somebody else's": lambda each: each.signed_otherwise(
        {"alg": "RS256", "kid": "first"}, new_key("first")
    ),
    "a key that nobody has": lambda each: each.signed_otherwise(
        {"alg": "RS256", "kid": "unknown"}, new_key("unknown")
    ),
    "the key in the token": lambda each: each.signed_otherwise(
        {"alg": "RS256", "jwk": (key := new_key("own")).as_dict(private=False)}, key
    ),
    "no token": lambda _: lambda __: "nothing",
    "empty": lambda _: lambda __: "",
    "a number": lambda _: lambda __: 7,  # type: ignore[return-value]
}


class TestTokens:
    @pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
    async def test_is_not_believed(self, signing: Signing, resources: Resources, lie: Lie) -> None:
        signing.provider.lie = lie(signing.provider)
        way = await signing.went()
        refused = await signing.complete(*way)
        assert refused.codes == ["OAUTH_REFUSED"]
        assert refused.data["tokens"] is None
        assert set((await numbers(resources)).values()) == {0}
        # Not even with the truth, afterwards.
        signing.provider.lie = None
        assert (await signing.complete(*way)).codes == ["OAUTH_FLOW_INVALID"]
        (await signing.sign_in()).ok()

    async def test_the_test_can_sign(self, signing: Signing) -> None:
        signing.provider.lie = signing.provider.telling(at_hash=None)
        (await signing.sign_in()).ok()
        signing.provider.lie = signing.provider.telling(aud=[CLIENT_ID, "other"], azp=CLIENT_ID)
        (await signing.sign_in()).ok()

    async def test_an_unknown_key_is_looked_for_once(self, signing: Signing) -> None:
        signing.provider.lie = LIES["a key that nobody has"](signing.provider)
        assert (await signing.sign_in()).codes == ["OAUTH_REFUSED"]
        assert signing.provider.asked.count("/jwks") == 2

    async def test_a_shared_secret_among_the_keys_is_none(self, signing: Signing) -> None:
        shared = OctKey.import_key("a secret that anybody can read here", {"kid": "shared"})

        async def keys(_: Request) -> Response:
            found = [signing.provider.key.as_dict(private=False), shared.as_dict(private=True)]
            return JSONResponse({"keys": [*found, {"kty": "new"}, "x", None]})

        signing.provider.instead["/jwks"] = keys
        signing.provider.lie = signing.provider.signed_otherwise(
            {"alg": "HS256", "kid": "shared"}, shared
        )
        assert (await signing.sign_in()).codes == ["OAUTH_REFUSED"]
        signing.provider.lie = None
        (await signing.sign_in()).ok()


class TestCodes:
    @pytest.mark.parametrize("code", ["made-up", "x" * 4096])
    async def test_unknown(self, signing: Signing, resources: Resources, code: str) -> None:
        flow, back = await signing.went()
        refused = await signing.complete(flow, back | {"code": code})
        assert refused.codes == ["OAUTH_REFUSED"]
        assert set((await numbers(resources)).values()) == {0}

    async def test_of_another_flow(self, signing: Signing, resources: Resources) -> None:
        # PKCE: the provider finds that the verifier isn't the code's.
        flow, back = await signing.went()
        _, other = await signing.went()
        refused = await signing.complete(flow, back | {"code": other["code"]})
        assert refused.codes == ["OAUTH_REFUSED"]
        assert set((await numbers(resources)).values()) == {0}

    async def test_a_code_injected_though_the_provider_forgets_pkce(
        self, signing: Signing, resources: Resources
    ) -> None:
        flow, back = await signing.went()
        _, other = await signing.went()
        mine, others = [signing.provider.codes[each["code"]] for each in (back, other)]
        others.code_challenge = mine.code_challenge
        # The nonce is another flow's, still.
        refused = await signing.complete(flow, back | {"code": other["code"]})
        assert refused.codes == ["OAUTH_REFUSED"]
        assert set((await numbers(resources)).values()) == {0}


async def _text(_: Request) -> Response:
    return Response("<html>Welcome</html>", media_type="text/html")


async def _down(_: Request) -> Response:
    return Response("down", 503)


async def _huge(_: Request) -> Response:
    return Response(b'{"keys": [' + b" " * 10_000_000 + b"]}", media_type="application/json")


async def _bomb(_: Request) -> Response:
    packed = gzip.compress(b'{"keys": [' + b" " * 100_000_000 + b"]}")
    return Response(packed, headers={"content-encoding": "gzip"}, media_type="application/json")


async def _list(_: Request) -> Response:
    return JSONResponse([1, 2, 3])


async def _deep(_: Request) -> Response:
    return Response("[" * 100_000, media_type="application/json")


async def _null(_: Request) -> Response:
    return JSONResponse(None)


async def _elsewhere(_: Request) -> Response:
    return RedirectResponse("/elsewhere")


FAILURES: dict[str, Callable[[Request], Awaitable[Response]]] = {
    "a page": _text,
    "down": _down,
    "10 MB": _huge,
    "a bomb": _bomb,
    "a list": _list,
    "deep": _deep,
    "null": _null,
    "a redirection": _elsewhere,
    "silence": never,
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS", 1.0)


class TestFailures:
    @pytest.mark.parametrize("page", [_DISCOVERY, "/jwks", "/token", "/userinfo"])
    @pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
    async def test_is_told_and_changes_nothing(
        self,
        signing: Signing,
        resources: Resources,
        page: str,
        failure: Callable[[Request], Awaitable[Response]],
    ) -> None:
        signing.provider.tells_in_token = False
        signing.provider.instead[page] = failure
        started = perf_counter()
        begun = await signing.begin()
        if page == _DISCOVERY:
            refused = begun
        else:
            refused = await signing.sign_in()
        assert refused.codes == ["OAUTH_PROVIDER_UNAVAILABLE"]
        assert perf_counter() - started < 5
        assert set((await numbers(resources)).values()) == {0}
        assert "/elsewhere" not in signing.provider.asked
        # It recovers.
        del signing.provider.instead[page]
        (await signing.sign_in()).ok()

    async def test_gone(self, signing: Signing, resources: Resources) -> None:
        flow, back = await signing.went()
        signing.provider.instead["/token"] = _refusing
        assert (await signing.complete(flow, back)).codes == ["OAUTH_REFUSED"]
        assert set((await numbers(resources)).values()) == {0}

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"access_token": 7, "token_type": "Bearer"},
            {"access_token": "x"},
            {"access_token": "x", "token_type": ["Bearer"]},
            {"access_token": "x", "token_type": "Bearer", "expires_in": [1]},
            {"access_token": "x", "token_type": "Bearer", "expires_in": "soon"},
        ],
    )
    async def test_token_responses_that_make_no_sense(
        self, signing: Signing, resources: Resources, said: dict[str, Any]
    ) -> None:
        async def answer(_: Request) -> Response:
            return JSONResponse(said)

        signing.provider.instead["/token"] = answer
        assert (await signing.sign_in()).codes == ["OAUTH_PROVIDER_UNAVAILABLE"]
        assert set((await numbers(resources)).values()) == {0}

    @pytest.mark.parametrize(
        "said",
        [
            {"issuer": "https://accounts.google.com"},
            {"issuer": None},
            {"authorization_endpoint": "http://10.0.0.1/authorize"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"token_endpoint": "http://169.254.169.254/latest/meta-data"},
            {"token_endpoint": "file:///etc/passwd"},
            {"jwks_uri": "gopher://127.0.0.1:6379/_FLUSHALL"},
            {"jwks_uri": 7},
            {"userinfo_endpoint": "http://[::ffff:10.0.0.1]/"},
        ],
    )
    async def test_discovery_that_leads_elsewhere(
        self, signing: Signing, resources: Resources, said: dict[str, Any]
    ) -> None:
        async def answer(_: Request) -> Response:
            return JSONResponse(signing.provider.metadata() | said)

        signing.provider.instead[_DISCOVERY] = answer
        assert (await signing.begin()).codes == ["OAUTH_PROVIDER_UNAVAILABLE"]
        async with resources.database.read() as session:
            assert await session.all(select(OAuthFlow)) == []

    async def test_profile_of_somebody_else(self, signing: Signing, resources: Resources) -> None:
        async def answer(_: Request) -> Response:
            return JSONResponse({"sub": "subject-2", "email": "a@b.ch", "email_verified": True})

        signing.provider.tells_in_token = False
        signing.provider.instead["/userinfo"] = answer
        assert (await signing.sign_in()).codes == ["OAUTH_REFUSED"]
        assert set((await numbers(resources)).values()) == {0}

    async def test_others_are_served_meanwhile(self, signing: Signing) -> None:
        signing.provider.instead[_DISCOVERY] = never
        waiting = asyncio.create_task(signing.begin())
        (await signing.begin("github")).ok()
        assert not waiting.done()
        assert (await waiting).codes == ["OAUTH_PROVIDER_UNAVAILABLE"]


async def _refusing(_: Request) -> Response:
    return JSONResponse({"error": "invalid_grant", "error_description": "no"}, 400)


async def _victim(resources: Resources, *, verified: bool = True) -> Person:
    victim = await make_person(resources, "victim")
    async with writing(resources) as session:
        await session.execute(
            update(User).where(col(User.id) == victim.key).values(email_verified=verified)
        )
    return victim


class TestAddresses:
    """Who says to have somebody's address doesn't get their account."""

    @pytest.mark.parametrize(
        ("by", "said"),
        [
            # It isn't trusted with addresses, whatever it says of them.
            ("club", {"email_verified": True}),
            ("github", {"email_verified": True}),
            ("discord", {"email_verified": True}),
            ("campus", {"email_verified": False}),
            ("campus", {"email_verified": None}),
            ("campus", {"email_verified": "true"}),
            ("campus", {"email_verified": 1}),
            ("campus", {"email_verified": ["true"]}),
            ("campus", {"email": "VICTIM@EXAMPLE.COM", "email_verified": False}),
        ],
    )
    async def test_not_believed(
        self, signing: Signing, resources: Resources, by: str, said: dict[str, Any]
    ) -> None:
        await _victim(resources)
        user = signing.provider.user | {"email": "victim@example.com"} | said
        signing.provider.user = {name: value for name, value in user.items() if value is not None}
        before = await numbers(resources)
        refused = await signing.sign_in(by)
        assert refused.codes == ["OAUTH_LINK_REQUIRED"]
        assert refused.data["tokens"] is None
        assert await numbers(resources) == before

    async def test_not_verified_here(self, signing: Signing, resources: Resources) -> None:
        # Somebody registered with an address that isn't theirs, and waits for its owner.
        await _victim(resources, verified=False)
        signing.provider.user["email"] = "victim@example.com"
        before = await numbers(resources)
        assert (await signing.sign_in()).codes == ["OAUTH_LINK_REQUIRED"]
        assert await numbers(resources) == before

    @pytest.mark.parametrize(
        "look_alike",
        ["victim\u200b@example.com", "Victim <victim@example.com>", "\uff56ictim@example.com"],
    )
    async def test_look_alikes(
        self, signing: Signing, resources: Resources, look_alike: str
    ) -> None:
        await _victim(resources)
        signing.provider.user["email"] = look_alike
        done = await signing.sign_in()
        if not done.codes:
            assert done.data["user"] == {"username": "nora"}
        assert (await numbers(resources))[OAuthAccount] == (0 if done.codes else 1)

    async def test_kelvin(self, signing: Signing, resources: Resources) -> None:
        await make_person(resources, "kelly")
        async with writing(resources) as session:
            await session.execute(update(User).values(email_verified=True))
        # The sign of the unit becomes the letter when it is written in the usual form.
        signing.provider.user["email"] = "\u212aelly@example.com"
        assert (await signing.sign_in()).codes == ["OAUTH_LINK_REQUIRED"]
        assert (await numbers(resources))[OAuthAccount] == 0

    @pytest.mark.parametrize("email", [None, "", "nobody", "a@b@c", 7, "x" * 250 + "@example.com"])
    async def test_none(self, signing: Signing, resources: Resources, email: Any) -> None:
        signing.provider.user["email"] = email
        if email is None:
            del signing.provider.user["email"]
        assert (await signing.sign_in()).codes == ["OAUTH_EMAIL_MISSING"]
        assert set((await numbers(resources)).values()) == {0}

    async def test_a_new_account_has_it_unverified(
        self, signing: Signing, resources: Resources
    ) -> None:
        (await signing.sign_in("club")).ok()
        async with resources.database.read() as session:
            user = await session.value(select(User))
        assert (user.email, user.email_verified) == ("nora@example.com", False)

    async def test_another_subject_of_a_linked_address(
        self, signing: Signing, resources: Resources
    ) -> None:
        await _victim(resources)
        signing.provider.user["email"] = "victim@example.com"
        (await signing.sign_in()).ok()
        signing.provider.user["sub"] = "subject-2"
        assert (await signing.sign_in()).codes == ["OAUTH_ALREADY_LINKED"]
        assert (await numbers(resources))[OAuthAccount] == 1
