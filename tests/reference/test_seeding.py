"""The world in the database is the packages' world, and seeding again changes nothing."""

from typing import Any

import pytest
from sqlalchemy import delete, func, text, update
from sqlmodel import col, select

from app.core.resources import Resources
from app.reference import packages
from app.reference.models import (
    City,
    Country,
    Currency,
    Language,
    PlaceRelease,
    State,
    Subject,
    SubscriptionPlan,
    TagTerm,
    TimeZone,
)
from app.reference.samples import SUBJECTS, TAGS
from app.reference.seeding import seed_places
from app.seed import seed
from tests.client import Api
from tests.factories import writing

_TABLES: dict[Any, Any] = {
    Currency: packages.currencies,
    Country: packages.countries,
    State: packages.states,
    TimeZone: packages.time_zones,
    Language: packages.languages,
}


class TestWorld:
    async def test_every_row_of_every_package_is_there(self, world: Api) -> None:
        async with world.resources.database.read() as reading:
            for table, rows in _TABLES.items():
                found = await reading.value(select(func.count()).select_from(table))
                assert found == len(list(rows())), table
            cities = await reading.value(select(func.count()).select_from(City))
        known = {each["code"] for each in packages.countries()}
        # GeoNames counts Kosovo, which ISO 3166 doesn't.
        assert cities == sum(each["country"] in known for each in packages.cities())
        assert {each["country"] for each in packages.cities()} - known == {"XK"}

    async def test_sizes(self, world: Api) -> None:
        async with world.resources.database.read() as reading:
            counts = [
                await reading.value(select(func.count()).select_from(table))
                for table in (Country, State, Currency, Language, TimeZone, City)
            ]
        least = (249, 5000, 150, 7800, 400, 30_000)
        assert [count >= few for count, few in zip(counts, least, strict=True)] == [True] * 6

    async def test_states_know_what_they_are_part_of(self, world: Api) -> None:
        wanted = {each["code"]: each["parent"] for each in packages.states() if each["parent"]}
        async with world.resources.database.read() as reading:
            codes = {each.id: each.code for each in await reading.all(select(State))}
            children = await reading.all(select(State).where(col(State.parent_id).is_not(None)))
        assert {each.code: codes[each.parent_id] for each in children if each.parent_id} == {
            code: parent for code, parent in wanted.items() if parent in codes.values()
        }
        assert wanted


class TestAgain:
    async def test_nothing_is_read_when_no_package_changed(
        self, own_world: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with own_world.database.read() as reading:
            before = await _everything(reading)
        monkeypatch.setattr(packages, "pycountry", None)
        async with own_world.begin() as uow:
            await seed_places(uow.session)
        async with own_world.database.read() as reading:
            assert await _everything(reading) == before

    async def test_what_changed_is_put_right_and_keeps_its_id(self, own_world: Resources) -> None:
        async with own_world.database.read() as reading:
            before = await _everything(reading)
            brazil = await reading.value(select(Country).where(Country.code == "BR"))
        async with writing(own_world) as session:
            await session.execute(
                update(Country).where(col(Country.code) == "BR").values(name="Brasilia")
            )
            await session.execute(delete(Language).where(col(Language.code) == "pt"))
            await session.execute(update(PlaceRelease).values(release="an older one"))
        async with own_world.begin() as uow:
            await seed_places(uow.session)
        async with own_world.database.read() as reading:
            after = await _everything(reading)
            again = await reading.value(select(Country).where(Country.code == "BR"))
        assert (again.id, again.name) == (brazil.id, "Brazil")
        assert again.updated_at > brazil.updated_at
        # The one that was gone came back as another row; of the rest only Brazil was written.
        assert {name: len(rows) for name, rows in after.items()} == {
            name: len(rows) for name, rows in before.items()
        }
        changed = {name: rows - before[name] for name, rows in after.items()}
        assert {name: len(rows) for name, rows in changed.items() if rows} == {
            "country": 1,
            "language": 1,
        }

    async def test_into_tables_that_were_known_to_be_empty(self, own_world: Resources) -> None:
        async with own_world.database.read() as reading:
            before = await _everything(reading)
        async with writing(own_world) as session:
            for table in (City, TimeZone, State, Country, Currency, Language, PlaceRelease):
                await session.execute(delete(table))
                await session.execute(text(f"ANALYZE {table.__tablename__}"))
        # With a plan for empty tables this would take longer than a statement may.
        async with own_world.begin() as uow:
            await seed_places(uow.session)
        async with own_world.database.read() as reading:
            after = await _everything(reading)
        assert {name: len(rows) for name, rows in after.items()} == {
            name: len(rows) for name, rows in before.items()
        }


async def _everything(reading: Any) -> dict[str, set[Any]]:
    """The keys of all rows with the times when they were written last."""
    tables = [Currency, Country, State, TimeZone, City, Language]
    return {
        str(table.__tablename__): {
            tuple(row) for row in await reading.rows(select(table.id, table.updated_at))
        }
        for table in tables
    }


class TestSamples:
    async def test_again_adds_nothing(self, own_world: Resources) -> None:
        await seed(own_world.settings)
        await seed(own_world.settings)
        async with own_world.database.read() as reading:
            subjects = await reading.rows(select(Subject.category, Subject.name))
            terms = await reading.all(select(TagTerm.term))
            plans = await reading.rows(
                select(SubscriptionPlan.code, SubscriptionPlan.amount).order_by(
                    SubscriptionPlan.code
                )
            )
        assert sorted(map(tuple, subjects)) == sorted(
            (category, name) for category, names in SUBJECTS.items() for name in names
        )
        assert sorted(terms) == sorted(
            term
            for categories in TAGS.values()
            for tags in categories.values()
            for name, synonyms in tags.items()
            for term in (name, *synonyms)
        )
        assert [(code, str(amount)) for code, amount in plans] == [
            ("premium-monthly", "9.90"),
            ("premium-yearly", "99.00"),
        ]
