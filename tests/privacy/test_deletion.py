"""`accountDelete` and `accountDeleteCancel`."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, AuthSession, User
from app.core.client import NOBODY
from app.core.clock import now
from app.core.resources import Resources
from app.privacy.models import AccountDeletion, RetainedData
from app.privacy.service import deletion, erasure, retention
from app.privacy.store import retention as retention_store
from tests.client import Api
from tests.factories import PASSWORD, Person, letters, make_person, sign_in, waiting_jobs, writing

_LOGIN = {"login": "ana", "password": PASSWORD}


async def _token(resources: Resources) -> str:
    return (await letters(resources))[0].text.split("\n\n")[-1].strip()


async def _delete(api: Api, person: Person, password: str | None = PASSWORD) -> Any:
    given = {} if password is None else {"password": password}
    return await api.mutate("accountDelete", given, "eraseAfter", as_=person)


async def _user(resources: Resources, person: Person) -> User | None:
    async with resources.database.read() as session:
        return await session.get(User, person.key)


async def _deletions(resources: Resources) -> list[AccountDeletion]:
    async with resources.database.read() as session:
        return await session.all(select(AccountDeletion))


async def _let_time_pass(resources: Resources) -> None:
    async with writing(resources) as session:
        after = col(AccountDeletion.erase_after) - timedelta(days=30, seconds=1)
        await session.execute(update(AccountDeletion).values(erase_after=after))


class TestAccountDelete:
    async def test_everything_closes_at_once(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        ben = await make_person(resources, "ben")
        phone = await sign_in(resources, ana.user)
        done = (await _delete(api, ana)).ok()
        [row] = await _deletions(resources)
        assert row.user_id == ana.key
        assert timedelta(days=29, hours=23) < row.erase_after - now() < timedelta(days=30)
        assert done["eraseAfter"][:19] == row.erase_after.isoformat()[:19]
        for device in (ana, phone):
            answer = await api.execute("{ dataExports { totalCount } }", as_=device)
            assert answer.codes == ["UNAUTHENTICATED"]
        refused = await api.mutate("accountLogin", _LOGIN)
        assert refused.codes == ["ACCOUNT_INACTIVE"]
        node = "query ($id: ID!) { node(id: $id) { id } }"
        seen = await api.execute(node, {"id": ana.id}, as_=ben)
        assert seen.ok() == {"node": None}
        [letter] = await letters(resources)
        assert letter.to == "ana@example.com"

    @pytest.mark.parametrize("password", ["Photosynthesis-2", "", None])
    async def test_a_wrong_password(
        self, api: Api, resources: Resources, ana: Person, password: str | None
    ) -> None:
        refused = await _delete(api, ana, password)
        assert refused.codes == ["WRONG_CREDENTIALS"]
        user = await _user(resources, ana)
        assert user is not None
        assert user.status is AccountStatus.ACTIVE
        assert await _deletions(resources) == []
        assert await waiting_jobs(resources) == []

    async def test_guessing_is_locked_like_a_sign_in(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        codes = [(await _delete(api, ana, "wrong")).codes for _ in range(5)]
        assert codes == [["WRONG_CREDENTIALS"]] * 4 + [["ACCOUNT_LOCKED"]]
        assert (await _delete(api, ana)).codes == ["ACCOUNT_LOCKED"]
        assert (await api.mutate("accountLogin", _LOGIN)).codes == ["ACCOUNT_LOCKED"]
        assert await _deletions(resources) == []

    async def test_without_a_password_a_fresh_sign_in_counts(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        async with writing(resources) as session:
            await session.execute(update(User).values(password_hash=None))
            old = now() - timedelta(minutes=11)
            await session.execute(update(AuthSession).values(created_at=old))
        assert (await _delete(api, ana, None)).codes == ["FRESH_SIGN_IN_NEEDED"]
        assert await _deletions(resources) == []
        (await _delete(api, await sign_in(resources, ana.user), None)).ok()

    async def test_twice_at_the_same_moment(self, resources: Resources, ana: Person) -> None:
        phone = await sign_in(resources, ana.user)
        asked = (
            deletion.request(resources, NOBODY, each.viewer, PASSWORD) for each in (ana, phone)
        )
        await asyncio.gather(*asked)
        assert len(await _deletions(resources)) == 1
        assert len(await letters(resources)) == 1

    async def test_the_last_super_admin_stays(self, api: Api, resources: Resources) -> None:
        one = await make_person(resources, "one", role="super_admin")
        assert (await _delete(api, one)).codes == ["LAST_SUPER_ADMIN"]
        assert await _deletions(resources) == []
        two = await make_person(resources, "two", role="super_admin")
        answers = await asyncio.gather(_delete(api, one), _delete(api, two))
        assert sorted(each.codes for each in answers) == [[], ["LAST_SUPER_ADMIN"]]


class TestAccountDeleteCancel:
    async def test_the_account_is_as_before(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        (await _delete(api, ana)).ok()
        token = await _token(resources)
        done = await api.mutate("accountDeleteCancel", {"token": token}, "user { username }")
        assert done.ok()["user"] == {"username": "ana"}
        assert await _deletions(resources) == []
        (await api.mutate("accountLogin", _LOGIN)).ok()
        again = await api.mutate("accountDeleteCancel", {"token": token})
        assert again.codes == ["INVALID_DELETION_TOKEN"]
        await erasure.erase_due(resources)
        assert await _user(resources, ana) is not None

    async def test_unknown_or_late(self, api: Api, resources: Resources, ana: Person) -> None:
        (await _delete(api, ana)).ok()
        token = await _token(resources)
        await _let_time_pass(resources)
        for given in ("nothing", token):
            refused = await api.mutate("accountDeleteCancel", {"token": given})
            assert refused.codes == ["INVALID_DELETION_TOKEN"]
        user = await _user(resources, ana)
        assert user is not None
        assert user.status is AccountStatus.DEACTIVATED
        await erasure.erase_due(resources)
        assert await _user(resources, ana) is None
        assert (await api.mutate("accountDeleteCancel", {"token": token})).codes == [
            "INVALID_DELETION_TOKEN"
        ]
        assert [each.subject for each in await letters(resources)] == [
            "Your account will be deleted",
            "Your account is deleted",
        ]

    async def test_the_suspended_stay_suspended(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        (await _delete(api, ana)).ok()
        async with writing(resources) as session:
            await session.execute(update(User).values(status=AccountStatus.SUSPENDED))
        done = await api.mutate("accountDeleteCancel", {"token": await _token(resources)})
        done.ok()
        user = await _user(resources, ana)
        assert user is not None
        assert user.status is AccountStatus.SUSPENDED


class TestErasing:
    async def test_not_before_its_time(self, api: Api, resources: Resources, ana: Person) -> None:
        (await _delete(api, ana)).ok()
        await erasure.erase_due(resources)
        assert await _user(resources, ana) is not None

    async def test_whom_the_staff_made_active_again_stays(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        (await _delete(api, ana)).ok()
        await _let_time_pass(resources)
        async with writing(resources) as session:
            await session.execute(update(User).values(status=AccountStatus.ACTIVE))
        await erasure.erase_due(resources)
        assert await _user(resources, ana) is not None
        assert await _deletions(resources) == []

    async def test_who_is_held_waits_for_the_end_of_it(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        admin = await make_person(resources, role="admin")
        hold = {"user_id": ana.key, "reason": "a court asks", "until": now() + timedelta(days=1)}
        data = retention.PolicyData(data_type=RetainedData.SIGN_INS, days=90, holds=[hold])
        async with resources.begin() as uow:
            await retention.save(uow, admin.viewer, data)
        (await _delete(api, ana)).ok()
        await _let_time_pass(resources)
        await erasure.erase_due(resources)
        assert await _user(resources, ana) is not None
        async with writing(resources) as session:
            policy = await retention_store.lock_policy(session, RetainedData.SIGN_INS)
            for row in await retention_store.holds(session, policy.id):
                row.until = now() - timedelta(seconds=1)
        await erasure.erase_due(resources)
        assert await _user(resources, ana) is None
