"""`passwordResetRequest`, `passwordReset` and `passwordChange`."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from app.accounts.models import AccountStatus, AuthSession, Challenge
from app.accounts.service import signing_in
from app.core.audit import AuditDetail, AuditEntry
from app.core.client import Client
from app.core.clock import now
from app.core.resources import Resources
from tests.accounts.letters import (
    change_user,
    delivered,
    newest_token,
    read_user,
    rows_of,
)
from tests.client import Api, Payload
from tests.factories import (
    PASSWORD,
    Person,
    make_person,
    sign_in,
    waiting_events,
    writing,
)

_NEW = "Chlorophyll-2-green"
_CLIENT = Client("127.0.0.1", "tests")


async def _request(api: Api, email: str = "ana@example.com") -> list[str]:
    return (await api.mutate("passwordResetRequest", {"email": email})).codes


async def _reset(api: Api, token: str, password: str = _NEW) -> Payload:
    return await api.mutate("passwordReset", {"token": token, "newPassword": password})


async def _login(api: Api, password: str) -> list[str]:
    return (await api.mutate("accountLogin", {"login": "ana", "password": password})).codes


async def _live(resources: Resources) -> int:
    async with resources.database.read() as session:
        rows = await session.all(select(AuthSession))
    return sum(row.ended_at is None for row in rows)


async def _audited(resources: Resources) -> list[tuple[str, Any, Any, str]]:
    async with resources.database.read() as session:
        rows = await session.rows(
            select(
                AuditEntry.action, AuditDetail.before, AuditDetail.after, AuditDetail.address
            ).join(AuditDetail, AuditDetail.sequence == AuditEntry.sequence)
        )
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("ana")
class TestReset:
    async def test_replaces_the_password_and_ends_everything(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        await sign_in(resources, ana.user)
        assert await _request(api, "Ana@Example.com") == []
        token = await newest_token(resources)
        [letter] = await delivered(resources)
        assert letter.to == "ana@example.com"
        assert "an hour" in letter.text
        (await _reset(api, token)).ok()
        assert await _live(resources) == 0
        assert await _login(api, PASSWORD) == ["WRONG_CREDENTIALS"]
        assert await _login(api, _NEW) == []
        assert (await read_user(resources, ana)).email_verified
        assert "account.password_reset" in await waiting_events(resources)
        assert await _audited(resources) == [("password.reset", None, None, "127.0.0.1")]

    async def test_once(self, api: Api, resources: Resources, ana: Person) -> None:
        await _request(api)
        token = await newest_token(resources)
        answers = await asyncio.gather(*[_reset(api, token) for _ in range(5)])
        codes = sorted(each.codes for each in answers)
        assert codes == [[]] + [["INVALID_RESET_TOKEN"]] * 4
        stored = (await read_user(resources, ana)).password_hash
        assert (await _reset(api, token)).codes == ["INVALID_RESET_TOKEN"]
        assert (await read_user(resources, ana)).password_hash == stored

    async def test_an_hour(self, api: Api, resources: Resources) -> None:
        await _request(api)
        token = await newest_token(resources)
        [row] = await rows_of(resources)
        assert abs(row.expires_at - now() - timedelta(hours=1)) < timedelta(seconds=30)
        async with writing(resources) as session:
            await session.execute(update(Challenge).values(expires_at=now()))
        assert (await _reset(api, token)).codes == ["INVALID_RESET_TOKEN"]
        assert await _live(resources) == 1
        assert await _login(api, PASSWORD) == []

    async def test_another_reset_ends_the_first_ones_token(
        self, api: Api, resources: Resources
    ) -> None:
        await _request(api)
        old = await newest_token(resources)
        await _request(api)
        (await _reset(api, await newest_token(resources))).ok()
        assert (await _reset(api, old, PASSWORD)).codes == ["INVALID_RESET_TOKEN"]
        assert await _login(api, _NEW) == []

    async def test_a_weak_password_leaves_the_token(self, api: Api, resources: Resources) -> None:
        await _request(api)
        token = await newest_token(resources)
        refused = await _reset(api, token, "short")
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("WEAK_PASSWORD", ["input", "newPassword"])
        ]
        assert await _live(resources) == 1
        (await _reset(api, token)).ok()

    async def test_other_challenges_tokens(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        await change_user(resources, ana, email_verified=True)
        given = {"login": "ana", "channel": "EMAIL"}
        sent = await api.mutate("loginCodeSend", given, "challenge { id }")
        await delivered(resources)
        for token in (sent.data["challenge"]["id"], "nothing", ""):
            assert (await _reset(api, token)).codes == ["INVALID_RESET_TOKEN"]
        await _request(api)
        code_login = {"challengeId": await newest_token(resources), "code": "000000"}
        assert (await api.mutate("accountLoginWithCode", code_login)).codes == ["WRONG_CODE"]

    async def test_silent_about_who_has_an_account(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        await change_user(resources, ana, status=AccountStatus.SUSPENDED)
        for email in ("ana@example.com", "nobody@example.com"):
            for _ in range(4):
                assert await _request(api, email) == []
            assert await _request(api, email) == ["TOO_MANY_CODES"]
        assert await delivered(resources) == []
        assert len(await rows_of(resources)) == 8
        assert await _request(api, "nobody") == ["INVALID_INPUT"]

    async def test_ends_a_lock(self, api: Api, resources: Resources) -> None:
        for _ in range(5):
            await _login(api, "Not-the-password-1")
        assert await _login(api, PASSWORD) == ["ACCOUNT_LOCKED"]
        await _request(api)
        (await _reset(api, await newest_token(resources))).ok()
        assert await _login(api, _NEW) == []

    async def test_kept_hashed(self, api: Api, resources: Resources) -> None:
        await _request(api)
        token = await newest_token(resources)
        assert token not in str([row.model_dump() for row in await rows_of(resources)])

    async def test_a_login_that_began_before(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The old password was looked at, then the reset came: no session is left from it."""
        await _request(api)
        token = await newest_token(resources)
        looked_at, go_on = asyncio.Event(), asyncio.Event()
        verify = signing_in.passwords.verify_password

        async def slowly(stored: str | None, password: str) -> bool:
            right = await verify(stored, password)
            looked_at.set()
            await go_on.wait()
            return right

        monkeypatch.setattr(signing_in.passwords, "verify_password", slowly)
        given = signing_in.LoginData(login="ana", password=PASSWORD)
        login = asyncio.create_task(signing_in.login(resources, _CLIENT, given))
        await looked_at.wait()
        (await _reset(api, token)).ok()
        go_on.set()
        [refused] = await asyncio.gather(login, return_exceptions=True)
        assert getattr(refused, "code", None) == "WRONG_CREDENTIALS"
        assert await _live(resources) == 0


