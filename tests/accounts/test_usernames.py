"""Usernames that look like others."""
# ruff: noqa: RUF001 - look-alike letters are what it is about

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlmodel import select

from app.accounts.models import User
from app.accounts.usernames import check, skeleton
from app.core.ids import new_id
from app.core.migrate import config, upgrade
from app.core.resources import Resources
from tests.accounts.letters import read_user
from tests.client import Api
from tests.conftest import Databases
from tests.factories import PASSWORD, make_person, writing

# Names of one script, or of none, that look like `admin`, `paypa1` and `modern`.
_ALIKE = [
    ("admin", "ADMIN"),
    ("admin", "adm1n"),
    ("admin", "admln"),
    ("admin", "adrnin"),
    ("admin", "ａｄｍｉｎ"),
    ("admin", "adm\u0131n"),
    ("admin", "𝐚𝐝𝐦𝐢𝐧"),
    ("ROSE", "R0SE"),
    ("alice", "aIice"),
    ("paypa", "раура"),
    ("BOB", "ВОВ"),
]
_MIXED = ["аdmin", "аԁmin", "Αdmin", "admіn", "pαul", "ивaн"]
_INVISIBLE = ["admin\ufe0f", "ad\u034fmin", "admin\u3164", "ad\u200dmin", "ad\u200emin"]


def _input(username: str) -> dict[str, Any]:
    email = f"{new_id()}@example.com"
    return {"username": username, "email": email, "password": PASSWORD, "firstName": "Zoe"}


class TestSkeleton:
    @pytest.mark.parametrize(("one", "other"), _ALIKE)
    def test_alike(self, one: str, other: str) -> None:
        assert skeleton(one) == skeleton(other)

    @pytest.mark.parametrize("name", _MIXED)
    def test_mixed_ones_are_alike_too(self, name: str) -> None:
        assert skeleton(name) in {skeleton(each) for each in ("admin", "paul", "иван")}

    @pytest.mark.parametrize(
        ("one", "other"), [("ana", "anna"), ("ana", "aná"), ("ben", "bem"), ("иван", "ivan")]
    )
    def test_different(self, one: str, other: str) -> None:
        assert skeleton(one) != skeleton(other)

    def test_is_the_same_in_any_case_of_latin(self) -> None:
        for name in ("Wolfgang", "Ian", "straße", "Élise"):
            assert skeleton(name.upper()) == skeleton(name.lower())

    def test_fits_into_an_index(self) -> None:
        assert len(skeleton("\ufdfa" * 256)) == 512

    @pytest.mark.parametrize(
        "name", ["ana", "ana_1", "élise", "анна", "Σοφία", "田中たろう", "金Kim김", "陳chen"]
    )
    def test_allowed(self, name: str) -> None:
        assert check(name) == name


class TestRegister:
    @pytest.mark.parametrize(("taken", "username"), _ALIKE)
    async def test_looks_like_another(
        self, api: Api, resources: Resources, taken: str, username: str
    ) -> None:
        await make_person(resources, taken)
        refused = await api.mutate("accountRegister", _input(username))
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("USERNAME_TAKEN", ["input", "username"])
        ]
        async with resources.database.read() as session:
            assert await session.all(select(User.username)) == [taken]

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            (_MIXED, "A username doesn't mix letters of different scripts."),
            (_INVISIBLE[:3], "A username has no invisible characters."),
            (_INVISIBLE[3:], "A username has no spaces, no @ and only printable characters."),
        ],
    )
    async def test_refused(
        self, api: Api, resources: Resources, names: list[str], message: str
    ) -> None:
        for name in names:
            refused = await api.mutate("accountRegister", _input(name))
            assert [(each["code"], each["message"]) for each in refused.errors] == [
                ("INVALID_INPUT", message)
            ]
        async with resources.database.read() as session:
            assert await session.all(select(User)) == []

    async def test_at_the_same_time(self, api: Api) -> None:
        names = ("modern", "modem", "MODERN", "m0dern")
        answers = await asyncio.gather(
            *[api.mutate("accountRegister", _input(name)) for name in names]
        )
        codes = sorted(each.codes for each in answers)
        assert codes == [[]] + [["USERNAME_TAKEN"]] * 3


class TestKept:
    async def test_when_a_name_changes(self, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        for changes in ({"first_name": "Anna"}, {"username": "modem"}):
            async with writing(resources) as session:
                user = await session.value(select(User).where(User.id == ana.key))
                for name, value in changes.items():
                    setattr(user, name, value)
            changed = await read_user(resources, ana)
            assert changed.username_skeleton == skeleton(changed.username)


class TestMigration:
    async def test_accounts_made_before(self, databases: Databases) -> None:
        async with databases.clone() as url:
            await asyncio.to_thread(command.downgrade, config(url), "0003")
            connection = await asyncpg.connect(url)
            keys = [new_id() for _ in range(4)]
            for key, name in zip(keys, ("admin", "аdmin", "ADM1N", "ana"), strict=True):
                await connection.execute(
                    """
                    INSERT INTO user_account (id, username, email, password_hash, first_name,
                      time_zone, language, status, email_verified)
                    VALUES ($1, $2, $3, '', 'A', 'UTC', 'en', 'ACTIVE', false)
                    """,
                    key,
                    name,
                    f"{key}@example.com",
                )
            await asyncio.to_thread(upgrade, url)
            rows = await connection.fetch(
                "SELECT username_skeleton AS found FROM user_account ORDER BY id"
            )
            await connection.close()
        admin = skeleton("admin")
        assert [row["found"] for row in rows] == [
            admin,
            f"{admin} {keys[1]}",
            f"{admin} {keys[2]}",
            skeleton("ana"),
        ]
