"""A database full of generated data, and what each viewer can name of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from graphql import GraphQLSchema
from sqlalchemy import insert
from sqlmodel import SQLModel, select

import app.models  # noqa: F401 - every table
from app.accounts.models import Role, User
from app.accounts.service.sessions import rights_of
from app.core.clock import now
from app.core.ids import to_global
from app.core.resources import Resources
from app.core.tokens import Claims
from app.privacy.models import RetentionPolicy
from tests.engine import covering, rules
from tests.engine.filling import Filling
from tests.engine.material import Material
from tests.engine.rooms import ROOMS
from tests.factories import Person

Run = Callable[[str, Mapping[str, Any], Person | None], Awaitable[dict[str, Any]]]

# So many ids of a type are tried for what a viewer sees of it.
_SAMPLE = 30
_NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
_VARIANTS = 3


@dataclass
class World:
    """Generated rows with the people who look at them; `None` is nobody signed in.

    The same seed makes the same rows; keys and times move on with the month, because
    partitions do.
    """

    seed: int
    people: Mapping[str, Person]
    ids: Mapping[str, Sequence[str]]
    texts: Sequence[str]
    named: Mapping[tuple[str, str], Sequence[str]]
    _material: dict[str | None, Material] = field(default_factory=dict)

    @classmethod
    async def fill(cls, resources: Resources, seed: int) -> "World":
        """Fill a database that holds the system's data alone."""
        today = now()
        base = datetime(today.year, today.month, 1, tzinfo=today.tzinfo)
        filling = Filling(Random(seed), base, rules.RULES)
        async with resources.database.write() as session:
            roles = await session.rows(select(Role.id, Role.name).order_by(Role.name))
            filling.rows["role"] = [{"id": row.id, "name": row.name} for row in roles]
            policies = await session.all(select(RetentionPolicy.id))
            filling.rows["retention_policy"] = [{"id": key} for key in policies]
            tables = [t for t in SQLModel.metadata.sorted_tables if t.name not in rules.UNREAD]
            tables.sort(
                key=lambda table: rules.LATE.index(table.name) if table.name in rules.LATE else -1
            )
            for table in tables:
                given = rules.GIVEN.get(table.name, lambda _: ())(filling)
                filling.fill(table, given, rules.COUNTS.get(table.name, rules.USUAL_COUNT))
                await session.execute(insert(table), filling.rows[table.name])
            await session.commit()
        people = await _people(resources, filling)
        return cls(seed, people, _ids(filling), _texts(filling), _named_by(filling))

    def viewers(self) -> list[str | None]:
        """The names of who may look."""
        return [None, *self.people]

    def person(self, viewer: str | None) -> Person | None:
        """Who it is."""
        return None if viewer is None else self.people[viewer]

    def material(self, viewer: str | None) -> Material:
        """What a viewer may name, once it was harvested."""
        return self._material[viewer]

    async def harvest(self, schema: GraphQLSchema, run: Run) -> None:
        """Find out what each viewer sees, and the cursors of lists, through the schema itself."""
        loadable = await self._loadable(run)
        sample = [each for name in loadable for each in self.ids[name][:_SAMPLE]]
        for viewer in self.viewers():
            seen: dict[str, list[str]] = {}
            for start in range(0, len(sample), 100):
                asked = {"ids": sample[start : start + 100]}
                answer = await run(_NODES, asked, self.person(viewer))
                for node in (answer.get("data") or {}).get("nodes") or ():
                    if node is not None:
                        seen.setdefault(node["__typename"], []).append(node["id"])
            self._material[viewer] = Material(
                visible=seen, real=self.ids, texts=self.texts, named=self.named
            )
        cursors = await self._cursors(schema, run)
        for viewer, material in self._material.items():
            self._material[viewer] = replace(material, cursors=cursors)

    async def _loadable(self, run: Run) -> list[str]:
        made = []
        for name, found in self.ids.items():
            answer = await run(_NODES, {"ids": found[:1]}, self.people["host"])
            if not answer.get("errors"):
                made.append(name)
        return made

    async def _cursors(self, schema: GraphQLSchema, run: Run) -> dict[str, list[str]]:
        rng = Random(self.seed)
        made: dict[str, list[str]] = {}
        for path, kind, name in covering.connections(schema):
            found: dict[str, None] = {}
            for viewer in ("host", "guest", "admin"):
                for _ in range(_VARIANTS):
                    asked = covering.cursors_of(
                        schema, rng, self._material[viewer], path, kind, name
                    )
                    answer = await run(asked.document, asked.variables, self.people[viewer])
                    found |= dict.fromkeys(_named("cursor", answer.get("data")))
            made[f"{kind.name}.{name}"] = list(found)
        return made


async def _people(resources: Resources, filling: Filling) -> dict[str, Person]:
    people = {}
    async with resources.database.read() as session:
        users, devices = filling.rows["user_account"], filling.rows["auth_session"]
        for name, row, device in zip(rules.PEOPLE, users, devices, strict=False):
            claims = Claims(row["id"], device["id"])
            known = await rights_of(session, claims)
            assert known is not None, name
            token = resources.tokens.issue(claims, known.viewer.roles)
            people[name] = Person(User(**row), known.viewer, token)
    return people


def _ids(filling: Filling) -> dict[str, list[str]]:
    """Global ids by type, in a random order."""
    made: dict[str, list[str]] = {}
    told = {name: kind for room in ROOMS for name, kind in room.told.items()}
    for table, (prefix, named) in rules.NODES.items():
        found: dict[str, list[str]] = {}
        for row in filling.rows.get(table, ()):
            name = told[named](row) if named in told else named
            found.setdefault(name, []).append(to_global(prefix, row["id"]))
        for ids in found.values():
            filling.rng.shuffle(ids)
        made |= found
    return made


def _texts(filling: Filling) -> list[str]:
    """Texts that occur, short ones."""
    texts = {
        value: None
        for rows in filling.rows.values()
        for row in rows
        for value in row.values()
        if isinstance(value, str) and 0 < len(value) < 200
    }
    return filling.rng.sample(list(texts), min(200, len(texts)))


def _named_by(filling: Filling) -> dict[tuple[str, str], list[str]]:
    """What tells objects by no id."""
    return {
        told: [row[column] for row in filling.rows[table]]
        for room in ROOMS
        for told, (table, column) in room.named.items()
    }


def _named(name: str, found: Any) -> list[str]:
    """Every value of this name in an answer."""
    if isinstance(found, list):
        return [value for each in found for value in _named(name, each)]
    if not isinstance(found, dict):
        return []
    below = [value for each in found.values() for value in _named(name, each)]
    own = found.get(name)
    return [own, *below] if isinstance(own, str) else below
