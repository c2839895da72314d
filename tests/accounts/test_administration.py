"""Accounts that others make and change: within what one may, one at a time, written down."""

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.models import User
from app.accounts.roles import SYSTEM_ROLES
from app.accounts.service import administration
from app.accounts.service.administration import GivenRole, RolesData
from app.core.clock import now
from app.core.errors import Forbidden
from app.core.ids import from_global
from app.core.resources import Resources
from tests.accounts.office import actors, give, role_id, roles_of, written_down
from tests.client import Api, Payload
from tests.factories import Person, letters, make_person, waiting_events

_GIVEN = "user { username roles { role { name } expiresAt } }"


@pytest.fixture
async def sue(resources: Resources) -> Person:
    return await make_person(resources, "sue", role="super_admin")


async def _create(
    api: Api, resources: Resources, person: Person, role: str = "", **more: Any
) -> Payload:
    given = {"username": "zoe", "email": "zoe@example.com", "firstName": "Zoe"} | more
    if role:
        given["roleId"] = await role_id(resources, role)
    return await api.mutate("userCreate", given, "user { username firstName }", as_=person)


async def _usernames(resources: Resources) -> set[str]:
    async with resources.database.read() as session:
        return set(await session.all(select(User.username)))


async def _set(
    api: Api, resources: Resources, person: Person, whose: Person, **roles: datetime | None
) -> Payload:
    wanted = [
        {"roleId": await role_id(resources, name), "expiresAt": end and end.isoformat()}
        for name, end in roles.items()
    ]
    given = {"userId": whose.id, "roles": wanted}
    return await api.mutate("userRolesSet", given, _GIVEN, as_=person)


class TestCreate:
    async def test_a_student(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        made = await _create(api, resources, staff, lastName="Ito")
        assert made.ok()["user"] == {"username": "zoe", "firstName": "Zoe"}
        async with resources.database.read() as session:
            user = await session.value(select(User).where(User.username == "zoe"))
        zoe = Person(user, staff.viewer, "")
        assert await roles_of(resources, zoe) == {"student": None}
        assert (user.last_name, user.email, user.email_verified) == (
            "Ito",
            "zoe@example.com",
            False,
        )
        assert await written_down(resources) == [
            (
                "user.create",
                None,
                {"username": "zoe", "email": "zoe@example.com", "roles": {"student": None}},
            )
        ]
        assert await actors(resources) == [staff.key]
        assert await waiting_events(resources) == ["account.registered"]
        [letter] = await letters(resources)
        assert (letter.to, letter.subject) == ("zoe@example.com", "Your account at Lyceum")
        assert "Your username is zoe." in letter.text

    @pytest.mark.parametrize("password", ["", " ", "zoe", "Photosynthesis-1"])
    async def test_nobody_knows_its_password(
        self, api: Api, resources: Resources, sue: Person, password: str
    ) -> None:
        await _create(api, resources, sue)
        given = {"login": "zoe", "password": password}
        refused = await api.mutate("accountLogin", given)
        assert refused.codes == ["WRONG_CREDENTIALS"]

    @pytest.mark.parametrize("role", ["staff", "admin", "super_admin"])
    @pytest.mark.parametrize("wanted", sorted(set(SYSTEM_ROLES) - {"student"}))
    async def test_others_by_super_admins_alone(
        self, api: Api, resources: Resources, role: str, wanted: str
    ) -> None:
        person = await make_person(resources, role=role)
        made = await _create(api, resources, person, wanted)
        if role == "super_admin":
            assert made.codes == []
            assert (await written_down(resources))[0][2]["roles"] == {wanted: None}
        else:
            assert [(error["code"], error["field"]) for error in made.errors] == [
                ("BEYOND_OWN_RIGHTS", ["input", "roleId"])
            ]
            assert await _usernames(resources) == {person.user.username}
            assert await written_down(resources) == []
            assert await waiting_events(resources) == []

    async def test_the_student_role_by_its_id(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        assert (await _create(api, resources, staff, "student")).codes == []

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"username": "ADA"}, "USERNAME_TAKEN"),
            ({"email": "ADA@example.com"}, "EMAIL_TAKEN"),
            ({"email": "nobody"}, "INVALID_INPUT"),
            ({"firstName": " "}, "INVALID_INPUT"),
            ({"roleId": "rol_00000000-0000-7000-8000-000000000000"}, "NOT_FOUND"),
        ],
        ids=lambda each: str(each)[:30],
    )
    async def test_refused(
        self, api: Api, resources: Resources, ada: Person, more: dict[str, Any], code: str
    ) -> None:
        refused = await _create(api, resources, ada, **more)
        assert refused.codes == [code]
        assert refused.errors[0]["field"][1] == next(iter(more))
        assert await _usernames(resources) == {"ada"}
        assert await written_down(resources) == []

    async def test_the_second_click(self, api: Api, resources: Resources, ada: Person) -> None:
        made = await asyncio.gather(*(_create(api, resources, ada) for _ in range(4)))
        assert sorted(each.codes for each in made) == [[], *[["USERNAME_TAKEN"]] * 3]
        assert await _usernames(resources) == {"ada", "zoe"}


