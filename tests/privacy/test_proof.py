"""Before: an archive of all that is known of somebody. After: nothing of them is left to find."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import select

from app.accounts.models import User
from app.core import audit
from app.core.audit import USER
from app.core.clock import now
from app.core.ids import from_global
from app.core.outbox import OutboxEntry, Topic
from app.core.resources import Resources
from app.privacy.models import AccountDeletion
from app.privacy.service import erasure, exports
from app.privacy.service.archive import shown
from app.privacy.store import owned
from tests.client import Api
from tests.factories import PASSWORD, Person, _password_hash, sign_in, writing
from tests.privacy.belongings import (
    Belongings,
    Filler,
    everything,
    found_in,
    kept_by_valkey,
    kept_in_files,
    led_to,
)


@pytest.fixture
def database_url(own_database_url: str) -> str:
    """Prompts and the like are filled too."""
    return own_database_url


@pytest.fixture
async def theirs(resources: Resources) -> Belongings:
    """Somebody with something everywhere."""
    return await Filler(resources).fill(_password_hash())


@pytest.fixture
async def them(resources: Resources, theirs: Belongings) -> Person:
    """They, signed in."""
    async with resources.database.read() as session:
        user = await session.value(select(User).where(User.id == theirs.person.id))
    return await sign_in(resources, user)


async def _due(resources: Resources) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(AccountDeletion).values(erase_after=now() - timedelta(seconds=1))
        )


async def _delete(api: Api, person: Person) -> None:
    done = await api.mutate("accountDelete", {"password": PASSWORD}, "eraseAfter", as_=person)
    done.ok()


async def _archive(resources: Resources, api: Api, person: Person) -> ZipFile:
    done = await api.execute("mutation { dataExportRequest { dataExport { id } } }", as_=person)
    key = from_global("exp", done.ok()["dataExportRequest"]["dataExport"]["id"])
    await exports.make(resources, key)
    answer = await api.execute("{ dataExports(first: 100) { nodes { status url } } }", as_=person)
    [url] = [
        node["url"]
        for node in answer.ok()["dataExports"]["nodes"]
        if node["url"] and "exports/" in node["url"]
    ]
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(url)
    assert response.status_code == 200
    return ZipFile(BytesIO(response.content))


class TestProof:
    async def test_the_archive_has_it_all(
        self,
        resources: Resources,
        api: Api,
        theirs: Belongings,
        them: Person,
    ) -> None:
        archive = await _archive(resources, api, them)
        text = {name: archive.read(name).decode() for name in archive.namelist()}
        for name, content in text.items():
            if name.endswith(".json"):
                json.loads(content)
        for word, table in theirs.words.items():
            assert (word in text.get(f"{table}.json", "")) is (word not in theirs.kept_back), table
        everything_in_it = " ".join(text.values())
        assert _password_hash() not in everything_in_it
        secret = {column.name for table in owned.exported() for column in table.columns}
        secret -= {column.name for table in owned.exported() for column in shown(table)}
        assert {"password_hash", "token_hash", "carry_key", "object_key"} <= secret
        assert not [name for name in secret - _ALSO_SHOWN if f'"{name}"' in everything_in_it]

    async def test_nothing_is_left_to_find(
        self,
        resources: Resources,
        api: Api,
        theirs: Belongings,
        them: Person,
    ) -> None:
        await _archive(resources, api, them)
        for name in ("auth", "exports"):
            await resources.redis.set(f"limit:{name}:{theirs.person.id}", "1")
        async with resources.begin() as uow:
            subject = (USER, theirs.person.id)
            uow.audit("user.lock", theirs.person.id, subject, {"name": "Zebedee"}, {"b": 1})
        needles = theirs.needles()

        # Everything there can be is there, or this proves nothing.
        assert [
            name for name, count in (await led_to(resources, theirs.person)).items() if not count
        ] == []
        seen = await everything(resources)
        words = " ".join(row for rows in seen.values() for row in rows)
        assert [each for each in needles if not found_in(words, [each])] == []
        files = kept_in_files(resources.settings.data_dir / "objects")
        assert set(theirs.objects) <= files.keys()
        others = await _of_others(resources, theirs, seen)

        await _delete(api, them)
        await _due(resources)
        await erasure.erase_due(resources)

        seen = await everything(resources)
        left = {
            name: found
            for name, rows in seen.items()
            for row in rows
            if (found := found_in(row, needles))
        }
        assert left == {}
        assert found_in(await kept_by_valkey(resources), needles) == []
        files = kept_in_files(resources.settings.data_dir / "objects")
        left = {name: text for name, text in files.items() if found_in(name + text, needles)}
        assert left == {}
        assert not [name for name in files if name.startswith("exports/")]
        counts = await led_to(resources, theirs.person)
        assert {name for name, count in counts.items() if count} == set()
        lost = {name: set(rows) - set(seen[name]) for name, rows in others.items()}
        assert {name: rows for name, rows in lost.items() if rows} == {}
        async with resources.database.read() as session:
            assert await audit.broken(session) == []

    async def test_stopped_anywhere_it_goes_on(
        self,
        resources: Resources,
        api: Api,
        theirs: Belongings,
        them: Person,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await _delete(api, them)
        await _due(resources)
        real, allowed, calls = erasure._give_up, 0, 0

        class Stopped(Exception):
            pass

        async def stops(*arguments: Any) -> int:
            nonlocal calls
            calls += 1
            if calls > allowed:
                raise Stopped
            return await real(*arguments)

        monkeypatch.setattr(erasure, "_give_up", stops)
        for steps in range(0, 200, 3):
            allowed, calls = steps, 0
            try:
                await erasure.erase(resources, theirs.person.id)
                break
            except Stopped:
                continue
        monkeypatch.undo()
        seen = await everything(resources)
        rows = [row for each in seen.values() for row in each]
        assert [row for row in rows if found_in(row, theirs.needles())] == []
        async with resources.database.read() as session:
            jobs = await session.all(select(OutboxEntry).where(OutboxEntry.topic == Topic.JOB))
        letters = [job for job in jobs if job.payload.get("name") == "send_mail"]
        # One at the request, one at the end, however often it began.
        assert len(letters) == 2


# Columns of other tables have these names too, and aren't secret there.
_ALSO_SHOWN = {"object_name", "search", "response"}


async def _of_others(
    resources: Resources, theirs: Belongings, seen: dict[str, list[str]]
) -> dict[str, list[str]]:
    """The rows that nothing leads from to them: each has to stay as it is."""
    changed: dict[str, set[str]] = {}
    async with resources.database.read() as session:
        for column in owned.marked():
            table = column.table
            keys = owned.keys(table)
            rows = await session.rows(
                select(*keys).where(owned.leads_to(column, theirs.person))  # type: ignore[call-overload]
            )
            changed.setdefault(table.name, set()).update(
                ",".join(_text(each) for each in row) for row in rows
            )
    return {
        name: [
            row
            for row in rows
            if not _begins(row, changed.get(name, set())) and not found_in(row, theirs.needles())
        ]
        for name, rows in seen.items()
        # A session's chat loses its title; the audit log grows, and what it says of them goes.
        if name not in ("conversation", "audit_detail", "audit_person", "outbox", "auth_session")
    }


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value).casefold()


def _begins(row: str, keys: set[str]) -> bool:
    return any(all(part in row for part in key.split(",")) for key in keys)
