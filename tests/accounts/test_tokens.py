"""`tokenRefresh`, `accountLogout`, and what an access token is worth."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import AuthSession
from app.core.clock import now
from app.core.resources import Resources
from app.core.tokens import ACCESS_LIFETIME, Claims
from tests.client import Api, SocketClosedError, Subscription
from tests.conftest import SECRET
from tests.factories import PASSWORD, Person, make_person, make_session, sign_in, writing

_CONSENTS = "{ consents { version } }"
_TOKENS = "tokens { accessToken refreshToken }"
_FOLLOW = "subscription ($id: ID!) { sessionUpdated(sessionId: $id) { cursor } }"

Tokens = dict[str, str]


async def _kept(live: Subscription) -> None:
    """The next event that has a place: presence is told in between."""
    while (await live.next())["sessionUpdated"]["cursor"] is None:
        pass


async def _login(api: Api, **more: Any) -> Tokens:
    given = {"login": "ana", "password": PASSWORD, **more}
    tokens: Tokens = (await api.mutate("accountLogin", given, _TOKENS)).ok()["tokens"]
    return tokens


async def _works(api: Api, access_token: str) -> bool:
    headers = {"Authorization": f"Bearer {access_token}"}
    answer = await api.execute(_CONSENTS, headers=headers)
    assert answer.codes in ([], ["UNAUTHENTICATED"])
    return not answer.codes


class TestRefresh:
    async def test_rotates(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        old = await _login(api)
        given = {"refreshToken": old["refreshToken"]}
        new = (await api.mutate("tokenRefresh", given, _TOKENS)).ok()["tokens"]
        assert new["refreshToken"] != old["refreshToken"]
        assert await _works(api, new["accessToken"])
        given = {"refreshToken": new["refreshToken"]}
        (await api.mutate("tokenRefresh", given, _TOKENS)).ok()

    @pytest.mark.parametrize(("remember", "days"), [(False, 7), (True, 30)])
    async def test_prolongs(
        self, api: Api, resources: Resources, remember: bool, days: int
    ) -> None:
        await make_person(resources, "ana")
        tokens = await _login(api, rememberMe=remember)
        async with writing(resources) as session:
            await session.execute(
                update(AuthSession).values(expires_at=now() + timedelta(minutes=1))
            )
        given = {"refreshToken": tokens["refreshToken"]}
        (await api.mutate("tokenRefresh", given)).ok()
        async with resources.database.read() as session:
            ends = max(await session.all(select(AuthSession.expires_at)))
        assert abs(ends - now() - timedelta(days=days)) < timedelta(minutes=1)

    async def test_reuse_ends_the_session(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        old, other = await _login(api), await _login(api)
        given = {"refreshToken": old["refreshToken"]}
        new = (await api.mutate("tokenRefresh", given, _TOKENS)).ok()["tokens"]
        assert (await api.mutate("tokenRefresh", given, _TOKENS)).codes == ["INVALID_REFRESH_TOKEN"]
        # Whoever holds it: the thief's tokens and the owner's end alike, another device's don't.
        assert not await _works(api, new["accessToken"])
        given = {"refreshToken": new["refreshToken"]}
        assert (await api.mutate("tokenRefresh", given)).codes == ["INVALID_REFRESH_TOKEN"]
        assert await _works(api, other["accessToken"])

    @pytest.mark.usefixtures("relay")
    async def test_reuse_closes_sockets(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        tokens = await _login(api)
        given = {"refreshToken": tokens["refreshToken"]}
        (await api.mutate("tokenRefresh", given)).ok()
        async with api.open() as socket:
            await socket.initialise(tokens["accessToken"])
            await api.mutate("tokenRefresh", given)
            assert await socket.closed() == 4403

    async def test_at_the_same_time(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        given = {"refreshToken": (await _login(api))["refreshToken"]}
        answers = await asyncio.gather(
            *[api.mutate("tokenRefresh", given, _TOKENS) for _ in range(4)]
        )
        assert sorted(answer.codes for answer in answers) == [
            [],
            *[["INVALID_REFRESH_TOKEN"]] * 3,
        ]
        winner = next(answer for answer in answers if not answer.codes)
        assert not await _works(api, winner.data["tokens"]["accessToken"])

    async def test_unknown_and_expired(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        tokens = await _login(api)
        assert (await api.mutate("tokenRefresh", {"refreshToken": "nothing"})).codes == [
            "INVALID_REFRESH_TOKEN"
        ]
        async with writing(resources) as session:
            await session.execute(update(AuthSession).values(expires_at=now()))
        given = {"refreshToken": tokens["refreshToken"]}
        assert (await api.mutate("tokenRefresh", given)).codes == ["INVALID_REFRESH_TOKEN"]
        assert not await _works(api, tokens["accessToken"])


class TestLogout:
    _LOGOUT = "mutation { accountLogout { errors { code } } }"

    async def test_ends_this_session_only(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        phone = await sign_in(resources, ana.user)
        answer = await api.execute(self._LOGOUT, as_=ana)
        assert answer.ok() == {"accountLogout": {"errors": []}}
        refused = await api.execute(_CONSENTS, as_=ana)
        assert refused.codes == ["UNAUTHENTICATED"]
        assert refused.errors[0]["message"] == "This session has ended: sign in again."
        assert (await api.execute(_CONSENTS, as_=phone)).ok() == {"consents": []}

    async def test_refresh_token_ends_too(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        tokens = await _login(api)
        headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
        (await api.execute(self._LOGOUT, headers=headers)).ok()
        given = {"refreshToken": tokens["refreshToken"]}
        assert (await api.mutate("tokenRefresh", given)).codes == ["INVALID_REFRESH_TOKEN"]

    @pytest.mark.usefixtures("relay")
    async def test_closes_its_sockets_only(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        phone = await sign_in(resources, ana.user)
        session = await make_session(resources, ana)
        async with api.socket(as_=ana) as first, api.socket(as_=phone) as second:
            lost = await first.subscribe(_FOLLOW, {"id": session.id})
            kept = await second.subscribe(_FOLLOW, {"id": session.id})
            await api.listening(f"session:{session.key}", 2)
            (await api.execute(self._LOGOUT, as_=ana)).ok()
            assert await first.closed() == 4403
            with pytest.raises(SocketClosedError):
                await _kept(lost)
            await api.mutate("sessionStart", {"sessionId": session.id}, as_=phone)
            await _kept(kept)


def _forged(person: Person, *, key: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    good = {
        "iss": "lyceum",
        "sub": str(person.key),
        "sid": str(person.viewer.auth_session_id),
        "exp": int((now() + timedelta(minutes=5)).timestamp()),
    }
    return jwt.encode(
        {"alg": algorithm}, good | claims, OctKey.import_key(key), algorithms=[algorithm]
    )


class TestAccessToken:
    async def test_as_issued(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        assert await _works(api, _forged(ana))

    @pytest.mark.parametrize("header", ["Bearer", "Bearer  x", "Bearer x.y.z", "Basic YTpi", "ä"])
    async def test_malformed(self, api: Api, header: str) -> None:
        answer = await api.http.post(
            "/graphql",
            json={"query": _CONSENTS},
            headers=[(b"authorization", header.encode())],
        )
        assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"key": "another key that is also long enough"},
            {"algorithm": "HS512"},
            {"iss": "somebody"},
            {"sub": "nobody"},
            {"sub": 1},
            {"sid": None},
            {"exp": "soon"},
        ],
    )
    async def test_forged(self, api: Api, resources: Resources, changes: dict[str, Any]) -> None:
        ana = await make_person(resources)
        assert not await _works(api, _forged(ana, **changes))

    async def test_another_persons_session(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        assert not await _works(api, _forged(ana, sid=str(ben.viewer.auth_session_id)))

    async def test_expired(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        claims = Claims(ana.key, ana.viewer.auth_session_id)
        token = resources.tokens.issue(claims, frozenset(), now() - ACCESS_LIFETIME)
        headers = {"Authorization": f"Bearer {token}"}
        refused = await api.execute(_CONSENTS, headers=headers)
        assert refused.errors[0]["message"] == "Your access token has expired: refresh it."

    async def test_a_bad_one_is_nobody(self, api: Api) -> None:
        headers = {"Authorization": "Bearer x"}
        seen = await api.execute("{ viewer { email } }", headers=headers)
        assert seen.ok() == {"viewer": None}

    async def test_ended_session(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        async with writing(resources) as session:
            await session.execute(
                update(AuthSession)
                .where(col(AuthSession.id) == ana.viewer.auth_session_id)
                .values(ended_at=now())
            )
        assert not await _works(api, ana.access_token)


class TestCookie:
    """A browser's refresh token is kept where scripts can't read it."""

    async def _login(self, api: Api, resources: Resources) -> str:
        await make_person(resources, "ana")
        fields = "tokens { accessToken refreshToken csrfToken }"
        given = {"login": "ana", "password": PASSWORD, "cookie": True}
        tokens = (await api.mutate("accountLogin", given, fields)).ok()["tokens"]
        assert tokens["refreshToken"] is None
        assert tokens["csrfToken"] == api.http.cookies["lyceum_csrf"]
        return str(tokens["csrfToken"])

    async def test_is_closed_to_scripts_and_other_sites(
        self, api: Api, resources: Resources
    ) -> None:
        await self._login(api, resources)
        flags = {cookie.name: cookie for cookie in api.http.cookies.jar}
        refresh, guard = flags["lyceum_refresh"], flags["lyceum_csrf"]
        assert refresh.has_nonstandard_attr("HttpOnly")
        assert not guard.has_nonstandard_attr("HttpOnly")
        assert refresh.path == "/graphql"
        assert {cookie.get_nonstandard_attr("SameSite") for cookie in (refresh, guard)} == {
            "strict"
        }

    async def test_refreshes_with_its_guard(self, api: Api, resources: Resources) -> None:
        guard = await self._login(api, resources)
        before = api.http.cookies["lyceum_refresh"]
        headers = {"X-CSRF-Token": guard}
        tokens = (await api.mutate("tokenRefresh", {}, _TOKENS, headers=headers)).ok()["tokens"]
        assert tokens["refreshToken"] is None
        assert await _works(api, tokens["accessToken"])
        assert api.http.cookies["lyceum_refresh"] != before

    @pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "guessed"}])
    async def test_without_its_guard_nothing_happens(
        self, api: Api, resources: Resources, headers: dict[str, str]
    ) -> None:
        guard = await self._login(api, resources)
        refused = await api.mutate("tokenRefresh", {}, _TOKENS, headers=headers)
        assert refused.codes == ["CSRF_FAILED"]
        # The token wasn't used.
        right = {"X-CSRF-Token": guard}
        (await api.mutate("tokenRefresh", {}, _TOKENS, headers=right)).ok()

    async def test_comes_with_an_idempotency_key_too(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        given = {"login": "ana", "password": PASSWORD, "cookie": True}
        headers = {"Idempotency-Key": "once"}
        (await api.mutate("accountLogin", given, headers=headers)).ok()
        assert "lyceum_refresh" in api.http.cookies

    async def test_no_cookie_is_no_token(self, api: Api) -> None:
        assert (await api.mutate("tokenRefresh", {}, _TOKENS)).codes == ["INVALID_REFRESH_TOKEN"]

    async def test_logout_takes_it_away(self, api: Api, resources: Resources) -> None:
        guard = await self._login(api, resources)
        headers = {"X-CSRF-Token": guard}
        tokens = (await api.mutate("tokenRefresh", {}, _TOKENS, headers=headers)).ok()["tokens"]
        bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
        answer = await api.execute("mutation { accountLogout { errors { code } } }", headers=bearer)
        assert answer.codes == []
        assert dict(api.http.cookies) == {}
