"""Roles that are made, changed and deleted: within what one may, and written down."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts.models import Permission
from app.accounts.roles import PERMISSIONS, SYSTEM_ROLES
from app.core.clock import now
from app.core.resources import Resources
from app.core.settings import Settings
from app.seed import seed_system
from tests.accounts.office import ROLE, actors, all_roles, give, role_id, roles_of, written_down
from tests.client import Api, Payload
from tests.factories import Person, make_person, sign_in, writing

_ROLES = "{ roles(first: 100) { nodes { name system permissions userCount } } }"
_PERMISSIONS = "{ permissions(first: 100) { nodes { key module feature description } } }"


@pytest.fixture
def settings(settings: Settings, own_database_url: str) -> Settings:
    """A database whose roles a test may change."""
    return settings.model_copy(update={"database_url": own_database_url})


@pytest.fixture
async def sue(resources: Resources) -> Person:
    return await make_person(resources, "sue", role="super_admin")


async def _create(api: Api, person: Person, name: str, *permissions: str) -> Payload:
    given = {"name": name, "description": "Helps.", "permissions": list(permissions)}
    return await api.mutate("roleCreate", given, f"role {{ {ROLE} }}", as_=person)


async def _set(api: Api, person: Person, id: str, *permissions: str) -> Payload:
    given = {"id": id, "permissions": list(permissions)}
    return await api.mutate("rolePermissionsSet", given, f"role {{ {ROLE} }}", as_=person)


class TestReading:
    async def test_roles_by_name(self, api: Api, resources: Resources, ada: Person) -> None:
        await give(resources, await make_person(resources), "staff", now() - timedelta(hours=1))
        nodes = (await api.execute(_ROLES, as_=ada)).ok()["roles"]["nodes"]
        assert nodes == [
            {
                "name": name,
                "system": True,
                "permissions": sorted(SYSTEM_ROLES[name][1]),
                "userCount": {"admin": 1, "student": 1}.get(name, 0),
            }
            for name in sorted(SYSTEM_ROLES)
        ]

    async def test_permissions_by_module_and_feature(self, api: Api, ada: Person) -> None:
        nodes = (await api.execute(_PERMISSIONS, as_=ada)).ok()["permissions"]["nodes"]
        assert [node["key"] for node in nodes] == sorted(
            PERMISSIONS, key=lambda key: tuple(key.split("."))
        )
        course = next(node for node in nodes if node["key"] == "course.create")
        assert course == {
            "key": "course.create",
            "module": "course",
            "feature": "create",
            "description": "Write courses.",
        }

    async def test_a_role_is_nobody_elses_to_see(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        document = "query ($id: ID!) { node(id: $id) { ... on Role { name } } }"
        asked = {"id": await role_id(resources, "staff")}
        staff = await make_person(resources, role="staff")
        assert (await api.execute(document, asked, as_=staff)).ok()["node"] is None
        assert (await api.execute(document, asked, as_=ada)).ok()["node"] == {"name": "staff"}


class TestMaking:
    async def test_create_update_delete(self, api: Api, resources: Resources, ada: Person) -> None:
        made = (await _create(api, ada, "  Tutor ", "session.ask", "course.create")).ok()["role"]
        assert made == {
            "id": made["id"],
            "name": "Tutor",
            "description": "Helps.",
            "system": False,
            "permissions": ["course.create", "session.ask"],
            "userCount": 0,
        }
        given = {"id": made["id"], "name": "tutor", "description": "Helps."}
        await api.mutate("roleUpdate", given, as_=ada)
        # The same again changes nothing.
        updated = (await api.mutate("roleUpdate", given, f"role {{ {ROLE} }}", as_=ada)).ok()
        assert updated["role"] == made | {"name": "tutor"}
        ben = await make_person(resources)
        await give(resources, ben, "tutor")
        deleted = await api.mutate("roleDelete", {"id": made["id"]}, "deletedId", as_=ada)
        assert deleted.ok()["deletedId"] == made["id"]
        assert set(await all_roles(resources)) == set(SYSTEM_ROLES)
        assert await roles_of(resources, ben) == {"student": None}
        whole = {"description": "Helps.", "permissions": ["course.create", "session.ask"]}
        assert await written_down(resources) == [
            ("role.create", None, {"name": "Tutor", **whole}),
            ("role.update", {"name": "Tutor"}, {"name": "tutor"}),
            ("role.delete", {"name": "tutor", "users": 1, **whole}, None),
        ]
        assert await actors(resources) == [ada.key] * 3

    @pytest.mark.parametrize(
        "name",
        ["Admin", "SUPER_ADMIN", "super admin", "Súper-Ádmin", "s u p e r a d m i n", "\uff53taff"],
    )
    async def test_not_to_be_mistaken_for_a_system_role(
        self, api: Api, resources: Resources, ada: Person, name: str
    ) -> None:
        assert (await _create(api, ada, name)).codes == ["ROLE_NAME_TAKEN"]
        assert set(await all_roles(resources)) == set(SYSTEM_ROLES)

    @pytest.mark.parametrize(
        "name", ["", "   ", "x" * 129, "\u0430dmin", "ad\u200bmin", "two\nlines", "nul\0"]
    )
    async def test_no_name_at_all(
        self, api: Api, resources: Resources, ada: Person, name: str
    ) -> None:
        refused = await _create(api, ada, name)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            ("INVALID_INPUT", ["input", "name"])
        ]
        assert set(await all_roles(resources)) == set(SYSTEM_ROLES)

    async def test_a_name_is_taken_in_any_case(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        await _create(api, ada, "Tutor")
        both = await asyncio.gather(_create(api, ada, "MENTOR"), _create(api, ada, "mentor"))
        assert sorted(each.codes for each in both) == [[], ["ROLE_NAME_TAKEN"]]
        assert (await _create(api, ada, "tUTOR")).codes == ["ROLE_NAME_TAKEN"]
        mentor = next(each.data["role"] for each in both if not each.codes)
        given = {"id": mentor["id"], "name": "TUTOR"}
        assert (await api.mutate("roleUpdate", given, as_=ada)).codes == ["ROLE_NAME_TAKEN"]
        assert len(await all_roles(resources)) == len(SYSTEM_ROLES) + 2

    @pytest.mark.parametrize(
        ("permissions", "code"),
        [
            (["course.create", "no.such"], "INVALID_INPUT"),
            (["'; --"], "INVALID_INPUT"),
            (["nul\0"], "INVALID_INPUT"),
            ([f"module.feature{number}" for number in range(10_000)], "INVALID_INPUT"),
            (["user.create_any"], "BEYOND_OWN_RIGHTS"),
        ],
        ids=["unknown", "no key", "nul", "10,000", "beyond"],
    )
    async def test_what_cant_be_permitted(
        self, api: Api, resources: Resources, ada: Person, permissions: list[str], code: str
    ) -> None:
        made = (await _create(api, ada, "Tutor", "session.ask")).ok()["role"]
        before = await all_roles(resources)
        for refused in (
            await _create(api, ada, "Mentor", *permissions),
            await _set(api, ada, made["id"], *permissions),
        ):
            assert set(refused.codes) == {code}
            assert refused.errors[0]["field"][:2] == ["input", "permissions"]
        assert await all_roles(resources) == before
        assert len(await written_down(resources)) == 1

    async def test_no_such_role(self, api: Api, ada: Person) -> None:
        gone = {"id": "rol_00000000-0000-7000-8000-000000000000"}
        for name, more in (
            ("roleUpdate", {"name": "x"}),
            ("roleDelete", {}),
            ("rolePermissionsSet", {"permissions": []}),
        ):
            assert (await api.mutate(name, gone | more, as_=ada)).codes == ["NOT_FOUND"]


class TestSystemRoles:
    async def test_they_stay(self, api: Api, resources: Resources, sue: Person) -> None:
        before = await all_roles(resources)
        for name in SYSTEM_ROLES:
            id = await role_id(resources, name)
            refused = await api.mutate("roleDelete", {"id": id}, as_=sue)
            assert refused.codes == ["SYSTEM_ROLE"], name
            given = {"id": id, "name": f"{name}s", "description": "x"}
            assert (await api.mutate("roleUpdate", given, as_=sue)).codes == ["SYSTEM_ROLE"], name
        assert await all_roles(resources) == before
        assert await written_down(resources) == []

    async def test_another_description(self, api: Api, resources: Resources, ada: Person) -> None:
        given = {"id": await role_id(resources, "staff"), "name": "staff", "description": "Runs."}
        await api.mutate("roleUpdate", given, as_=ada)
        assert (await all_roles(resources))["staff"][0] == "Runs."

    async def test_super_admin_keeps_everything(
        self, api: Api, resources: Resources, sue: Person, ada: Person
    ) -> None:
        id = await role_id(resources, "super_admin")
        fewer = sorted(PERMISSIONS)[1:]
        assert (await _set(api, sue, id, *fewer)).codes == ["SYSTEM_ROLE"]
        assert (await _set(api, ada, id, *fewer)).codes == ["BEYOND_OWN_RIGHTS"]
        given = {"id": id, "name": "super_admin", "description": "Mine."}
        assert (await api.mutate("roleUpdate", given, as_=ada)).codes == ["BEYOND_OWN_RIGHTS"]
        # All of it again is no change.
        assert (await _set(api, sue, id, *PERMISSIONS)).codes == []
        assert (await all_roles(resources))["super_admin"] == (
            "May do everything.",
            set(PERMISSIONS),
        )
        assert await written_down(resources) == []

    async def test_what_was_chosen_is_not_undone_by_the_next_start(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        await _set(api, ada, await role_id(resources, "student"), "message.send")
        async with writing(resources) as session:
            # As if the program didn't know this one yet, and still knew that one.
            await session.execute(delete(Permission).where(col(Permission.key) == "session.ask"))
            session.add(Permission(key="old.do", module="old", feature="do"))
        await seed_system(resources.database)
        found = await all_roles(resources)
        # What is new comes to those whose permissions were chosen as well.
        assert found.pop("student")[1] == {"message.send", "session.ask"}
        assert {name: keys for name, (_, keys) in found.items()} == {
            name: set(keys) for name, (_, keys) in SYSTEM_ROLES.items() if name != "student"
        }
        async with resources.database.read() as reading:
            assert set(await reading.all(select(Permission.key))) == set(PERMISSIONS)


class TestPermissions:
    async def test_exactly_these(self, api: Api, resources: Resources, ada: Person) -> None:
        made = (await _create(api, ada, "Tutor", "session.ask", "message.send")).ok()["role"]
        wanted = ["message.send", "course.create", "course.create"]
        changed = (await _set(api, ada, made["id"], *wanted)).ok()["role"]
        assert changed["permissions"] == ["course.create", "message.send"]
        assert (await _set(api, ada, made["id"], *wanted)).codes == []
        assert (await written_down(resources))[1:] == [
            (
                "role.permissions",
                {"permissions": ["message.send", "session.ask"]},
                {"permissions": ["course.create", "message.send"]},
            )
        ]

    async def test_it_holds_at_once(self, api: Api, resources: Resources, ada: Person) -> None:
        made = (await _create(api, ada, "Librarian", "prompt.read")).ok()["role"]
        ben = await make_person(resources, role="Librarian")
        document = "{ promptTemplates(first: 1) { nodes { key } } }"
        async with api.socket(as_=ben) as socket:

            async def asked() -> Any:
                return await (await socket.subscribe(document)).next()

            assert await asked()
            await _set(api, ada, made["id"])
            with pytest.raises(Exception, match="FORBIDDEN"):
                await asked()
        assert (await api.execute(document, as_=ben)).codes == ["FORBIDDEN"]

    async def test_a_role_of_more_is_not_changed(
        self, api: Api, resources: Resources, ada: Person, sue: Person
    ) -> None:
        made = (await _create(api, sue, "Deputy", *PERMISSIONS)).ok()["role"]
        before = await all_roles(resources)
        given = {"id": made["id"], "name": "Nobody"}
        for refused in (
            await api.mutate("roleUpdate", given, as_=ada),
            await api.mutate("roleDelete", {"id": made["id"]}, as_=ada),
            await _set(api, ada, made["id"], "session.ask"),
        ):
            assert refused.codes == ["BEYOND_OWN_RIGHTS"]
        assert await all_roles(resources) == before

    async def test_nobody_locks_themselves_out(
        self, api: Api, resources: Resources, ada: Person, sue: Person
    ) -> None:
        before = await all_roles(resources)
        id = await role_id(resources, "admin")
        left = set(SYSTEM_ROLES["admin"][1]) - {"role.manage"}
        assert (await _set(api, ada, id, *left)).codes == ["OWN_ACCOUNT"]
        assert await all_roles(resources) == before
        # Somebody else may.
        assert (await _set(api, sue, id, *left)).codes == []
        assert (await api.execute(_ROLES, as_=ada)).codes == ["FORBIDDEN"]

    async def test_who_may_for_a_while_gives_nothing_for_good(
        self, api: Api, resources: Resources
    ) -> None:
        eve = await make_person(resources)
        await give(resources, eve, "admin", now() + timedelta(hours=1))
        refused = await _create(api, eve, "Mine", "audit.read")
        assert refused.codes == ["BEYOND_OWN_RIGHTS"]
        assert set(await all_roles(resources)) == set(SYSTEM_ROLES)
        # What she has for good she gives for good.
        assert (await _create(api, eve, "Mine", "session.ask")).codes == []

    async def test_two_at_once_are_one_after_the_other(
        self, api: Api, resources: Resources, ada: Person, sue: Person
    ) -> None:
        made = (await _create(api, ada, "Tutor")).ok()["role"]
        # Nobody can give what they don't have.
        theirs = sorted(SYSTEM_ROLES["admin"][1])
        sets = [theirs[:number] for number in range(1, 9)]
        await asyncio.gather(
            *(
                _set(api, (ada, sue)[number % 2], made["id"], *keys)
                for number, keys in enumerate(sets)
            )
        )
        entries = (await written_down(resources))[1:]
        assert len(entries) == len(sets)
        # Each begins where the one before ended.
        for earlier, later in itertools.pairwise(entries):
            assert later[1] == earlier[2]
        last = entries[-1][2]["permissions"]
        assert (await all_roles(resources))["Tutor"][1] == set(last)

    async def test_deleting_one_while_those_who_have_it_sign_in(
        self, api: Api, resources: Resources, ada: Person
    ) -> None:
        people = [await make_person(resources) for _ in range(3)]
        for number in range(3):
            made = (await _create(api, ada, f"Tutor {number}", "session.ask")).ok()["role"]
            for person in people:
                await give(resources, person, f"Tutor {number}")
            deleting = api.mutate("roleDelete", {"id": made["id"]}, as_=ada)
            signing_in = [sign_in(resources, each.user) for each in people * 3]
            # Nobody waits for somebody who waits for them.
            deleted, *_ = await asyncio.gather(deleting, *signing_in)
            assert deleted.codes == []
        assert set(await all_roles(resources)) == set(SYSTEM_ROLES)
