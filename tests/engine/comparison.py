"""Operations that are run both ways, whose answers have to be the same."""

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from app.schema import schema
from tests.engine.conftest import Refill
from tests.engine.executions import compiled, ordinary
from tests.engine.generate import Generated
from tests.engine.shrink import smallest
from tests.engine.world import World
from tests.factories import Person

SEED = int(os.environ.get("LYCEUM_AGREEMENT_SEED", "0"))
CASES_PER_WORLD = 400

SCHEMA = schema._schema


async def _run(
    document: str, variables: Mapping[str, Any], person: Person | None
) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(await ordinary(document, variables, None, person))
    return answer


async def populated(refill: Refill, number: int) -> World:
    """The world of a number, and the ids and cursors that its people find in it."""
    world = await refill(number)
    await world.harvest(SCHEMA, _run)
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
        assert _is_valid(answer), (answer, made.document)
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

        least = await smallest(SCHEMA, made, differs)
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


def _is_valid(answer: dict[str, Any]) -> bool:
    """Whether the operation was one of the schema's: what is refused agrees easily."""
    codes = [each["extensions"]["code"] for each in answer.get("errors") or ()]
    return "data" in answer or "GRAPHQL_VALIDATION_FAILED" not in codes


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
