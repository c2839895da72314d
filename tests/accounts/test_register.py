"""`accountRegister`."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from app.accounts.models import AuthSession, RefreshToken, User
from app.core.resources import Resources
from tests.client import Api
from tests.factories import PASSWORD, make_person, waiting_events

_FIELDS = "user { id username firstName } tokens { accessToken refreshToken expiresIn }"


def _input(**changes: Any) -> dict[str, Any]:
    given = {
        "username": "ana",
        "email": "ana@example.com",
        "password": PASSWORD,
        "firstName": "Ana",
    }
    return given | changes


async def _users(resources: Resources) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(User))


class TestRegister:
    async def test_makes_a_student_and_signs_in(self, api: Api, resources: Resources) -> None:
        made = (await api.mutate("accountRegister", _input(), _FIELDS)).ok()
        assert made["user"]["username"] == "ana"
        assert made["tokens"]["expiresIn"] == 900
        token = {"Authorization": f"Bearer {made['tokens']['accessToken']}"}
        seen = await api.execute("{ viewer { user { id } email roles } }", headers=token)
        assert seen.ok()["viewer"] == {
            "user": {"id": made["user"]["id"]},
            "email": "ana@example.com",
            "roles": ["student"],
        }
        assert await waiting_events(resources) == ["account.registered", "account.signed_in"]

    async def test_keeps_neither_password_nor_refresh_token(
        self, api: Api, resources: Resources
    ) -> None:
        made = (await api.mutate("accountRegister", _input(), _FIELDS)).ok()
        async with resources.database.read() as session:
            user = await session.value(select(User))
            token = await session.value(select(RefreshToken))
        assert user.password_hash.startswith("$argon2id$")
        assert PASSWORD not in user.password_hash
        assert made["tokens"]["refreshToken"].encode() not in token.token_hash

    async def test_keeps_the_device(self, api: Api, resources: Resources) -> None:
        device = {"type": "desktop", "os": "Linux", "browser": "Firefox"}
        await api.mutate("accountRegister", _input(device=device), headers={"User-Agent": "Test/1"})
        async with resources.database.read() as session:
            row = await session.value(select(AuthSession))
        assert (row.device_type, row.device_os, row.device_browser) == tuple(device.values())
        assert (row.user_agent, row.address) == ("Test/1", "127.0.0.1")

    @pytest.mark.parametrize(
        ("password", "message"),
        [
            ("Aa1!aaa", "A password has 8 to 128 characters."),
            ("Aa1!" + "x" * 125, "A password has 8 to 128 characters."),
            ("photosynthesis-1", "The password needs an upper-case letter."),
            ("PHOTOSYNTHESIS-1", "The password needs a lower-case letter."),
            ("Photosynthesis-x", "The password needs a digit."),
            ("Photosynthesis1", "The password needs a special character."),
            (
                "photosynthesis",
                "The password needs an upper-case letter and a digit and a special character.",
            ),
            ("P@ssw0rd", "This password is common or easily guessed: choose another."),
        ],
    )
    async def test_weak_password(
        self, api: Api, resources: Resources, password: str, message: str
    ) -> None:
        refused = await api.mutate("accountRegister", _input(password=password), "user { id }")
        assert refused.data["user"] is None
        assert refused.errors == [
            {
                "code": "WEAK_PASSWORD",
                "message": message,
                "field": ["input", "password"],
                "lockoutEnd": None,
            }
        ]
        assert await _users(resources) == 0

    async def test_password_of_ones_own_name(self, api: Api, resources: Resources) -> None:
        given = _input(username="photosynthesis")
        assert (await api.mutate("accountRegister", given)).codes == ["WEAK_PASSWORD"]
        assert await _users(resources) == 0

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"username": "an"}, "username"),
            ({"username": "x" * 257}, "username"),
            ({"username": "a na"}, "username"),
            ({"username": "ana@home"}, "username"),
            ({"email": "ana"}, "email"),
            ({"email": "ana@"}, "email"),
            ({"firstName": "  "}, "firstName"),
        ],
    )
    async def test_invalid(
        self, api: Api, resources: Resources, changes: dict[str, str], field: str
    ) -> None:
        refused = await api.mutate("accountRegister", _input(**changes))
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            ("INVALID_INPUT", ["input", field])
        ]
        assert await _users(resources) == 0

    async def test_every_fault_is_named(self, api: Api) -> None:
        refused = await api.mutate("accountRegister", _input(username="a", email="b"))
        assert [error["field"] for error in refused.errors] == [
            ["input", "username"],
            ["input", "email"],
        ]

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"username": "ANA", "email": "other@example.com"}, "USERNAME_TAKEN", "username"),
            ({"username": "other", "email": "ANA@Example.com"}, "EMAIL_TAKEN", "email"),
        ],
    )
    async def test_taken_in_another_case(
        self, api: Api, resources: Resources, changes: dict[str, str], code: str, field: str
    ) -> None:
        await make_person(resources, "ana")
        refused = await api.mutate("accountRegister", _input(**changes))
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            (code, ["input", field])
        ]
        assert await _users(resources) == 1

    async def test_at_the_same_time(self, api: Api, resources: Resources) -> None:
        answers = await asyncio.gather(
            *[
                api.mutate("accountRegister", _input(email=f"ana{n}@example.com"), "user { id }")
                for n in range(4)
            ]
        )
        codes = sorted(answer.codes for answer in answers)
        assert codes == [[], *[["USERNAME_TAKEN"]] * 3]
        assert await _users(resources) == 1
