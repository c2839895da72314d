"""Plays every scene in real time, as browsers would, and listens as a subscriber does.

Latency is counted for each chunk: from the moment at which it is sent to the moment at which
a subscriber has the last final segment that the chunk's arrival brought about. Word error
rates are counted against what is said: of the transcript as it streamed, and of whisper's
over the whole file in one piece.
"""

import asyncio
import math
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.cli.borrowed import server
from app.core.settings import get_settings
from app.demo import documents
from app.demo.client import Person
from app.demo.play import sign_in
from app.demo.recording import SLICE_SECONDS, record
from benchmarks.speech.corpus import Recording, recordings
from benchmarks.speech.wer import word_error_rate
from benchmarks.speech.whole import transcribe_whole

_ROUNDS = 2
_LAST_WORDS_SECONDS = 20.0
_QUIET_SECONDS = 3.0


@dataclass(frozen=True)
class Heard:
    """What became of one recording."""

    name: str
    reference: str
    streamed: str
    latencies: Sequence[float]


@dataclass(frozen=True)
class Figures:
    """The result, recording by recording."""

    heard: Sequence[Heard]
    whole: dict[str, str]

    @property
    def latencies(self) -> list[float]:
        """Of every chunk that brought words about, in seconds."""
        return [latency for each in self.heard for latency in each.latencies]

    def _streamed(self, heard: Sequence[Heard]) -> float:
        return word_error_rate(
            [each.reference for each in heard], [each.streamed for each in heard]
        )

    def _whole(self, heard: Sequence[Heard]) -> float:
        return word_error_rate(
            [each.reference for each in heard], [self.whole[each.name] for each in heard]
        )

    def as_json(self) -> dict[str, float | int]:
        """Rates in percent, times in seconds."""
        return {
            "wer_streamed": round(self._streamed(self.heard), 2),
            "wer_whole": round(self._whole(self.heard), 2),
            "latency_p50_s": round(statistics.median(self.latencies), 3),
            "latency_p95_s": round(percentile(self.latencies, 95), 3),
            "latency_max_s": round(max(self.latencies), 3),
            "chunks": len(self.latencies),
        }

    def print_table(self) -> None:
        """The same, and for each recording, over its rounds."""
        table = Table(title=f"Speech in {SLICE_SECONDS:g} s chunks, {_ROUNDS} rounds")
        for column in ("recording", "WER streamed", "WER whole", "p50", "p95", "max", "chunks"):
            table.add_column(column, justify="left" if column == "recording" else "right")
        for name in dict.fromkeys(each.name for each in self.heard):
            self._row(table, name, [each for each in self.heard if each.name == name])
        table.add_section()
        self._row(table, "all", self.heard)
        Console().print(table)

    def _row(self, table: Table, name: str, heard: Sequence[Heard]) -> None:
        times = [latency for each in heard for latency in each.latencies]
        seconds = (statistics.median(times), percentile(times, 95), max(times))
        table.add_row(
            name,
            f"{self._streamed(heard):.2f} %",
            f"{self._whole(heard):.2f} %",
            *(f"{value:.2f} s" for value in seconds),
            str(len(times)),
        )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least this percentage of the values don't exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def measure(given: Sequence[Path]) -> Figures:
    """Against a running server, or one that is started for it."""
    scenes = recordings(given)
    with server(get_settings()) as url:
        heard = asyncio.run(_play_all(url, scenes))
    # Only now: whisper here and in the worker at once would slow each other down.
    whole = {each.path.name: transcribe_whole(each.path) for scene in scenes for each in scene}
    return Figures(heard, whole)


async def _play_all(url: str, scenes: Sequence[Sequence[Recording]]) -> list[Heard]:
    heard = []
    for _ in range(_ROUNDS):
        for scene in scenes:
            heard += await _Scene(url, scene).play()
    return heard


class _Scene:
    def __init__(self, url: str, scene: Sequence[Recording]) -> None:
        self._url = url
        self._scene = scene
        self._sent: dict[tuple[str, int], float] = {}
        self._came: dict[tuple[str, int], float] = {}
        self._words: dict[str, list[str]] = {}
        self._last = 0.0

    async def play(self) -> list[Heard]:
        slices = [await asyncio.to_thread(record, each.path) for each in self._scene]
        async with AsyncExitStack() as stack:
            people = [await stack.enter_async_context(Person(self._url)) for _ in self._scene]
            for number, person in enumerate(people):
                await sign_in(person, number)
                await person.call(
                    documents.CONSENT, input={"purpose": "AI_PROCESSING", "granted": True}
                )
            session = await self._open(people)
            listening = asyncio.create_task(self._listen(people[0], session))
            await self._speak(people, slices, session)
            await self._quiet()
            listening.cancel()
            await people[0].call(documents.END, input={"sessionId": session})
        return [self._heard(*pair) for pair in zip(self._scene, people, strict=True)]

    async def _open(self, people: Sequence[Person]) -> str:
        given = {"name": "Benchmark", "kind": "GROUP", "aiListening": True}
        made = await people[0].call(documents.CREATE, input=given)
        session = str(made["session"]["id"])
        names = [person.username for person in people[1:]]
        await people[0].call(documents.INVITE, input={"sessionId": session, "usernames": names})
        for person in people:
            await person.call(documents.JOIN, input={"sessionId": session})
        await people[0].call(documents.START, input={"sessionId": session})
        return session

    async def _listen(self, person: Person, session: str) -> None:
        async for event in person.listen(documents.TRANSCRIPT_ADDED, session=session):
            if event["__typename"] != "TranscriptSegmentAdded":
                continue
            segment = event["segment"]
            name = segment["speaker"]["firstName"]
            self._last = time.monotonic()
            self._came[name, segment["chunkSequence"]] = self._last
            self._words.setdefault(name, []).append(segment["text"])

    async def _speak(
        self, people: Sequence[Person], slices: Sequence[Sequence[bytes]], session: str
    ) -> None:
        started = time.monotonic()
        for number in range(max(map(len, slices))):
            await asyncio.sleep(started + (number + 1) * SLICE_SECONDS - time.monotonic())
            await asyncio.gather(
                *[
                    self._send(person, mine, number, session)
                    for person, mine in zip(people, slices, strict=True)
                    if number < len(mine)
                ]
            )

    async def _send(
        self, person: Person, slices: Sequence[bytes], number: int, session: str
    ) -> None:
        self._sent[person.name, number] = time.monotonic()
        given: dict[str, Any] = {"sessionId": session, "sequence": number}
        last = number == len(slices) - 1
        await person.submit(documents.SUBMIT, slices[number], last=last, **given)

    async def _quiet(self) -> None:
        """Until no segment came for a while."""
        ended = self._last = time.monotonic()
        while time.monotonic() < min(self._last + _QUIET_SECONDS, ended + _LAST_WORDS_SECONDS):
            await asyncio.sleep(0.1)

    def _heard(self, recording: Recording, person: Person) -> Heard:
        return Heard(
            name=recording.path.name,
            reference=recording.text,
            streamed=" ".join(self._words.get(person.name, [])),
            latencies=[
                came - self._sent[name, number]
                for (name, number), came in self._came.items()
                if name == person.name
            ],
        )