class TestRoles:
    async def test_exactly_these(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources, "ben")
        await give(resources, ben, "moderator", now() - timedelta(days=1))
        end = (now() + timedelta(days=30)).replace(microsecond=0)
        changed = await _set(api, resources, ada, ben, instructor=None, staff=end)
        roles = changed.ok()["user"]["roles"]
        assert {each["role"]["name"]: each["expiresAt"] for each in roles} == {
            "instructor": None,
            "staff": end.isoformat(),
        }
        assert await roles_of(resources, ben) == {"instructor": None, "staff": end}
        # The same again is no change.
        assert (await _set(api, resources, ada, ben, instructor=None, staff=end)).codes == []
        [(action, before, after)] = await written_down(resources)
        assert (action, set(before["roles"]), after) == (
            "user.roles",
            {"moderator", "student"},
            {"roles": {"instructor": None, "staff": end.isoformat()}},
        )

    async def test_longer_and_shorter(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources)
        for end in (now() + timedelta(days=1), now() + timedelta(hours=1), None):
            assert (await _set(api, resources, ada, ben, student=end)).codes == []
            assert await roles_of(resources, ben) == {"student": end}

    async def test_bad_input(self, api: Api, resources: Resources, ada: Person) -> None:
        ben = await make_person(resources)
        student = {"roleId": await role_id(resources, "student")}
        unknown = {"roleId": "rol_00000000-0000-7000-8000-000000000000"}
        past = student | {"expiresAt": (now() - timedelta(seconds=1)).isoformat()}
        for roles, code, field in (
            ([], "INVALID_INPUT", ["roles"]),
            ([student, student], "INVALID_INPUT", ["roles"]),
            ([student] * 1000, "INVALID_INPUT", ["roles"]),
            ([past], "INVALID_INPUT", ["roles", "0", "expiresAt"]),
            ([student, unknown], "NOT_FOUND", ["roles", "1", "roleId"]),
        ):
            given = {"userId": ben.id, "roles": roles}
            refused = await api.mutate("userRolesSet", given, as_=ada)
            assert [(e["code"], e["field"]) for e in refused.errors] == [(code, ["input", *field])]
        given = {"userId": "usr_00000000-0000-7000-8000-000000000000", "roles": [student]}
        assert (await api.mutate("userRolesSet", given, as_=ada)).codes == ["NOT_FOUND"]
        assert await roles_of(resources, ben) == {"student": None}
        assert await written_down(resources) == []

    async def test_no_more_than_one_has(
        self, api: Api, resources: Resources, ada: Person, sue: Person
    ) -> None:
        ben = await make_person(resources)
        # Administrators neither make super admins nor change them.
        for whose, roles in ((ben, {"super_admin": None}), (sue, {"student": None})):
            before = await roles_of(resources, whose)
            refused = await _set(api, resources, ada, whose, **roles)
            assert refused.codes == ["BEYOND_OWN_RIGHTS"]
            assert await roles_of(resources, whose) == before
        assert await written_down(resources) == []
        assert (await _set(api, resources, ada, ben, admin=None)).codes == []
        assert (await _set(api, resources, sue, ben, super_admin=None)).codes == []

    async def test_nor_for_longer(self, api: Api, resources: Resources) -> None:
        eve, ben = await make_person(resources), await make_person(resources)
        end = now() + timedelta(hours=1)
        await give(resources, eve, "admin", end)
        later = end + timedelta(seconds=1)
        for until in (None, later):
            refused = await _set(api, resources, eve, ben, student=None, admin=until)
            assert refused.codes == ["BEYOND_OWN_RIGHTS"]
        assert await roles_of(resources, ben) == {"student": None}
        assert (await _set(api, resources, eve, ben, student=None, admin=end)).codes == []

    async def test_not_ones_own(self, api: Api, resources: Resources, sue: Person) -> None:
        for roles in ({"student": None}, {"super_admin": None, "instructor": None}):
            assert (await _set(api, resources, sue, sue, **roles)).codes == ["OWN_ACCOUNT"]
        assert await roles_of(resources, sue) == {"super_admin": None}

    async def test_somebody_stays_for_good(
        self, api: Api, resources: Resources, sue: Person
    ) -> None:
        eve = await make_person(resources)
        await give(resources, eve, "super_admin", now() + timedelta(days=1))
        # What is Eve's ends: she gives nothing for good, and takes what is.
        soon = now() + timedelta(hours=1)
        for roles in ({"super_admin": soon}, {"student": soon}):
            refused = await _set(api, resources, eve, sue, **roles)
            assert refused.codes == ["LAST_SUPER_ADMIN"]
        assert await roles_of(resources, sue) == {"super_admin": None}
        assert await written_down(resources) == []


