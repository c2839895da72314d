"""`sessionAsk` and `sessionAnswerStreamed`, with the test in the model's place."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import func
from sqlmodel import select

from app.ai.models import AiPurpose, AiUsage
from app.ai.service import DAILY_REQUESTS
from app.core.clock import now
from app.core.ids import split_global
from app.core.resources import Resources
from app.sessions.models import SessionAnswer
from app.sessions.service import understanding
from tests.client import Api, Data, Subscription
from tests.factories import (
    Person,
    Studying,
    add_segments,
    empty_outbox,
    make_person,
    make_session,
    waiting_jobs,
    writing,
)

_ANSWER = "answer { id question status answer asker { username } }"
_STREAMED = """
    subscription ($id: ID!) { sessionAnswerStreamed(answerId: $id) {
      ... on AnswerPiece { offset text }
      ... on AnswerCompleted { answer {
        status answer notice confidence model segments { text } } } } }
"""


async def _studying(resources: Resources) -> tuple[Person, Studying]:
    ana = await make_person(resources, "ana")
    return ana, await make_session(resources, ana, live=True, joined=[ana])


async def _ask(api: Api, person: Person, session: Studying) -> tuple[str, UUID]:
    given = {"sessionId": session.id, "question": "Why are leaves green?"}
    done = (await api.mutate("sessionAsk", given, _ANSWER, as_=person)).ok()
    return done["answer"]["id"], split_global(done["answer"]["id"])[1]


async def _answers(resources: Resources) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(SessionAnswer))


async def _used(resources: Resources, person: Person, requests: int) -> None:
    async with writing(resources) as session:
        session.add(
            AiUsage(
                user_id=person.key,
                day=now().date(),
                purpose=AiPurpose.SESSION_ANSWER,
                requests=requests,
            )
        )


class TestAsk:
    async def test_pending(self, api: Api, resources: Resources) -> None:
        ana, session = await _studying(resources)
        await empty_outbox(resources)
        given = {"sessionId": session.id, "question": "  Why are leaves green? "}
        done = (await api.mutate("sessionAsk", given, _ANSWER, as_=ana)).ok()["answer"]
        key = split_global(done.pop("id"))[1]
        assert done == {
            "question": "Why are leaves green?",
            "status": "PENDING",
            "answer": "",
            "asker": {"username": "ana"},
        }
        assert await waiting_jobs(resources) == [
            ("sessions.answer_question", {"answer_id": str(key)})
        ]

    @pytest.mark.parametrize("question", ["", "  hm  ", "x" * 1001])
    async def test_length(self, api: Api, resources: Resources, question: str) -> None:
        ana, session = await _studying(resources)
        given = {"sessionId": session.id, "question": question}
        refused = await api.mutate("sessionAsk", given, as_=ana)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            ("INVALID_INPUT", ["input", "question"])
        ]
        assert await _answers(resources) == 0

    async def test_not_a_member(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, live=True, public=True)
        given = {"sessionId": session.id, "question": "Who is there?"}
        assert (await api.mutate("sessionAsk", given, as_=eve)).codes == ["NOT_FOUND"]
        assert await _answers(resources) == 0

    async def test_before_it_began(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "question": "What will be?"}
        assert (await api.mutate("sessionAsk", given, as_=ana)).codes == ["SESSION_WRONG_STATE"]
        assert await _answers(resources) == 0

    async def test_quota(self, api: Api, resources: Resources) -> None:
        ana, session = await _studying(resources)
        await _used(resources, ana, DAILY_REQUESTS - 2)
        given = {"sessionId": session.id, "question": "How many more?"}
        answers = await asyncio.gather(
            *[api.mutate("sessionAsk", given, as_=ana) for _ in range(5)]
        )
        codes = sorted(answer.codes for answer in answers)
        assert codes == [[], [], *[["AI_QUOTA_USED_UP"]] * 3]
        assert await _answers(resources) == 2
        async with resources.database.read() as reading:
            usage = await reading.value(select(AiUsage))
        assert (DAILY_REQUESTS, usage.requests) == (200, 200)


async def _texts(subscription: Subscription) -> tuple[str, Data]:
    """The pieces put together, each in its place, and the stored answer."""
    text = ""
    async for payload in subscription:
        event: Data = payload["sessionAnswerStreamed"]
        if "answer" in event:
            with pytest.raises(StopAsyncIteration):
                await subscription.next()
            return text, event["answer"]
        assert event["offset"] == len(text)
        text += event["text"]
    raise AssertionError("the stream ended without an answer")


async def _tell(resources: Resources, key: UUID, so_far: str, text: str) -> str:
    await understanding.tell_answer(resources, key, len(so_far), text)
    return so_far + text


async def _finish(resources: Resources, key: UUID, text: str, *segments: UUID) -> None:
    async with resources.begin() as uow:
        await understanding.finish_answer(
            uow, key, text, segment_ids=segments, confidence=0.5, model="test", tokens=3
        )


@pytest.mark.usefixtures("relay")
class TestStreamed:
    async def test_from_the_start(self, api: Api, resources: Resources) -> None:
        ana, session = await _studying(resources)
        [segment] = await add_segments(resources, session, (ana, "Chlorophyll.", 0, 900))
        id, key = await _ask(api, ana, session)
        async with api.socket(as_=ana) as socket:
            subscription = await socket.subscribe(_STREAMED, {"id": id})
            await api.listening(f"answer:{key}")
            await understanding.begin_answer(resources, key)
            text = ""
            for piece in ("It is ", "chloro", "phyll: ä€😀", "."):
                text = await _tell(resources, key, text, piece)
            await _finish(resources, key, text, segment.id)
            assert await _texts(subscription) == (
                "It is chlorophyll: ä€😀.",
                {
                    "status": "ANSWERED",
                    "answer": "It is chlorophyll: ä€😀.",
                    "notice": None,
                    "confidence": 0.5,
                    "model": "test",
                    "segments": [{"text": "Chlorophyll."}],
                },
            )

    async def test_who_comes_late_gets_it_whole(self, api: Api, resources: Resources) -> None:
        ana, session = await _studying(resources)
        id, key = await _ask(api, ana, session)
        await understanding.begin_answer(resources, key)
        text = await _tell(resources, key, "", "It is ")
        text = await _tell(resources, key, text, "chloro")
        async with api.socket(as_=ana) as socket:
            subscription = await socket.subscribe(_STREAMED, {"id": id})
            first = (await subscription.next())["sessionAnswerStreamed"]
            assert first == {"offset": 0, "text": "It is chloro"}
            await _tell(resources, key, text, "phyll.")
            second = (await subscription.next())["sessionAnswerStreamed"]
            assert second == {"offset": 12, "text": "phyll."}
            await _finish(resources, key, "It is chlorophyll.")
            last = (await subscription.next())["sessionAnswerStreamed"]
            assert last["answer"]["answer"] == "It is chlorophyll."

    async def test_who_comes_after_it(self, api: Api, resources: Resources) -> None:
        ana, session = await _studying(resources)
        id, key = await _ask(api, ana, session)
        await _tell(resources, key, "", "Light.")
        await _finish(resources, key, "Light.")
        async with api.socket(as_=ana) as socket:
            text, answer = await _texts(await socket.subscribe(_STREAMED, {"id": id}))
        assert (text, answer["answer"]) == ("Light.", "Light.")

    async def test_failed(self, api: Api, resources: Resources) -> None:
        ana, session = await _studying(resources)
        id, key = await _ask(api, ana, session)
        async with api.socket(as_=ana) as socket:
            subscription = await socket.subscribe(_STREAMED, {"id": id})
            await api.listening(f"answer:{key}")
            async with resources.begin() as uow:
                await understanding.fail_answer(uow, key, "The model is away.")
            text, answer = await _texts(subscription)
        assert (text, answer["status"], answer["notice"]) == ("", "FAILED", "The model is away.")
