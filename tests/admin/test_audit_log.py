"""The audit log, shown and verified."""

import asyncio
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts.models import AccountStatus
from app.accounts.store import users
from app.cli.audit import verify
from app.core import audit
from app.core.audit import USER
from app.core.client import Client
from app.core.resources import Resources
from app.core.settings import Settings
from tests.accounts.office import role_id, user_of
from tests.client import Api
from tests.factories import Person, make_person, writing

_LOG = """
    query ($filter: AuditFilter, $first: Int, $after: String) {
        auditLog(filter: $filter, first: $first, after: $after) {
            totalCount pageInfo { endCursor hasNextPage }
            nodes {
                number at action actor { username } subjectKind subject { username } subjectKey
                address userAgent changes { name before after }
            }
        }
    }
"""
_OFFICE = Client("192.0.2.7", "a browser")
_ROLE = UUID("00000000-0000-7000-8000-00000000cafe")


async def _log(api: Api, person: Person, **filter: Any) -> list[dict[str, Any]]:
    answer = await api.execute(_LOG, {"filter": filter}, as_=person)
    found: list[dict[str, Any]] = answer.ok()["auditLog"]["nodes"]
    return found


async def _note(
    resources: Resources,
    action: str,
    actor: Person | None,
    subject: tuple[str, UUID | None],
    **more: Any,
) -> None:
    async with resources.begin(_OFFICE) as uow:
        uow.audit(action, actor.key if actor else None, subject, **more)


async def _some(resources: Resources, ada: Person, ben: Person) -> None:
    """Four entries."""
    await _note(resources, "user.roles", ada, (USER, ben.key), after={"roles": {"staff": None}})
    await _note(resources, "role.delete", ada, ("role", _ROLE), before={"name": "Tutor"})
    await _note(resources, "password.change", ben, (USER, ben.key))
    await _note(
        resources, "log.trim", None, ("log", None), before={"days": 1}, after={"days": [2, "x"]}
    )


def _numbers(nodes: list[dict[str, Any]]) -> list[int]:
    return [int(node["number"]) for node in nodes]


