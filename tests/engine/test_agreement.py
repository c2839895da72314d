"""Both executions of the schema's declarations give the same bytes.

Case number n always is the same operation of the same viewer on the same data, so that
`LYCEUM_AGREEMENT_SEED=n LYCEUM_AGREEMENT_CASES=1` repeats it; more cases are for nights.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import product
from random import Random
from typing import Any

import orjson
import pytest

from app.core.errors import RequestError
from app.core.resources import Resources
from app.schema import schema
from tests.engine.conftest import Refill
from tests.engine.covering import covering, paths, selecting
from tests.engine.executions import compiled, ordinary, serving
from tests.engine.generate import Generated, operation
from tests.engine.shrink import smallest
from tests.engine.world import World
from tests.factories import Person
from tests.test_schema import _root_fields, access_of

SEED = int(os.environ.get("LYCEUM_AGREEMENT_SEED", "0"))
CASES = int(os.environ.get("LYCEUM_AGREEMENT_CASES", "2000"))

_SCHEMA = schema._schema
_CASES_PER_WORLD = 400
# Below this number shares say nothing.
_MANY = 200
_NOBODY = 0.04
# How many cases have no root field that their viewer is refused.
_ADMITTED = 0.8
# Nobody types in a world of rows: `tests/messaging/test_typing.py` has them.
_OF_REDIS = {"Typist"}
# Who runs the operations that cover the schema.
_LOOKING = ("host", "guest", "admin", None)
# How often a type is looked for that the first operations did not come to.
_DRAWS = 10


async def _run(
    document: str, variables: Mapping[str, Any], person: Person | None
) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(await ordinary(document, variables, None, person))
    return answer


async def _world(refill: Refill, number: int) -> World:
    world = await refill(number)
    await world.harvest(_SCHEMA, _run)
    return world


class Comparison:
    """Runs operations both ways, and counts what came of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: Counter[str] = Counter()
        self.types: set[str] = set()

    async def same(self, made: Generated, viewer: str | None, origin: str) -> None:
        """Fail, with the smallest operation that differs, unless both answers are the same."""
        expected, found, was_compiled = await self._both(made, viewer)
        if not _agree(expected, found):
            pytest.fail(await self._report(made, viewer, origin), pytrace=False)
        answer = orjson.loads(expected)
        self.types |= _typenames(answer)
        full = _has_data(answer)
        self.seen["cases"] += 1
        self.seen["compiled"] += was_compiled
        self.seen["with data"] += full
        self.seen["compiled with data"] += full and was_compiled
        self.seen["with errors"] += bool(answer.get("errors"))
        self.seen["compiled with errors"] += bool(answer.get("errors")) and was_compiled

    async def _both(self, made: Generated, viewer: str | None) -> tuple[bytes, bytes, bool]:
        asked = (made.document, made.variables, made.operation_name, self.world.person(viewer))
        expected = await ordinary(*asked)
        found, was_compiled = await compiled(*asked)
        return expected, found, was_compiled

    async def _report(self, made: Generated, viewer: str | None, origin: str) -> str:
        async def differs(smaller: Generated) -> bool:
            expected, found, _ = await self._both(smaller, viewer)
            return not _agree(expected, found)

        least = await smallest(_SCHEMA, made, differs)
        expected, found, was_compiled = await self._both(least, viewer)
        return (
            f"The executions differ ({origin}).\n\n{least.document}\n\n"
            f"variables: {orjson.dumps(least.variables).decode()}\n"
            f"operation: {least.operation_name}\nviewer: {viewer or 'nobody signed in'}\n\n"
            f"ordinary:\n{expected!r}\n\n"
            f"compiled{'' if was_compiled else ' (which ran the ordinary way)'}:\n{found!r}\n\n"
            f"It was made smaller from:\n\n{made.document}\n"
            f"variables: {orjson.dumps(made.variables).decode()}"
        )


# What of an error says what went wrong.
_WHAT = ("message", "extensions")


def _agree(one: bytes, other: bytes) -> bool:
    """Whether answers are the same.

    Fields fail side by side: errors are in no order, and where a null swallows several
    failures, any of them may be the one that is told.
    """
    if one == other:
        return True
    try:
        (data, told), (other_data, other_told) = _parts(one), _parts(other)
    except orjson.JSONDecodeError:
        return False
    return (
        data == other_data
        and told.keys() == other_told.keys()
        and all(told[place] & other_told[place] for place in told)
    )


