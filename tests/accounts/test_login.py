"""`accountLogin`."""

from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, AuthSession, LoginFailures, User
from app.core.clock import now
from app.core.resources import Resources
from tests.client import Api, Payload
from tests.factories import PASSWORD, make_person, writing

_FIELDS = "user { username } tokens { accessToken refreshToken expiresIn }"


async def _login(api: Api, login: str, password: str = PASSWORD, **more: Any) -> Payload:
    given = {"login": login, "password": password, **more}
    return await api.mutate("accountLogin", given, _FIELDS)


async def _auth_sessions(resources: Resources) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(AuthSession))


class TestLogin:
    @pytest.mark.parametrize("login", ["ana", "ANA", "ana@example.com", " Ana@EXAMPLE.com "])
    async def test_by_name_or_address(self, api: Api, resources: Resources, login: str) -> None:
        await make_person(resources, "ana")
        done = (await _login(api, login)).ok()
        assert done["user"] == {"username": "ana"}
        token = {"Authorization": f"Bearer {done['tokens']['accessToken']}"}
        seen = await api.execute("{ viewer { user { username } } }", headers=token)
        assert seen.ok() == {"viewer": {"user": {"username": "ana"}}}

    @pytest.mark.parametrize(("remember", "days"), [(False, 7), (True, 30)])
    async def test_lifetime(
        self, api: Api, resources: Resources, remember: bool, days: int
    ) -> None:
        await make_person(resources, "ana")
        await _login(api, "ana", rememberMe=remember)
        async with resources.database.read() as session:
            newest = await session.first(
                select(AuthSession).order_by(col(AuthSession.id).desc()).limit(1)
            )
        assert newest is not None
        assert abs(newest.expires_at - now() - timedelta(days=days)) < timedelta(minutes=1)

    async def test_unknown_and_wrong_answer_alike(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        before = await _auth_sessions(resources)
        wrong = await _login(api, "ana", "Not-her-password-1")
        unknown = await _login(api, "nobody", "Not-her-password-1")
        assert wrong.data == unknown.data
        assert wrong.codes == ["WRONG_CREDENTIALS"]
        assert await _auth_sessions(resources) == before

    async def test_unknown_and_wrong_take_alike(self, api: Api, resources: Resources) -> None:
        names = [(await make_person(resources)).user.username for _ in range(5)]
        times: dict[str, list[float]] = {"wrong": [], "unknown": []}
        for number, name in enumerate(names):
            for kind, login in (("wrong", name), ("unknown", f"nobody{number}")):
                started = perf_counter()
                await _login(api, login, "Not-the-password-1")
                times[kind].append(perf_counter() - started)
        ratio = median(times["wrong"]) / median(times["unknown"])
        assert 0.5 < ratio < 2, times

    async def test_inactive(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        async with writing(resources) as session:
            await session.execute(
                update(User).where(col(User.id) == ana.key).values(status=AccountStatus.SUSPENDED)
            )
        assert (await _login(api, "ana")).codes == ["ACCOUNT_INACTIVE"]
        assert (await _login(api, "ana", "Not-her-password-1")).codes == ["WRONG_CREDENTIALS"]
        assert (await api.execute("{ consents { version } }", as_=ana)).codes == ["UNAUTHENTICATED"]

    async def test_rehash(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        async with writing(resources) as session:
            await session.execute(
                update(User).where(col(User.id) == ana.key).values(password_hash=weak)
            )
        (await _login(api, "ana")).ok()
        async with resources.database.read() as session:
            user = await session.value(select(User))
        assert "m=8," not in user.password_hash
        (await _login(api, "ana")).ok()


class TestLockout:
    @pytest.mark.parametrize("login", ["ana", "nobody"])
    async def test_five_failures(self, api: Api, resources: Resources, login: str) -> None:
        await make_person(resources, "ana")
        for _ in range(4):
            assert (await _login(api, login, "Wrong-1234")).codes == ["WRONG_CREDENTIALS"]
        fifth = await _login(api, login, "Wrong-1234")
        assert fifth.codes == ["ACCOUNT_LOCKED"]
        end = datetime.fromisoformat(fifth.errors[0]["lockoutEnd"])
        assert abs(end - now() - timedelta(minutes=15)) < timedelta(seconds=30)
        # Locked for the right password too, and no longer than it was said.
        again = await _login(api, login)
        assert again.codes == ["ACCOUNT_LOCKED"]
        assert datetime.fromisoformat(again.errors[0]["lockoutEnd"]) == end

    async def test_name_and_address_count_together(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        for login in ("ana", "ana@example.com", "ANA", "Ana@example.com"):
            await _login(api, login, "Wrong-1234")
        assert (await _login(api, "ana", "Wrong-1234")).codes == ["ACCOUNT_LOCKED"]

    async def test_success_starts_anew(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        for _ in range(4):
            await _login(api, "ana", "Wrong-1234")
        (await _login(api, "ana")).ok()
        for _ in range(4):
            assert (await _login(api, "ana", "Wrong-1234")).codes == ["WRONG_CREDENTIALS"]

    async def test_ends(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        for _ in range(5):
            await _login(api, "ana", "Wrong-1234")
        async with writing(resources) as session:
            await session.execute(
                update(LoginFailures).values(lockout_end=now() - timedelta(seconds=1))
            )
        (await _login(api, "ana")).ok()
        assert (await _login(api, "ana", "Wrong-1234")).codes == ["WRONG_CREDENTIALS"]

    async def test_locks_nobody_else(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ana")
        await make_person(resources, "ben")
        for _ in range(5):
            await _login(api, "ana", "Wrong-1234")
        (await _login(api, "ben")).ok()
