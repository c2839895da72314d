"""Both executions of the schema's declarations give the same bytes: operations that cover it."""

from itertools import product
from random import Random

from app.core.resources import Resources
from tests.engine.comparison import CASES_PER_WORLD, SCHEMA, SEED, Comparison, populated
from tests.engine.conftest import Refill
from tests.engine.covering import TRIES, covering, paths, selecting
from tests.engine.executions import serving

# Nobody types or is present in a world of rows: the tests of messaging have them.
_OF_REDIS = {"Typist", "PresentMember"}
# Who runs the operations that cover the schema.
_LOOKING = ("host", "guest", "admin", None)
# How often a type is looked for that the first operations did not come to.
_DRAWS = 10


async def test_every_type_agrees(resources: Resources, refill: Refill):
    number = SEED // CASES_PER_WORLD
    with serving(resources):
        world = await populated(refill, number)
        comparison = Comparison(world)
        for viewer in _LOOKING:
            rng = Random(f"{number} {viewer}")
            for made in covering(SCHEMA, rng, world.material(viewer)):
                again = f"covering, LYCEUM_AGREEMENT_SEED={SEED}"
                await comparison.same(made, viewer, again)
        every = paths(SCHEMA).keys() - _OF_REDIS
        # Ids are drawn: what none of them led to is looked for again.
        for draw, name, viewer in product(range(_DRAWS), sorted(every), _LOOKING):
            if name not in comparison.types:
                rng = Random(f"{number} {viewer} {name} {draw}")
                # By turns one at a time: of several, one that is refused takes the others along.
                tries = 1 if draw % 2 else TRIES
                for made in selecting(SCHEMA, rng, world.material(viewer), name, tries):
                    await comparison.same(made, viewer, f"{name}, draw {draw}")
    assert every == comparison.types, "some type gave no object"
    assert comparison.seen["compiled with data"] >= 0.6 * comparison.seen["cases"], comparison.seen