class TestChange:
    async def _change(self, api: Api, person: Person, old: str, new: str = _NEW) -> Payload:
        given = {"oldPassword": old, "newPassword": new}
        fields = "viewer { authSessions { current } }"
        return await api.mutate("passwordChange", given, fields, as_=person)

    async def test_keeps_this_session_alone(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        phone, ben = await sign_in(resources, ana.user), await make_person(resources)
        done = (await self._change(api, ana, PASSWORD)).ok()
        assert done["viewer"] == {"authSessions": [{"current": True}]}
        document = "{ consents { version } }"
        assert (await api.execute(document, as_=phone)).codes == ["UNAUTHENTICATED"]
        assert (await api.execute(document, as_=ana)).codes == []
        assert (await api.execute(document, as_=ben)).codes == []
        assert await _login(api, _NEW) == []
        assert "account.password_changed" in await waiting_events(resources)
        assert await _audited(resources) == [("password.change", None, None, "127.0.0.1")]

    async def test_needs_the_old_one(self, api: Api, resources: Resources, ana: Person) -> None:
        await sign_in(resources, ana.user)
        refused = await self._change(api, ana, "Not-the-password-1")
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("WRONG_CREDENTIALS", ["input", "oldPassword"])
        ]
        weak = await self._change(api, ana, PASSWORD, "short")
        assert [(each["code"], each["field"]) for each in weak.errors] == [
            ("WEAK_PASSWORD", ["input", "newPassword"])
        ]
        assert await _live(resources) == 2
        assert await _login(api, PASSWORD) == []
        assert await _audited(resources) == []

    async def test_five_failures_lock(self, api: Api, resources: Resources, ana: Person) -> None:
        for _ in range(4):
            await self._change(api, ana, "Not-the-password-1")
        for old in ("Not-the-password-1", PASSWORD):
            assert (await self._change(api, ana, old)).codes == ["ACCOUNT_LOCKED"]
        assert (await read_user(resources, ana)).password_hash == ana.user.password_hash

    async def test_at_the_same_time(self, api: Api, ana: Person) -> None:
        answers = await asyncio.gather(
            self._change(api, ana, PASSWORD, "Chlorophyll-2-green"),
            self._change(api, ana, PASSWORD, "Chlorophyll-3-green"),
        )
        assert sorted(each.codes for each in answers) == [[], ["WRONG_CREDENTIALS"]]

    async def test_ends_a_reset_that_was_asked_for(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        await _request(api)
        token = await newest_token(resources)
        (await self._change(api, ana, PASSWORD)).ok()
        assert (await _reset(api, token)).codes == ["INVALID_RESET_TOKEN"]
