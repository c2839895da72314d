"""Everybody sees exactly what they may, and every condition is needed for that."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import orjson
import pytest
from sqlalchemy import True_, true

from app.core.graph.read import declare
from app.core.graph.read.declare import READ, Edge, Items, One, Pages
from app.core.graph.read.declare import Rows as Declared
from app.core.graph.read.ordinary import install
from app.core.graph.read.reading import ReadField, Reading
from app.core.graph.read.viewing import Terms
from app.core.resources import Resources
from app.schema import schema
from tests.engine.arguments import NEARLY_REQUIRED
from tests.engine.conftest import Refill
from tests.engine.executions import compiled, ordinary, serving
from tests.engine.looking import Looking, Sighting, sightings
from tests.engine.oracle import NODES, Eyes, Rows
from tests.engine.world import World
from tests.factories import Person

_SCHEMA = schema.graphql
_READING = schema.reading
_VIEWERS = (
    None, "host", "guest", "declined guest", "instructor", "moderator", "admin", "stranger",
)  # fmt: skip
# Who takes part in nothing; and who does, for what only those come near.
_STRANGER, _NEAR = "stranger", "guest"
_BESIDE_THE_NEAR = {"MessageRevision", "ReadReceipt", "CalendarEvent.rsvps", "GroupAttention"}
_ANY = UUID(int=0)

Run = Callable[[str, Person | None], Awaitable[dict[str, Any]]]


async def _by_ordinary(document: str, person: Person | None) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(await ordinary(document, {}, None, person))
    return found


async def _by_compiled(document: str, person: Person | None) -> dict[str, Any]:
    answer, was_compiled = await compiled(document, {}, None, person)
    assert was_compiled or person is None, f"not compiled: {document}"
    found: dict[str, Any] = orjson.loads(answer)
    return found


_EXECUTIONS = {"ordinary": _by_ordinary, "compiled": _by_compiled}


class Check:
    """Compares what somebody finds with what the oracle says, in one execution."""

    def __init__(self, world: World, rows: Rows, run: Run) -> None:
        self._world = world
        self._rows = rows
        self._run = run

    async def differences(
        self, viewer: str | None, about: Callable[[str, str], bool] = lambda *_: True
    ) -> tuple[list[Sighting], list[Sighting]]:
        """What they see and may not, and what they may see and don't.

        `about(field, type)` says of which root fields, and of which types that they lead to.
        """
        person = self._world.person(viewer)
        eyes = Eyes(self._rows, person.key if person else None)
        looking = Looking(_READING)
        found: Counter[Sighting] = Counter()
        expected: Counter[Sighting] = Counter()
        every = looking.operations(self._rows, eyes)
        for number, (field, kind, document, says) in enumerate(every):
            if not about(field, kind):
                continue
            answer = await self._run(document, person)
            assert "errors" not in answer, (answer["errors"], document)
            found += sightings(answer["data"], (str(number),))
            expected += sightings(says(eyes), (str(number),))
        return list((found - expected).elements()), list((expected - found).elements())

    async def refusals(self) -> None:
        """Who isn't signed in gets nothing of the other root fields."""
        for document in Looking(_READING).refused(self._rows):
            answer = await self._run(document, None)
            assert not any((answer["data"] or {}).values()), document
            codes = [error["extensions"]["code"] for error in answer["errors"]]
            assert codes == ["UNAUTHENTICATED"], document


async def _world(refill: Refill, resources: Resources) -> tuple[World, Rows]:
    return await refill(11), await Rows.read(resources.database.url)


def test_the_oracle_knows_the_schema():
    told = Looking(_READING).unknown()
    assert not told, "Say in plain Python who may see it:\n" + "\n".join(told)


@pytest.mark.parametrize("execution", _EXECUTIONS)
async def test_everybody_sees_what_they_may(resources: Resources, refill: Refill, execution: str):
    world, rows = await _world(refill, resources)
    with serving(resources):
        check = Check(world, rows, _EXECUTIONS[execution])
        for viewer in _VIEWERS:
            assert await check.differences(viewer) == ([], []), viewer
        await check.refusals()


def _said(field: ReadField) -> Declared:
    """What a list's declaration says where no argument is given but those that it needs."""
    coordinate = f"{field.parent.name}.{field.name}"
    given = {
        argument.python_name: _ANY if (coordinate, name) in NEARLY_REQUIRED else None
        for name, argument in _arguments(field)
    }
    above = _READING.types.get(field.parent.name)
    parent = above.source.table if above else None
    table = field.table
    if isinstance(field.declaration.read, Items) and field.declaration.read.rows_of:
        table = field.declaration.read.rows_of(parent)
    rows: Declared = field.rows(Terms(None), table, parent, given)
    return rows