class TestShown:
    async def test_who_what_from_where_and_what_changed(
        self, api: Api, resources: Resources, ada: Person, ben: Person
    ) -> None:
        given = {
            "userId": ben.id,
            "roles": [{"roleId": await role_id(resources, "instructor")}],
        }
        headers = {"User-Agent": "curl of Ada"}
        await api.mutate("userRolesSet", given, as_=ada, headers=headers)
        [entry] = await _log(api, ada)
        at = datetime.fromisoformat(entry.pop("at"))
        assert abs(at - datetime.now(at.tzinfo)) < timedelta(minutes=1)
        assert entry == {
            "number": "1",
            "action": "user.roles",
            "actor": {"username": "ada"},
            "subjectKind": "user",
            "subject": {"username": "ben"},
            "subjectKey": None,
            "address": "127.0.0.1",
            "userAgent": "curl of Ada",
            "changes": [
                {
                    "name": "roles",
                    "before": '{"student": null}',
                    "after": '{"instructor": null}',
                }
            ],
        }

    async def test_newest_first_in_pages(
        self, api: Api, resources: Resources, ada: Person, ben: Person
    ) -> None:
        await _some(resources, ada, ben)
        seen, after = [], None
        for _ in range(2):
            answer = await api.execute(_LOG, {"first": 3, "after": after}, as_=ada)
            page = answer.ok()["auditLog"]
            assert page["totalCount"] == 4
            seen += _numbers(page["nodes"])
            after = page["pageInfo"]["endCursor"]
        assert seen == [4, 3, 2, 1]
        assert not page["pageInfo"]["hasNextPage"]

    async def test_things_and_the_program_itself(
        self, api: Api, resources: Resources, ada: Person, ben: Person
    ) -> None:
        await _some(resources, ada, ben)
        program, _, role, _ = await _log(api, ada)
        assert (program["actor"], program["subject"], program["subjectKey"]) == (None, None, None)
        assert program["changes"] == [{"name": "days", "before": "1", "after": '[2, "x"]'}]
        assert (role["subjectKind"], role["subject"]) == ("role", None)
        assert role["subjectKey"] == str(_ROLE)
        assert role["changes"] == [{"name": "name", "before": '"Tutor"', "after": None}]

    async def test_filters(self, api: Api, resources: Resources, ada: Person, ben: Person) -> None:
        await _some(resources, ada, ben)
        times = {int(each["number"]): each["at"] for each in await _log(api, ada)}
        for filter, expected in (
            ({"actorId": ada.id}, [2, 1]),
            ({"subjectId": ben.id}, [3, 1]),
            ({"actorId": ada.id, "subjectId": ben.id}, [1]),
            ({"subjectId": ada.id}, []),
            ({"subjectKind": "role"}, [2]),
            ({"subjectKey": str(_ROLE)}, [2]),
            # People are known by an alias, and by none of these.
            ({"subjectKey": str(ben.key)}, []),
            ({"subjectKey": "no key"}, []),
            ({"action": "password.change"}, [3]),
            ({"action": "password"}, []),
            ({"from": times[2], "to": times[4]}, [3, 2]),
            ({"to": times[1]}, []),
        ):
            assert _numbers(await _log(api, ada, **filter)) == expected, filter

    async def test_archived_people_are_named_and_erased_ones_are_not(
        self, api: Api, resources: Resources, ada: Person, ben: Person
    ) -> None:
        await _some(resources, ada, ben)
        async with writing(resources) as session:
            user = await users.lock_user(session, ben.key)
            user.status = AccountStatus.DEACTIVATED
        assert [each["subject"] for each in await _log(api, ada, subjectId=ben.id)] == [
            {"username": "ben"}
        ] * 2
        async with writing(resources) as session:
            await session.execute(text("SELECT audit_erase(:key)"), {"key": ben.key})
        entries = await _log(api, ada)
        assert _numbers(entries) == [4, 3, 2, 1]
        erased = entries[3]
        assert erased["actor"] == {"username": "ada"}
        assert [erased[name] for name in ("subject", "address", "userAgent")] == [None] * 3
        assert erased["changes"] == []
        assert await _log(api, ada, subjectId=ben.id) == []

    async def test_only_with_the_permission(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        answer = await api.execute(_LOG, as_=staff)
        assert answer.codes == ["FORBIDDEN"]


class TestVerify:
    async def _verify(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Any:
        capsys.readouterr()
        code = await verify(settings)
        return code, capsys.readouterr().out.splitlines()

    async def _tamper(self, resources: Resources, statement: str) -> None:
        async with writing(resources) as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await session.execute(text(statement))

    async def test_empty(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        assert await self._verify(settings, capsys) == (0, ["The audit log has no entries."])

    @pytest.mark.parametrize("part", [1, 2, 3, 4, 5])
    async def test_in_parts_of_any_size(
        self,
        settings: Settings,
        resources: Resources,
        ada: Person,
        ben: Person,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        part: int,
    ) -> None:
        monkeypatch.setattr(audit, "_PART", part)
        await _some(resources, ada, ben)
        async with resources.database.read() as session:
            last = await audit.newest(session)
            counts = [each.count async for each in audit.verify(session)]
        assert last is not None
        whole = f"Entries: 4. The last one has number 4 and hash {last.hash.hex()}."
        fine = "None was changed, and none is missing before the last one."
        assert await self._verify(settings, capsys) == (0, [whole, fine])
        assert sum(counts) == 4
        assert max(counts) <= part
        await self._tamper(resources, "UPDATE audit_entry SET action = 'x' WHERE sequence = 2")
        told = "Changed, or after a gap: 1, with the numbers 2."
        assert await self._verify(settings, capsys) == (1, [whole, told])
        await self._tamper(resources, "DELETE FROM audit_entry WHERE sequence = 3")
        told = "Changed, or after a gap: 2, with the numbers 2, 4."
        assert (await self._verify(settings, capsys))[1][1] == told

    async def test_what_it_says_is_gone_though_nobody_was_erased(
        self,
        settings: Settings,
        resources: Resources,
        ada: Person,
        ben: Person,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        await _some(resources, ada, ben)
        async with writing(resources) as session:
            await session.execute(text("SELECT audit_erase(:key)"), {"key": ben.key})
        assert (await self._verify(settings, capsys))[0] == 0
        await self._tamper(resources, "DELETE FROM audit_detail")
        told = "Changed, or after a gap: 2, with the numbers 2, 4."
        assert (await self._verify(settings, capsys))[1][1] == told

    async def test_only_the_first_numbers_are_told(
        self,
        settings: Settings,
        resources: Resources,
        ada: Person,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        async with resources.begin() as uow:
            for _ in range(30):
                uow.audit("role.delete", ada.key, ("role", None))
        await self._tamper(resources, "UPDATE audit_entry SET action = 'x'")
        numbers = ", ".join(map(str, range(1, 21)))
        told = f"Changed, or after a gap: 30, with the numbers {numbers} and others."
        assert (await self._verify(settings, capsys))[1][1] == told


class TestCommands:
    async def _run(self, settings: Settings, *words: str) -> tuple[int, str]:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "app.cli", *words],
            env=os.environ | {"DATABASE_URL": settings.database_url},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    async def test_appoint_and_verify(
        self, api: Api, settings: Settings, resources: Resources, ben: Person, ada: Person
    ) -> None:
        assert await self._run(settings, "appoint", "BEN@example.com") == (
            0,
            "ben is super_admin.\n",
        )
        # Again it changes nothing.
        assert (await self._run(settings, "appoint", "ben"))[0] == 0
        code, told = await self._run(settings, "appoint", "nobody")
        assert (code, "There is no account nobody." in told) == (1, True)
        [entry] = await _log(api, ada)
        assert (entry["actor"], entry["subject"]) == (None, {"username": "ben"})
        assert entry["changes"] == [
            {
                "name": "roles",
                "before": '{"student": null}',
                "after": '{"student": null, "super_admin": null}',
            }
        ]
        assert (await user_of(resources, ben)).status is AccountStatus.ACTIVE
        code, told = await self._run(settings, "audit", "verify")
        assert code == 0
        assert re.match("Entries: 1. The last one has number 1 and hash [0-9a-f]{64}.\n", told)
        async with writing(resources) as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await session.execute(text("UPDATE audit_entry SET action = 'x'"))
        assert (await self._run(settings, "audit", "verify"))[0] == 1
