"""Both executions of the schema's declarations give the same bytes: generated operations.

Case number n always is the same operation of the same viewer on the same data, so that
`LYCEUM_AGREEMENT_SEED=n LYCEUM_AGREEMENT_CASES=1` repeats it; more cases are for nights.
"""

import os
from collections import Counter
from collections.abc import Callable
from random import Random

from app.core.errors import RequestError
from app.core.resources import Resources
from tests.engine.comparison import CASES_PER_WORLD, SCHEMA, SEED, Comparison, populated
from tests.engine.conftest import Refill
from tests.engine.executions import serving
from tests.engine.generate import operation
from tests.factories import Person
from tests.test_schema import _root_fields, access_of

CASES = int(os.environ.get("LYCEUM_AGREEMENT_CASES", "2000"))

# Below this number shares say nothing.
_MANY = 200
_NOBODY = 0.04
# How many cases have no root field that their viewer is refused.
_ADMITTED = 0.8


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
        for number in range(SEED // CASES_PER_WORLD, (SEED + CASES - 1) // CASES_PER_WORLD + 1):
            world = await populated(refill, number)
            comparison = Comparison(world)
            start = number * CASES_PER_WORLD
            for case in range(max(SEED, start), min(SEED + CASES, start + CASES_PER_WORLD)):
                rng = Random(case)
                viewer = None if rng.random() < _NOBODY else rng.choice(list(world.people))
                roots = _admitting(world.person(viewer)) if rng.random() < _ADMITTED else None
                made = operation(SCHEMA, rng, world=world.material(viewer), roots=roots)
                again = f"LYCEUM_AGREEMENT_SEED={case} LYCEUM_AGREEMENT_CASES=1"
                await comparison.same(made, viewer, again)
            seen += comparison.seen
    for name, count in seen.items():
        record_property(name, count)
    assert seen["cases"] == CASES
    if CASES >= _MANY:
        assert seen["compiled with data"] >= 0.6 * CASES, seen
        assert seen["with errors"] >= 0.04 * CASES, seen
