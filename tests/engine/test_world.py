"""A seed fills the database in one way, with something of everything."""

from sqlalchemy import func, select
from sqlmodel import SQLModel

from app.core.resources import Resources
from tests.engine import rules
from tests.engine.conftest import Refill


async def test_a_seed_makes_one_world(refill: Refill):
    first, second, other = await refill(3), await refill(3), await refill(4)
    assert first.ids == second.ids
    assert first.texts == second.texts
    assert {k: v.key for k, v in first.people.items()} == {
        k: v.key for k, v in second.people.items()
    }
    assert first.ids != other.ids


async def test_every_table_has_rows(resources: Resources, refill: Refill):
    world = await refill(1)
    assert world.people.keys() == set(rules.PEOPLE)
    assert {p.viewer.roles for p in world.people.values()} == {
        frozenset((rules.role_of(name),)) for name in rules.PEOPLE
    }
    async with resources.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in rules.UNREAD:
                [row] = await session.rows(select(func.count()).select_from(table))
                assert row[0] >= 5, table.name


# A session without its host is one whose host's account was erased.
_NULL_ELSEWHERE = {"study_session.host_id"}


async def test_what_can_be_null_is_null_and_is_not(resources: Resources, refill: Refill):
    await refill(2)
    async with resources.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name in rules.UNREAD:
                continue
            for column in table.columns:
                if str(column) in _NULL_ELSEWHERE:
                    continue
                if column.nullable and column.computed is None:
                    [row] = await session.rows(select(func.count(), func.count(column)))
                    assert 0 < row[1] < row[0], column
