"""The audit log: only ever appended to, and any change of it shows."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.core.audit import USER, AuditDetail, AuditEntry, AuditPerson, broken
from app.core.client import Client
from app.core.resources import Resources
from tests.factories import Person, make_person, writing

_OFFICE = Client("192.0.2.7", "a browser")


async def _audit(resources: Resources, actor: Person, subject: Person, role: str) -> None:
    async with resources.begin(_OFFICE) as uow:
        uow.audit("user.roles", actor.key, (USER, subject.key), {"roles": []}, {"roles": [role]})


async def _broken(resources: Resources) -> list[int]:
    async with resources.database.read() as session:
        return await broken(session)


async def _entries(resources: Resources) -> list[AuditEntry]:
    async with resources.database.read() as session:
        return await session.all(select(AuditEntry).order_by(AuditEntry.sequence))


async def _tampered(resources: Resources, statement: str) -> list[int]:
    """What is broken after somebody who can do everything has done this."""
    async with writing(resources) as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(statement))
    return await _broken(resources)


@pytest.fixture
async def ana(resources: Resources) -> Person:
    return await make_person(resources)


@pytest.fixture
async def ben(resources: Resources) -> Person:
    return await make_person(resources)


async def test_an_entry_says_who_what_and_from_where(
    resources: Resources, ana: Person, ben: Person
) -> None:
    await _audit(resources, ana, ben, "moderator")
    async with resources.database.read() as session:
        [person] = await session.all(select(AuditPerson).where(AuditPerson.user_id == ana.key))
        [detail] = await session.all(select(AuditDetail))
    [entry] = await _entries(resources)
    assert (entry.sequence, entry.action, entry.actor) == (1, "user.roles", person.alias)
    assert entry.subject not in (None, ben.key)
    assert (detail.address, detail.user_agent) == ("192.0.2.7", "a browser")
    assert (detail.before, detail.after) == ({"roles": []}, {"roles": ["moderator"]})


async def test_it_is_verified_in_any_time_zone(
    resources: Resources, ana: Person, ben: Person
) -> None:
    await _audit(resources, ana, ben, "moderator")
    async with writing(resources) as session:
        await session.execute(text("SET LOCAL TIME ZONE 'Asia/Kathmandu'"))
        assert await broken(session) == []


async def test_those_who_write_at_once_make_one_chain(
    resources: Resources, ana: Person, ben: Person
) -> None:
    await asyncio.gather(*(_audit(resources, ana, ben, f"role {n}") for n in range(20)))
    assert [entry.sequence for entry in await _entries(resources)] == list(range(1, 21))
    assert await _broken(resources) == []


async def test_what_is_rolled_back_was_never_written(resources: Resources, ana: Person) -> None:
    async def fail() -> None:
        async with resources.begin() as uow:
            uow.audit("role.delete", ana.key, ("role", UUID(int=1)))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _entries(resources) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry CASCADE",
        "UPDATE audit_detail SET address = ''",
        "DELETE FROM audit_detail",
    ],
)
async def test_the_database_refuses_changes(
    resources: Resources, ana: Person, ben: Person, statement: str
) -> None:
    await _audit(resources, ana, ben, "moderator")
    with pytest.raises(DBAPIError, match="only ever appended to"):
        async with writing(resources) as session:
            await session.execute(text(statement))
    assert len(await _entries(resources)) == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET action = 'nothing' WHERE sequence = 2", [2]),
        ("UPDATE audit_entry SET at = at - interval '1 s' WHERE sequence = 2", [2]),
        ("UPDATE audit_entry SET actor = NULL WHERE sequence = 3", [3]),
        ("DELETE FROM audit_entry WHERE sequence = 2", [3]),
        ("UPDATE audit_detail SET after = '{}' WHERE sequence = 1", [1]),
        ("UPDATE audit_detail SET address = '' WHERE sequence = 3", [3]),
    ],
)
async def test_a_change_shows(
    resources: Resources, ana: Person, ben: Person, statement: str, found: list[int]
) -> None:
    for number in range(3):
        await _audit(resources, ana, ben, f"role {number}")
    assert await _broken(resources) == []
    assert await _tampered(resources, statement) == found


async def test_erasing_somebody_leaves_the_chain_whole(
    resources: Resources, ana: Person, ben: Person
) -> None:
    await _audit(resources, ana, ben, "moderator")
    await _audit(resources, ana, ana, "staff")
    await _audit(resources, ben, ben, "student")
    before = await _entries(resources)
    async with writing(resources) as session:
        await session.execute(text("SELECT audit_erase(:key)"), {"key": ana.key})
    async with resources.database.read() as session:
        people = await session.all(select(AuditPerson.user_id))
        details = await session.all(select(AuditDetail.sequence))
    assert people == [ben.key]
    assert details == [3]
    assert await _entries(resources) == before
    assert await _broken(resources) == []
