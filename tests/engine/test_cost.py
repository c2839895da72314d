"""What operations cost: known before they run, taken from the viewer, given back if it was less."""

from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from app.core.graph import executor
from app.core.limits import Limit
from app.core.resources import Resources
from app.core.settings import Settings
from app.schema import schema
from tests.client import Api, mutation_document
from tests.conftest import serve
from tests.engine.conftest import Refill
from tests.engine.generate import operation
from tests.factories import Person, make_course, make_person

_CASES = 300
# A point a minute: while a test runs, none comes back.
_POINTS = Limit("points", 1, 60, 1000)
_LIST = "{ courses(first: 100) { nodes { id } } }"
_SHORT = "{ courses(first: 10) { nodes { id } } }"


@pytest.fixture
async def poor(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """A server that gives everybody a thousand points."""
    monkeypatch.setattr(executor, "POINTS", _POINTS)
    async with serve(settings.model_copy(update={"limit_scale": 1})) as api:
        yield api


async def _cost(api: Api, person: Person, document: str) -> dict[str, Any]:
    answer = await api.execute(document, as_=person)
    answer.ok()
    cost: dict[str, Any] = answer.response.json()["extensions"]["cost"]
    return cost


async def _wait(resources: Resources, person: Person, seconds: float) -> None:
    """As if so much time had passed for a bucket in Redis: it says when it will be full."""
    key = f"limit:points:{person.key}"
    full = float(await resources.redis.get(key))
    await resources.redis.set(key, f"{full - seconds:.7f}")


class TestCost:
    async def test_never_more_than_was_said(self, api: Api, refill: Refill) -> None:
        world = await refill(7)

        async def run(document: str, variables: Any, person: Person | None) -> dict[str, Any]:
            answer = await api.execute(document, variables, as_=person)
            found: dict[str, Any] = answer.response.json()
            return found

        await world.harvest(schema.graphql, run)
        seen: Counter[str] = Counter()
        for case in range(_CASES):
            rng = Random(case)
            viewer = rng.choice(list(world.people))
            made = operation(schema.graphql, rng, world=world.material(viewer))
            if made.operation_name is not None:
                continue
            answer = await run(made.document, made.variables, world.people[viewer])
            cost = answer.get("extensions", {}).get("cost")
            if cost is None:
                assert "data" not in answer
                continue
            assert 0 <= cost["actual"] <= cost["requested"] <= 10_000, made.document
            seen["with a cost"] += 1
            seen["with more than its root fields"] += cost["actual"] > 1
            seen["exactly as was said"] += cost["actual"] == cost["requested"]
        assert seen["with a cost"] > _CASES / 2, seen
        assert seen["with more than its root fields"] > _CASES / 4, seen
        assert seen["exactly as was said"] > 0, seen

    async def test_of_what(self, api: Api, resources: Resources) -> None:
        """A point for a root field, for each object and each count; ten for a mutation."""
        ana = await make_person(resources)
        for _ in range(3):
            await make_course(resources, None, lessons=())
        inner = "nodes { id sections(first: 5) { totalCount nodes { id } } }"
        found = {
            document: (cost["requested"], cost["actual"])
            for document in (
                "{ __typename }",
                "{ viewer { email } }",
                "{ viewer { user { id } } again: viewer { email } }",
                "{ courses { totalCount } }",
                "{ courses(first: 7) { nodes { id } } }",
                "{ courses(first: 7) { nodes { id } edges { node { id } } } }",
                f"{{ courses(first: 7) {{ {inner} }} }}",
                f'{{ nodes(ids: ["{ana.id}", "{ana.id}"]) {{ id }} }}',
            )
            for cost in [await _cost(api, ana, document)]
        }
        assert found == {
            "{ __typename }": (1, 1),
            "{ viewer { email } }": (2, 2),
            "{ viewer { user { id } } again: viewer { email } }": (5, 5),
            "{ courses { totalCount } }": (2, 2),
            "{ courses(first: 7) { nodes { id } } }": (8, 4),
            "{ courses(first: 7) { nodes { id } edges { node { id } } } }": (15, 7),
            f"{{ courses(first: 7) {{ {inner} }} }}": (50, 7),
            f'{{ nodes(ids: ["{ana.id}", "{ana.id}"]) {{ id }} }}': (3, 3),
        }
        document = mutation_document("sessionCreate", "session { id host { id } }")
        made = await api.execute(document, {"input": {"name": "Leaves"}}, as_=ana)
        cost = made.response.json()["extensions"]["cost"]
        assert (cost["requested"], cost["actual"]) == (12, 12)


class TestPoints:
    async def test_what_is_left(self, poor: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for _ in range(9):
            await make_course(resources, None, lessons=())
        spent = {"requested": 101, "actual": 10, "limit": 1000, "restoreRate": 0.017}
        assert await _cost(poor, ana, _LIST) == {**spent, "left": 990}
        assert await _cost(poor, ana, _LIST) == {**spent, "left": 980}
        assert await _cost(poor, ana, _SHORT) == {**spent, "requested": 11, "left": 970}
        assert await _cost(poor, ben, _LIST) == {**spent, "left": 990}

    async def test_points_come_back(self, poor: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        assert (await _cost(poor, ana, "{ viewer { email } }"))["left"] == 998
        for _ in range(9):
            await make_course(resources, None, lessons=())
        for left in (988, 978):
            assert (await _cost(poor, ana, _LIST))["left"] == left
        await poor.resources.limiter.close()
        await _wait(resources, ana, 5 * 60)
        # Five points came back in five minutes, and ten went.
        assert (await _cost(poor, ana, _LIST))["left"] == 978 + 5 - 10

    async def test_what_is_less_is_given_back(self, poor: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        for number in range(30):
            assert (await _cost(poor, ana, _LIST))["left"] == 999 - number

    async def test_out_of_points(self, poor: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for _ in range(100):
            await make_course(resources, None, lessons=())
        for spent in range(1, 10):
            assert (await _cost(poor, ana, _LIST))["left"] == 1000 - 101 * spent
        refused = await poor.execute(_LIST, as_=ana)
        assert (refused.status, refused.codes) == (200, ["RATE_LIMITED"])
        assert "data" not in refused.response.json()
        retry_after = refused.errors[0]["extensions"]["retryAfter"]
        # Ten points are lacking, at one a minute.
        assert 590 <= retry_after <= 601
        assert refused.errors[0]["message"] == f"Too many requests: try again in {retry_after} s."
        # There is enough for a shorter list, and for somebody else.
        assert (await _cost(poor, ana, _SHORT))["left"] == 80
        assert (await _cost(poor, ben, _LIST))["left"] == 899
        await poor.resources.limiter.close()
        await _wait(resources, ana, 21 * 60)
        assert (await _cost(poor, ana, _LIST))["left"] == 0

    async def test_more_than_anybody_ever_has(self, poor: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        document = "{ courses(first: 100) { nodes { sections(first: 10) { nodes { id } } } } }"
        refused = await poor.execute(document, as_=ana)
        assert refused.errors == [
            {
                "message": (
                    "This operation could cost 1,101 points, and one may cost 1,000:"
                    " ask for shorter lists, or for less below them."
                ),
                "extensions": {"code": "COST_EXCEEDED", "cost": 1101, "limit": 1000},
            }
        ]
        assert (await _cost(poor, ana, "{ __typename }"))["left"] == 999
