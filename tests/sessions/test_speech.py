"""A speaker's stream, step by step, without a model: what is kept, and what is destroyed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from os import utime
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core import uow as units
from app.core.audio import AudioUnreadable
from app.core.clock import now
from app.core.resources import Resources
from app.sessions.errors import ChunkTooLate
from app.sessions.models import AudioChunk, ChunkStatus, SpeechStream, TranscriptSegment
from app.sessions.service import speech, summaries
from app.sessions.service.speech import Heard, Words
from tests.factories import (
    empty_outbox,
    read_session,
    waiting_events,
    waiting_jobs,
    withdraw_consent,
    writing,
)
from tests.sessions.conftest import Speaking
from tests.sessions.recordings import wav


def _words(text: str, start_ms: int = 0) -> Words:
    return Words(text, start_ms, start_ms + 900, confidence=0.8, language="en")


def _heard(*final: Words, **more: Any) -> Heard:
    given: dict[str, Any] = {"state": {"n": 1}, "origin_ms": 5, "container": None, "carry": None}
    return Heard(**{**given, "final": list(final), **more})


async def _stream(resources: Resources) -> SpeechStream:
    async with resources.database.read() as reading:
        return await reading.value(select(SpeechStream))


async def _segments(resources: Resources) -> list[TranscriptSegment]:
    async with resources.database.read() as reading:
        return await reading.all(
            select(TranscriptSegment).order_by(col(TranscriptSegment.sequence))
        )


class TestRecord:
    async def test_words_are_kept_and_audio_isnt(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        work = await speaking.work()
        material = await speech.material(speaking.resources, work)
        assert material == speech.Material(chunk=wav(), container=None, carry=None)
        await empty_outbox(speaking.resources)
        heard = _heard(_words("Leaves are green."), _words("Why is that?", 1000))
        assert await speech.record(speaking.resources, work, heard)
        assert speaking.objects() == []
        [chunk] = await speaking.chunks()
        assert (chunk.status, chunk.object_name, chunk.object_key) == (
            ChunkStatus.TRANSCRIBED,
            None,
            None,
        )
        rows = await _segments(speaking.resources)
        assert [(row.sequence, row.text, row.start_ms, row.chunk_sequence) for row in rows] == [
            (1, "Leaves are green.", 0, 0),
            (2, "Why is that?", 1000, 0),
        ]
        assert await waiting_events(speaking.resources) == ["transcript.segment_added"] * 2
        assert await speaking.no_work(finish=0)

    async def test_carry_and_header_are_sealed_and_replaced(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        first = _heard(container=b"the header", carry=b"half a word")
        await empty_outbox(speaking.resources)
        assert await speech.record(speaking.resources, await speaking.work(), first)
        assert len(speaking.objects()) == 2
        assert all(b"half a word" not in path.read_bytes() for path in speaking.objects())
        [(name, arguments)] = await waiting_jobs(speaking.resources)
        assert (name, arguments["sequence"]) == ("sessions.finish_speech", 0)

        await speaking.submit(1)
        work = await speaking.work()
        material = await speech.material(speaking.resources, work)
        assert material is not None
        assert (material.container, material.carry) == (b"the header", b"half a word")
        second = _heard(container=b"the header", carry=b"another")
        assert await speech.record(speaking.resources, work, second)
        assert len(speaking.objects()) == 2
        finished = await speaking.work(finish=1)
        assert await speech.record(speaking.resources, finished, _heard(_words("Word.")))
        assert speaking.objects() == []
        stream = await _stream(speaking.resources)
        assert (stream.carry_key, stream.container_key, stream.next_sequence) == (None, None, 2)

    async def test_somebody_else_went_on(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        mine, theirs = await speaking.work(), await speaking.work()
        assert await speech.record(speaking.resources, theirs, _heard(_words("Once.")))
        late = _heard(_words("Once."), carry=b"left over")
        assert not await speech.record(speaking.resources, mine, late)
        assert [row.text for row in await _segments(speaking.resources)] == ["Once."]
        assert speaking.objects() == []

    async def test_a_crash_before_the_commit_repeats_exactly(
        self, speaking: Speaking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await speaking.submit(0)
        await empty_outbox(speaking.resources)
        before = await speaking.work()

        async def crash(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(units, "persist", crash)
            with pytest.raises(ConnectionError):
                await speech.record(speaking.resources, before, _heard(_words("Once.")))
        assert await _segments(speaking.resources) == []
        assert await waiting_events(speaking.resources) == []

        again = await speaking.work()
        assert (again.version, again.state) == (before.version, before.state)
        material = await speech.material(speaking.resources, again)
        assert material is not None
        assert material.chunk == wav()
        assert await speech.record(speaking.resources, again, _heard(_words("Once.")))
        assert [row.text for row in await _segments(speaking.resources)] == ["Once."]

    async def test_rejected(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        await empty_outbox(speaking.resources)
        heard = _heard(rejected=AudioUnreadable())
        assert await speech.record(speaking.resources, await speaking.work(), heard)
        [chunk] = await speaking.chunks()
        assert (chunk.status, chunk.failure) == (ChunkStatus.REJECTED, "AUDIO_UNREADABLE")
        assert await waiting_events(speaking.resources) == ["transcript.chunk_rejected"]
        # The session goes on.
        await speaking.submit(1)
        assert (await speaking.work()).chunk is not None

    async def test_too_late(self, speaking: Speaking) -> None:
        await speaking.submit(1)
        async with writing(speaking.resources) as session:
            await session.execute(
                update(AudioChunk).values(created_at=now() - timedelta(seconds=9))
            )
        work = await speaking.work()
        assert work.skipped
        assert await speech.record(speaking.resources, work, _heard())
        with pytest.raises(ChunkTooLate):
            await speaking.submit(0)
        assert speaking.objects() == []


class TestNextWork:
    async def test_waits_for_a_missing_chunk(self, speaking: Speaking) -> None:
        await speaking.submit(1)
        assert await speaking.no_work()
        await speaking.submit(0)
        work = await speaking.work()
        assert work.chunk is not None
        assert (work.chunk.sequence, work.skipped) == (0, False)

    async def test_finish_only_if_nothing_followed(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        assert await speech.record(speaking.resources, await speaking.work(), _heard(carry=b"x"))
        assert await speaking.no_work()
        assert (await speaking.work(finish=0)).chunk is None
        await speaking.submit(1)
        work = await speaking.work(finish=0)
        assert work.chunk is not None
        assert work.chunk.sequence == 1


class TestInsightsDue:
    @pytest.mark.parametrize(("words", "due"), [(39, []), (40, ["sessions.find_insights"])])
    async def test_while_speaking(self, speaking: Speaking, words: int, due: list[str]) -> None:
        await speaking.submit(0)
        await empty_outbox(speaking.resources)
        heard = _heard(_words(" ".join(["word"] * words)), carry=b"x")
        assert await speech.record(speaking.resources, await speaking.work(), heard)
        names = [name for name, _ in await waiting_jobs(speaking.resources)]
        assert [name for name in names if name != "sessions.finish_speech"] == due
        assert (await read_session(speaking.resources, speaking.session)).words_unread == (
            0 if due else words
        )


class TestConsentWithdrawn:
    async def test_drops_what_waits(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        assert await speech.record(
            speaking.resources, await speaking.work(), _heard(container=b"h", carry=b"c")
        )
        await speaking.submit(1)
        await speaking.submit(2)
        work = await speaking.work()
        await withdraw_consent(speaking.resources, speaking.host)
        assert await speech.material(speaking.resources, work) is None
        assert speaking.objects() == []
        chunks = await speaking.chunks()
        assert [chunk.status for chunk in chunks] == [
            ChunkStatus.TRANSCRIBED,
            ChunkStatus.DROPPED,
            ChunkStatus.DROPPED,
        ]
        assert all(chunk.object_key is None for chunk in chunks)
        # What was under way comes to nothing.
        assert not await speech.record(speaking.resources, work, _heard(_words("Heard.")))
        assert await _segments(speaking.resources) == []
        assert await speaking.no_work(finish=2)
        assert await summaries.is_heard_out(speaking.resources, speaking.session.key)

    async def test_keeps_nothing_of_what_the_transcriber_works_on(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        work = await speaking.work()
        assert await speech.material(speaking.resources, work) is not None
        await withdraw_consent(speaking.resources, speaking.host)
        assert not await speech.record(speaking.resources, work, _heard(_words("Heard.")))
        assert await _segments(speaking.resources) == []


class TestSweep:
    async def test_old_audio_is_destroyed(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        await speaking.submit(1)
        [old, _] = await speaking.chunks()
        long_ago = now() - timedelta(minutes=11)
        async with writing(speaking.resources) as session:
            await session.execute(
                update(AudioChunk).where(col(AudioChunk.id) == old.id).values(created_at=long_ago)
            )
        path = next(path for path in speaking.objects() if path.name in str(old.object_name))
        utime(path, (long_ago.timestamp(), long_ago.timestamp()))
        assert await speech.sweep(speaking.resources) == 1
        assert [chunk.status for chunk in await speaking.chunks()] == [
            ChunkStatus.DROPPED,
            ChunkStatus.ACCEPTED,
        ]
        assert len(speaking.objects()) == 1
        assert await speech.sweep(speaking.resources) == 0

    async def test_headers_live_as_long_as_a_session(self, speaking: Speaking) -> None:
        await speaking.submit(0)
        work = await speaking.work()
        assert await speech.record(speaking.resources, work, _heard(container=b"header"))
        [header] = speaking.objects()
        for hours, swept in ((12, 0), (14, 1)):
            then = (now() - timedelta(hours=hours)).timestamp()
            utime(header, (then, then))
            assert await speech.sweep(speaking.resources) == swept


@pytest.fixture(autouse=True)
async def _no_object_is_left_unsealed(speaking: Speaking) -> AsyncIterator[None]:
    yield
    assert all(b"RIFF" not in path.read_bytes() for path in speaking.objects())
