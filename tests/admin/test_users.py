"""All accounts, found and changed by those who administer them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import AccountStatus, AuthSession, LoginFailures, User
from app.core.clock import now
from app.core.resources import Resources
from tests.accounts.office import give, role_id, roles_of, user_of, written_down
from tests.client import Api, Payload, SocketClosedError, Subscription
from tests.factories import (
    PASSWORD,
    Person,
    empty_outbox,
    make_person,
    make_session,
    sign_in,
    waiting_events,
    writing,
)

_USERS = """
    query ($filter: AdminUserFilter, $sort: AdminUserSort! = CREATED) {
        adminUsers(first: 100, filter: $filter, sort: $sort) { nodes { username } }
    }
"""
_USER = """
    query ($filter: AdminUserFilter) { adminUsers(filter: $filter) { nodes {
        id username firstName lastName email emailVerified status lockoutEnd sessionCount
        lastActiveAt createdAt roles { role { name } expiresAt }
    } } }
"""
_SESSION = "subscription ($id: ID!) { sessionUpdated(sessionId: $id) { cursor } }"


@pytest.fixture
async def sue(resources: Resources) -> Person:
    return await make_person(resources, "sue", role="super_admin")


async def _found(api: Api, person: Person, sort: str = "NAME", **filter: Any) -> list[str]:
    answer = await api.execute(_USERS, {"filter": filter, "sort": sort}, as_=person)
    return [node["username"] for node in answer.ok()["adminUsers"]["nodes"]]


async def _change(resources: Resources, person: Person, **values: Any) -> None:
    async with writing(resources) as session:
        await session.execute(update(User).where(col(User.id) == person.key).values(**values))


async def _update(api: Api, person: Person, whose: Person, **given: Any) -> Payload:
    return await api.mutate(
        "adminUserUpdate",
        {"userId": whose.id, **given},
        "user { username status lockoutEnd sessionCount roles { role { name } } }",
        as_=person,
    )


async def _login(api: Api, person: Person) -> Payload:
    given = {"login": person.user.username, "password": PASSWORD}
    return await api.mutate("accountLogin", given, "tokens { accessToken refreshToken }")


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


class TestList:
    async def test_what_it_shows(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources, "ben")
        await sign_in(resources, ben.user)
        ended = await sign_in(resources, ben.user)
        async with writing(resources) as session:
            await session.execute(
                update(AuthSession)
                .where(col(AuthSession.id) == ended.viewer.auth_session_id)
                .values(ended_at=now())
            )
        until = now() + timedelta(days=1)
        await give(resources, ben, "moderator", until)
        await _change(resources, ben, last_name="Okafor", status=AccountStatus.SUSPENDED)
        answer = await api.execute(_USER, {"filter": {"search": "okafor"}}, as_=ada)
        [node] = answer.ok()["adminUsers"]["nodes"]
        roles = {each["role"]["name"]: each["expiresAt"] for each in node.pop("roles")}
        assert {name: end and datetime.fromisoformat(end) for name, end in roles.items()} == {
            "student": None,
            "moderator": until,
        }
        assert node.pop("createdAt")
        assert node == {
            "id": ben.id,
            "username": "ben",
            "firstName": "Ben",
            "lastName": "Okafor",
            "email": "ben@example.com",
            "emailVerified": False,
            "status": "SUSPENDED",
            "lockoutEnd": None,
            "sessionCount": 2,
            "lastActiveAt": None,
        }

    async def test_filters(self, api: Api, resources: Resources, ada: Person) -> None:
        ben, zoe = await make_person(resources, "ben"), await make_person(resources, "zoe")
        await _change(resources, ben, first_name="Bénédicte", last_name="O_Brien")
        await _change(resources, zoe, status=AccountStatus.DEACTIVATED)
        await give(resources, ben, "staff")
        await give(resources, zoe, "staff", now() - timedelta(seconds=1))
        assert await _found(api, ada) == ["ada", "ben", "zoe"]
        assert await _found(api, ada, status="DEACTIVATED") == ["zoe"]
        # Who had a role doesn't have it.
        assert await _found(api, ada, roleId=await role_id(resources, "staff")) == ["ben"]
        for search, expected in (
            ("benedicte o", ["ben"]),
            ("BEN@EXAMPLE", ["ben"]),
            ("o_b", ["ben"]),
            ("o%b", []),
            ("zoe", ["zoe"]),
            ("example.com", ["ada", "ben", "zoe"]),
        ):
            assert await _found(api, ada, search=search) == expected, search
        both = {"search": "example", "status": "ACTIVE"}
        assert await _found(api, ada, **both) == ["ada", "ben"]

    async def test_orders(self, api: Api, resources: Resources, ada: Person) -> None:
        ben, zoe = await make_person(resources, "ben"), await make_person(resources, "zoe")
        await _change(resources, ada, last_active_at=now() + timedelta(hours=1))
        await _change(resources, zoe, first_name="Ábel")
        await _change(resources, ben, created_at=now() - timedelta(days=1))
        assert await _found(api, ada, "CREATED") == ["zoe", "ada", "ben"]
        assert await _found(api, ada, "LAST_ACTIVE") == ["ada", "zoe", "ben"]
        assert await _found(api, ada, "NAME") == ["zoe", "ada", "ben"]

    async def test_who_signs_in_and_goes_on_is_active(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        ben = await make_person(resources, "ben")
        changed = (await user_of(resources, ben)).updated_at
        tokens = (await _login(api, ben)).ok()["tokens"]
        first = (await user_of(resources, ben)).last_active_at
        assert first is not None
        await api.mutate("tokenRefresh", {"refreshToken": tokens["refreshToken"]})
        after = await user_of(resources, ben)
        assert after.last_active_at is not None
        assert after.last_active_at > first
        assert after.updated_at == changed
        assert await _found(api, ada, "LAST_ACTIVE") == ["ben", "ada"]


class TestState:
    async def test_archive_and_activate(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources, "ben")
        tokens = (await _login(api, ben)).ok()["tokens"]
        await empty_outbox(resources)
        archived = await _update(api, ada, ben, status="DEACTIVATED")
        assert archived.ok()["user"] == {
            "username": "ben",
            "status": "DEACTIVATED",
            "lockoutEnd": None,
            "sessionCount": 0,
            "roles": [{"role": {"name": "student"}}],
        }
        assert (await _login(api, ben)).codes == ["ACCOUNT_INACTIVE"]
        assert await waiting_events(resources) == ["account.auth_session_ended"] * 2
        await _update(api, ada, ben, status="ACTIVE")
        # What was signed out stays signed out.
        assert (await api.execute("{ consents { purpose } }", as_=ben)).codes == ["UNAUTHENTICATED"]
        refused = await api.mutate("tokenRefresh", {"refreshToken": tokens["refreshToken"]})
        assert refused.codes == ["INVALID_REFRESH_TOKEN"]
        assert (await _login(api, ben)).codes == []
        assert await written_down(resources) == [
            ("user.update", {"status": "active"}, {"status": "deactivated"}),
            ("user.update", {"status": "deactivated"}, {"status": "active"}),
        ]

    async def test_lock_and_unlock(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources, "ben")
        until = (now() + timedelta(days=1)).replace(microsecond=0)
        locked = (await _update(api, ada, ben, lockedUntil=_iso(until))).ok()["user"]
        assert datetime.fromisoformat(locked["lockoutEnd"]) == until
        assert locked["sessionCount"] == 0
        refused = await _login(api, ben)
        assert refused.codes == ["ACCOUNT_LOCKED"]
        assert datetime.fromisoformat(refused.errors[0]["lockoutEnd"]) == until
        # Who doesn't know the password learns nothing of it.
        given = {"login": "ben", "password": "x"}
        assert (await api.mutate("accountLogin", given)).codes == ["WRONG_CREDENTIALS"]
        async with resources.database.read() as session:
            assert await session.get(LoginFailures, str(ben.key))
        # What isn't given stays as it is.
        await _update(api, ada, ben, status="ACTIVE")
        assert (await _login(api, ben)).codes == ["ACCOUNT_LOCKED"]
        opened = (await _update(api, ada, ben, lockedUntil=None)).ok()["user"]
        assert opened["lockoutEnd"] is None
        assert (await _login(api, ben)).codes == []
        end = until.isoformat()
        assert await written_down(resources) == [
            ("user.update", {"lockedUntil": None}, {"lockedUntil": end}),
            ("user.update", {"lockedUntil": end}, {"lockedUntil": None}),
        ]

    async def test_a_lock_ends(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources, "ben")
        await _change(resources, ben, locked_until=now() - timedelta(seconds=1))
        assert (await _login(api, ben)).codes == []
        answer = await api.execute(_USER, {"filter": {"search": "ben"}}, as_=ada)
        assert answer.ok()["adminUsers"]["nodes"][0]["lockoutEnd"] is None

    async def test_failed_attempts_are_forgiven(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        ben = await make_person(resources, "ben")
        for _ in range(5):
            await api.mutate("accountLogin", {"login": "ben", "password": "x"})
        answer = await api.execute(_USER, {"filter": {"search": "ben"}}, as_=ada)
        assert answer.ok()["adminUsers"]["nodes"][0]["lockoutEnd"] is not None
        assert (await _login(api, ben)).codes == ["ACCOUNT_LOCKED"]
        await _update(api, ada, ben, lockedUntil=None)
        assert (await _login(api, ben)).codes == []

    async def test_all_or_nothing(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources, "ben")
        roles = [{"roleId": await role_id(resources, "super_admin")}]
        refused = await _update(api, ada, ben, status="SUSPENDED", roles=roles)
        assert refused.codes == ["BEYOND_OWN_RIGHTS"]
        roles = [{"roleId": await role_id(resources, "staff")}]
        past = _iso(now() - timedelta(minutes=1))
        refused = await _update(api, ada, ben, lockedUntil=past, roles=roles)
        assert [(e["code"], e["field"]) for e in refused.errors] == [
            ("INVALID_INPUT", ["input", "lockedUntil"])
        ]
        refused = await _update(api, ada, ben, status="SUSPENDED", roles=[])
        assert refused.codes == ["INVALID_INPUT"]
        assert (await user_of(resources, ben)).status is AccountStatus.ACTIVE
        assert await roles_of(resources, ben) == {"student": None}
        assert await written_down(resources) == []
        changed = await _update(api, ada, ben, status="SUSPENDED", roles=roles)
        assert changed.codes == []
        assert [action for action, _, _ in await written_down(resources)] == [
            "user.roles",
            "user.update",
        ]

    async def test_neither_oneself_nor_those_above(
        self, api: Api, resources: Resources, ada: Person, sue: Person
    ) -> None:
        for whose, code in ((ada, "OWN_ACCOUNT"), (sue, "BEYOND_OWN_RIGHTS")):
            refused = await _update(api, ada, whose, status="DEACTIVATED")
            assert refused.codes == [code]
            assert (await user_of(resources, whose)).status is AccountStatus.ACTIVE
        assert (await api.execute("{ consents { purpose } }", as_=sue)).ok()

    @pytest.mark.parametrize("given", ["status", "lockedUntil"])
    async def test_the_last_super_admin(
        self, api: Api, resources: Resources, sue: Person, given: str
    ) -> None:
        eve = await make_person(resources, "eve")
        await give(resources, eve, "super_admin", now() + timedelta(days=1))
        value = "SUSPENDED" if given == "status" else _iso(now() + timedelta(hours=1))
        assert (await _update(api, eve, sue, **{given: value})).codes == ["LAST_SUPER_ADMIN"]
        found = await user_of(resources, sue)
        assert (found.status, found.locked_until) == (AccountStatus.ACTIVE, None)
        assert (await api.execute("{ consents { purpose } }", as_=sue)).ok()
        # With a second one for good it may be.
        await make_person(resources, "tom", role="super_admin")
        assert (await _update(api, eve, sue, **{given: value})).codes == []


@pytest.mark.usefixtures("relay")
async def _to_the_end(following: Subscription) -> None:
    """Whatever is told: that they are connected, perhaps."""
    while True:
        await following.next()


class TestOpenSockets:
    @pytest.mark.parametrize("given", ["status", "lockedUntil"])
    async def test_they_close(
        self, api: Api, resources: Resources, ada: Person, given: str
    ) -> None:
        ben = await make_person(resources, "ben")
        session = await make_session(resources, ben)
        value = "SUSPENDED" if given == "status" else _iso(now() + timedelta(hours=1))
        async with api.socket(as_=ben) as socket, api.socket(as_=ada) as other:
            following = await socket.subscribe(_SESSION, {"id": session.id})
            await api.listening(f"session:{session.key}")
            assert (await _update(api, ada, ben, **{given: value})).codes == []
            with pytest.raises(SocketClosedError) as closed:
                await _to_the_end(following)
            assert closed.value.code == 4403
            # Nobody else's does.
            answer = await (await other.subscribe("{ viewer { email } }")).next()
            assert answer == {"viewer": {"email": "ada@example.com"}}

    async def test_other_roles_hold_at_once(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        ben = await make_person(resources, "ben", role="staff")
        document = "{ promptTemplates(first: 1) { nodes { key } } }"
        async with api.socket(as_=ben) as socket:
            assert await (await socket.subscribe(document)).next()
            roles = [{"roleId": await role_id(resources, "student")}]
            await _update(api, ada, ben, roles=roles)
            with pytest.raises(Exception, match="FORBIDDEN"):
                await (await socket.subscribe(document)).next()