def _parts(answer: bytes) -> tuple[bytes, dict[tuple[Any, ...], set[bytes]]]:
    """An answer's bytes but for its errors, and these by the place that they made null.

    Of one that a null further up has swallowed, only what went wrong is kept, and not where.
    """
    parsed = orjson.loads(answer)
    errors = parsed.get("errors") or []
    told: dict[tuple[Any, ...], set[bytes]] = {}
    for error in errors:
        at, place = parsed.get("data"), 0
        for step in error.get("path") or ():
            if at is None:
                break
            at, place = at[step], place + 1
        path = tuple(error.get("path") or ())
        kept = error if place == len(path) else {key: error[key] for key in _WHAT}
        told.setdefault(path[:place], set()).add(orjson.dumps(kept))
    return answer.replace(orjson.dumps(errors), b"[]"), told


def _has_data(answer: dict[str, Any]) -> bool:
    """Whether a root field gave something."""
    found = (answer.get("data") or {}).values()
    return any(value not in (None, [], {}, "Query") for value in found)


def _typenames(found: Any) -> set[str]:
    if isinstance(found, list):
        return set().union(*map(_typenames, found))
    if not isinstance(found, dict):
        return set()
    below = set().union(*map(_typenames, found.values()))
    return below | {found["__typename"]} if isinstance(found.get("__typename"), str) else below


def _admitting(person: Person | None) -> list[str]:
    """The root fields that somebody may call: what is refused is compared soon."""
    found = []
    for root, name in _root_fields():
        try:
            access_of(root, name).check(person.viewer if person else None)
        except RequestError:
            continue
        if root == "Query":
            found.append(name)
    return found


async def test_generated_operations_agree(
    resources: Resources, refill: Refill, record_property: Callable[[str, object], None]
):
    seen: Counter[str] = Counter()
    with serving(resources):
        for number in range(SEED // _CASES_PER_WORLD, (SEED + CASES - 1) // _CASES_PER_WORLD + 1):
            world = await _world(refill, number)
            comparison = Comparison(world)
            start = number * _CASES_PER_WORLD
            for case in range(max(SEED, start), min(SEED + CASES, start + _CASES_PER_WORLD)):
                rng = Random(case)
                viewer = None if rng.random() < _NOBODY else rng.choice(list(world.people))
                roots = _admitting(world.person(viewer)) if rng.random() < _ADMITTED else None
                made = operation(_SCHEMA, rng, world=world.material(viewer), roots=roots)
                again = f"LYCEUM_AGREEMENT_SEED={case} LYCEUM_AGREEMENT_CASES=1"
                await comparison.same(made, viewer, again)
            seen += comparison.seen
    for name, count in seen.items():
        record_property(name, count)
    assert seen["cases"] == CASES
    if CASES >= _MANY:
        assert seen["compiled with data"] >= 0.6 * CASES, seen
        assert seen["with errors"] >= 0.04 * CASES, seen


async def test_every_type_agrees(resources: Resources, refill: Refill):
    number = SEED // _CASES_PER_WORLD
    with serving(resources):
        world = await _world(refill, number)
        comparison = Comparison(world)
        for viewer in _LOOKING:
            rng = Random(f"{number} {viewer}")
            for made in covering(_SCHEMA, rng, world.material(viewer)):
                again = f"covering, LYCEUM_AGREEMENT_SEED={SEED}"
                await comparison.same(made, viewer, again)
        every = paths(_SCHEMA).keys() - _OF_REDIS
        # Ids are drawn: what none of them led to is looked for again.
        for draw, name, viewer in product(range(_DRAWS), sorted(every), _LOOKING):
            if name not in comparison.types:
                rng = Random(f"{number} {viewer} {name} {draw}")
                for made in selecting(_SCHEMA, rng, world.material(viewer), name):
                    await comparison.same(made, viewer, f"{name}, draw {draw}")
    assert every == comparison.types, "some type gave no object"
    assert comparison.seen["compiled with data"] >= 0.6 * comparison.seen["cases"], comparison.seen