class TestAtOnce:
    async def test_two_who_take_it_from_each_other(
        self, api: Api, resources: Resources, sue: Person
    ) -> None:
        tom = await make_person(resources, "tom", role="super_admin")
        document = "mutation ($input: UserRolesSetInput!) { userRolesSet(input: $input)"
        document += " { errors { code } } }"
        student = [{"roleId": await role_id(resources, "student")}]

        async def take(person: Person, whose: Person) -> Any:
            given = {"input": {"userId": whose.id, "roles": student}}
            return await api.execute(document, given, as_=person)

        answers = await asyncio.gather(take(sue, tom), take(tom, sue))
        # Whoever comes second has lost the right by then.
        assert sorted(answer.codes for answer in answers) == [[], ["FORBIDDEN"]]
        left = [await roles_of(resources, each) for each in (sue, tom)]
        assert sorted(map(list, left)) == [["student"], ["super_admin"]]
        assert len(await written_down(resources)) == 1

    async def test_rights_that_end_before_the_commit(
        self, resources: Resources, ada: Person, sue: Person
    ) -> None:
        ben = await make_person(resources)
        wanted = RolesData(
            roles=[GivenRole(role_id=from_global("rol", await role_id(resources, "moderator")))]
        )
        late = asyncio.Event()

        async def ada_gives() -> None:
            # She was admitted; what she may do ends while she waits for her turn.
            await late.wait()
            async with resources.begin() as uow:
                await administration.set_roles(uow, ada.viewer, ben.key, wanted)

        giving = asyncio.create_task(ada_gives())
        async with resources.begin() as uow:
            await administration.set_roles(uow, sue.viewer, ada.key, wanted)
            await uow.session.flush()
            late.set()
            await asyncio.sleep(0)
        with pytest.raises(Forbidden):
            await giving
        assert await roles_of(resources, ben) == {"student": None}
        assert len(await written_down(resources)) == 1

    async def test_nothing_is_lost(
        self, api: Api, resources: Resources, ada: Person, sue: Person
    ) -> None:
        ben = await make_person(resources)
        names = ["student", "instructor", "moderator", "staff"]
        await asyncio.gather(
            *(
                _set(api, resources, (ada, sue)[number % 2], ben, **{name: None})
                for number, name in enumerate(names * 3)
            )
        )
        entries = await written_down(resources)
        assert entries[0][1] == {"roles": {"student": None}}
        for earlier, later in itertools.pairwise(entries):
            assert later[1] == earlier[2]
        assert {"roles": await roles_of(resources, ben)} == entries[-1][2]
