"""Grouping in the real server: everybody's own rows and rights, and nothing that is old."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import AuthSession
from app.core.clock import now
from app.core.graph.read.pool import Readers
from app.core.resources import Resources
from tests.client import Api
from tests.factories import Person, make_course, make_person, writing
from tests.waiting import eventually

_WRITE = """
    UPDATE course SET timeline_weeks = timeline_weeks + 1 WHERE id = $1 RETURNING timeline_weeks
"""


class Gated:
    """The server's readers, whose statements about data wait until they may be sent."""

    def __init__(self, readers: Readers, word: str) -> None:
        self._fetch = readers.fetch
        self._word = word
        # What a statement's answer takes to come, in seconds: up to so much.
        self.late = 0.0
        self._rng = Random(1)
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = 0
        self.together = 0

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        if self._word in sql:
            self.waiting += 1
            await self.open.wait()
            self.waiting -= 1
            self.together += "WITH ORDINALITY AS g" in sql
        rows = await self._fetch(sql, parameters)
        if self.late:
            await asyncio.sleep(self._rng.random() * self.late)
        return rows


async def _end(resources: Resources, person: Person) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(AuthSession)
            .where(col(AuthSession.id) == person.viewer.auth_session_id)
            .values(ended_at=now())
        )


_ME = "{ viewer { email user { username } } }"
_COURSE = "query ($id: ID!) { course(id: $id) { timelineWeeks } }"
_SESSIONS = "{ studySessions(first: 1) { nodes { id } } }"


class TestServer:
    async def test_everybody_gets_their_own(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ):
        people = [await make_person(resources) for _ in range(64)]
        gated = Gated(api.resources.readers, "user_account")
        monkeypatch.setattr(api.resources.readers, "fetch", gated.fetch)
        for _ in range(3):
            answers = await asyncio.gather(*[api.execute(_ME, as_=person) for person in people])
            assert [answer.ok()["viewer"] for answer in answers] == [
                {"email": each.user.email, "user": {"username": each.user.username}}
                for each in people
            ]
        assert gated.together > 0

    @pytest.mark.parametrize(("document", "word"), [(_ME, "user_account"), (_SESSIONS, "study_s")])
    async def test_one_of_ten_is_refused(
        self,
        api: Api,
        resources: Resources,
        monkeypatch: pytest.MonkeyPatch,
        document: str,
        word: str,
    ):
        people = [await make_person(resources) for _ in range(10)]
        for person in people:
            (await api.execute(document, as_=person)).ok()
        gated = Gated(api.resources.readers, word)
        monkeypatch.setattr(api.resources.readers, "fetch", gated.fetch)
        gated.open.clear()
        tasks = [asyncio.create_task(api.execute(document, as_=person)) for person in people[:2]]
        await eventually(lambda: gated.waiting == 2)
        tasks += [asyncio.create_task(api.execute(document, as_=person)) for person in people[2:]]
        await eventually(lambda: gated.waiting >= 3)
        await _end(resources, people[6])
        gated.open.set()
        answers = await asyncio.gather(*tasks)
        assert gated.together > 0
        if document == _ME:
            # Anyone may ask who they are; who has no session any more is nobody.
            found = [answer.ok()["viewer"] for answer in answers]
            assert [each is None for each in found] == [number == 6 for number in range(10)]
        else:
            expected = [["UNAUTHENTICATED"] if number == 6 else [] for number in range(10)]
            assert [answer.codes for answer in answers] == expected

    async def test_a_read_sees_what_was_committed_before_it_was_sent(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ):
        rng = Random(8)
        ana = await make_person(resources)
        courses = [await make_course(resources, ana, timeline_weeks=0) for _ in range(2)]
        committed = dict.fromkeys((course.key for course in courses), 0)
        people = [await make_person(resources) for _ in range(2)]
        gated = Gated(api.resources.readers, "course")
        gated.late = 0.02
        monkeypatch.setattr(api.resources.readers, "fetch", gated.fetch)

        async def work(pool: Any) -> None:
            for _ in range(15):
                course = rng.choice(courses)
                if rng.random() < 0.3:
                    weeks = await pool.fetchval(_WRITE, course.key)
                    committed[course.key] = max(committed[course.key], weeks)
                least, person = committed[course.key], rng.choice([None, *people])
                answer = await api.http.post(
                    "/graphql",
                    json={"query": _COURSE, "variables": {"id": course.id}},
                    headers={"Authorization": f"Bearer {person.access_token}"} if person else {},
                )
                found = orjson.loads(answer.content)["data"]["course"]["timelineWeeks"]
                assert least <= found

        async with asyncpg.create_pool(resources.database.url, min_size=4, max_size=4) as pool:
            await asyncio.gather(*[work(pool) for _ in range(64)])
        assert gated.together > 20
        assert sum(committed.values()) > 200