def _arguments(field: ReadField) -> list[tuple[str, Any]]:
    own = ("first", "after", "last", "before")
    return [
        (name, argument.extensions["strawberry-definition"])
        for name, argument in field.definition.args.items()
        if name not in own
    ]


def _lists(part: str) -> list[tuple[str, str]]:
    """The lists whose declaration says something of their own there."""
    found = []
    for (parent, name), field in _READING.fields.items():
        if isinstance(field.declaration.read, Items | Pages):
            said = getattr(_said(field), part)
            if said is not None and not isinstance(said, True_):
                found.append((parent, name))
    return found


@contextmanager
def _without_type(name: str) -> Iterator[None]:
    """A schema in which a type's condition is forgotten."""
    kind = _READING.types[name]
    with (
        patch.object(kind.origin, declare._SOURCE, replace(kind.source, visible=None)),
        _installed(),
    ):
        yield


@contextmanager
def _without(parent: str, name: str, **parts: Any) -> Iterator[None]:
    """A schema in which parts of what a list's declaration says are others."""
    field = _READING.fields[parent, name]
    read: Any = field.declaration.read

    def rows(*terms: Any, **given: Any) -> Declared:
        return replace(read.rows(*terms, **given), **parts)

    definition = field.definition.extensions["strawberry-definition"]
    changed = replace(field.declaration, read=replace(read, rows=rows))
    metadata = {**definition.metadata, READ: changed}
    with patch.object(definition, "metadata", metadata), _installed():
        yield


@contextmanager
def _installed() -> Iterator[None]:
    """Both executions, as the declarations are now."""
    with patch.object(schema, "reading", Reading(_SCHEMA)):
        install(schema.reading)
        try:
            yield
        finally:
            install(_READING)


async def _seen_too_much(
    resources: Resources,
    refill: Refill,
    about: Callable[[str, str], bool],
    viewer: str = _STRANGER,
) -> list[list[Sighting]]:
    """What somebody sees in each execution though they may not."""
    world, rows = await _world(refill, resources)
    with serving(resources):
        checks = [Check(world, rows, run) for run in _EXECUTIONS.values()]
        return [(await check.differences(viewer, about))[0] for check in checks]


def _asked_for(name: str) -> set[str]:
    """The type, if operations ask for it itself; else those that have it somewhere below them."""
    found, done = {name}, set[str]()
    while below := {each for each in found if not _is_asked_for(each)}:
        done |= below
        above = {parent for parent, kind in _leading() if kind in below}
        found = (found | above) - done
    return found


def _is_asked_for(name: str) -> bool:
    return name in NODES or ("Query", name) in _leading()


def _leading() -> Iterator[tuple[str, str]]:
    for (parent, _), field in _READING.fields.items():
        if isinstance(field.declaration.read, Edge | One | Items | Pages):
            yield parent, field.target.graphql.name


def _names(name: str) -> set[str]:
    """What an object of a type can call itself."""
    return {each.graphql.name for each in _READING.types[name].objects}


@pytest.mark.parametrize(
    "name", [name for name, kind in _READING.types.items() if kind.source.visible is not None]
)
async def test_without_the_condition_of_a_type(resources: Resources, refill: Refill, name: str):
    kinds = _asked_for(name)
    viewer = _NEAR if name in _BESIDE_THE_NEAR else _STRANGER
    with _without_type(name):
        for seen in await _seen_too_much(resources, refill, lambda _, kind: kind in kinds, viewer):
            assert any(_names(name) & {*way[-2:]} for way in seen)


@pytest.mark.parametrize(("parent", "name"), _lists("visible"))
async def test_without_the_condition_of_a_list(
    resources: Resources, refill: Refill, parent: str, name: str
):
    target = _READING.fields[parent, name].target.graphql.name
    with _without(parent, name, visible=true()):
        for seen in await _seen_too_much(
            resources, refill, lambda field, kind: name == field or parent in _names(kind)
        ):
            assert any(_names(target) & {*way[-2:]} for way in seen)


@pytest.mark.parametrize(("parent", "name"), _lists("exists"))
async def test_without_the_condition_that_there_is_a_list(
    resources: Resources, refill: Refill, parent: str, name: str
):
    viewer = _NEAR if f"{parent}.{name}" in _BESIDE_THE_NEAR else _STRANGER
    with _without(parent, name, exists=None):
        for seen in await _seen_too_much(
            resources, refill, lambda field, kind: name == field or parent in _names(kind), viewer
        ):
            assert any(way[-1] == "list" for way in seen)


def test_what_is_dropped():
    """None of the lists above is empty because it is looked for in the wrong place."""
    assert {("Section", "lessons"), ("Query", "courses")} <= {*_lists("visible")}
    assert ("Query", "messages") in _lists("exists")
