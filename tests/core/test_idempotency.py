"""`Idempotency-Key`: sent twice, done once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, update
from sqlmodel import select

from app.core import idempotency
from app.core.clock import now
from app.core.errors import Conflict
from app.core.idempotency import IdempotencyKey, claim, forget_old
from app.core.ids import new_id
from app.core.resources import Resources
from app.sessions.models import StudySession
from tests.client import Answer, Api, Data, mutation_document
from tests.core.notes import Noted
from tests.factories import Person, make_person, writing

_DOCUMENT = mutation_document("sessionCreate", "session { id name }")


async def _create(
    api: Api, person: Person | None, name: str = "Leaves", key: str = "k1", **more: object
) -> Answer:
    given: Data = {"input": {"name": name, **more}}
    return await api.execute(_DOCUMENT, given, as_=person, headers={"Idempotency-Key": key})


async def _sessions(resources: Resources) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(StudySession))


class TestByRequest:
    async def test_same_key_and_body(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        first, again = await _create(api, ana), await _create(api, ana)
        assert first.ok()["sessionCreate"]["session"]["name"] == "Leaves"
        assert again.response.content == first.response.content
        assert "idempotent-replayed" not in first.response.headers
        assert again.response.headers["idempotent-replayed"] == "true"
        assert await _sessions(resources) == 1

    async def test_another_body(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        (await _create(api, ana)).ok()
        other = await _create(api, ana, "Roots")
        assert (other.status, other.codes) == (409, ["IDEMPOTENCY_CONFLICT"])
        assert await _sessions(resources) == 1

    async def test_another_key_or_person(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for person, key in ((ana, "k1"), (ana, "k2"), (ben, "k1")):
            (await _create(api, person, key=key)).ok()
        assert await _sessions(resources) == 3

    async def test_at_the_same_time(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        answers = await asyncio.gather(*[_create(api, ana) for _ in range(6)])
        assert Counter(answer.status for answer in answers)[200] >= 1
        done = {answer.response.content for answer in answers if answer.status == 200}
        assert len(done) == 1
        assert {tuple(answer.codes) for answer in answers if answer.status != 200} <= {
            ("IDEMPOTENCY_CONFLICT",)
        }
        assert await _sessions(resources) == 1

    async def test_an_expected_failure_is_an_answer(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        first = await _create(api, ana, "")
        again = await _create(api, ana, "")
        assert first.ok()["sessionCreate"]["errors"][0]["code"] == "INVALID_INPUT"
        assert again.response.content == first.response.content

    async def test_a_failure_frees_the_key(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        refused = await _create(api, ana, scheduledStart="tomorrow")
        assert refused.codes == ["BAD_USER_INPUT"]
        (await _create(api, ana)).ok()
        assert await _sessions(resources) == 1

    async def test_too_long(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        refused = await _create(api, ana, key="k" * 256)
        assert (refused.status, refused.codes) == (400, ["BAD_REQUEST"])
        assert await _sessions(resources) == 0


def _wanted(body: bytes = b"body") -> IdempotencyKey:
    return IdempotencyKey(caller="ana", key="k1", body_hash=body, attempt=new_id())


async def _age(resources: Resources, age: timedelta) -> None:
    async with writing(resources) as session:
        await session.execute(update(IdempotencyKey).values(started_at=now() - age))


async def _crash(resources: Resources, *, after_commit: bool) -> None:
    """A request that claims its key and dies with its process."""
    assert await claim(resources.database, _wanted()) is None
    if after_commit:
        async with resources.begin() as uow:
            uow.publish(Noted(topic="a"))
    idempotency._current.set(None)


class TestCrash:
    async def test_still_running(self, resources: Resources) -> None:
        await _crash(resources, after_commit=False)
        with pytest.raises(Conflict, match="still running"):
            await claim(resources.database, _wanted())

    async def test_before_the_commit(self, resources: Resources) -> None:
        await _crash(resources, after_commit=False)
        await _age(resources, timedelta(minutes=3))
        assert await claim(resources.database, _wanted()) is None
        idempotency._current.set(None)

    async def test_after_the_commit(self, resources: Resources) -> None:
        await _crash(resources, after_commit=True)
        await _age(resources, timedelta(minutes=3))
        with pytest.raises(Conflict, match="was carried out, but its answer was lost"):
            await claim(resources.database, _wanted())

    async def test_the_first_attempt_comes_back(self, resources: Resources) -> None:
        await _crash(resources, after_commit=False)
        late = idempotency._current.get()
        assert late is None
        await _age(resources, timedelta(minutes=3))
        assert await claim(resources.database, _wanted()) is None
        await idempotency.store(resources.database, b"second", keep=True)
        assert await claim(resources.database, _wanted()) == b"second"

    async def test_forgotten_after_a_day(self, resources: Resources) -> None:
        await _crash(resources, after_commit=True)
        for age, forgotten in ((timedelta(hours=23), 0), (timedelta(hours=25), 1)):
            await _age(resources, age)
            async with writing(resources) as session:
                assert await forget_old(session) == forgotten
