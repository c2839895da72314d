"""The demo's story: two people study together, and every part of Lyceum's live core is used."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo import documents
from app.demo.client import DemoError, Person, Refused
from app.demo.listening import Listening
from app.demo.recording import SLICE_SECONDS, UnreadableRecording, record
from app.demo.show import Show
from app.seed import SAMPLES

CONVERSATION = Path(__file__).parent / "conversation"
_LAST_WORDS_SECONDS = 60.0
_SUMMARY_SECONDS = 180.0
_ANSWER_SECONDS = 120.0
_INSIGHT_SECONDS = 90.0


@dataclass(frozen=True)
class Script:
    """What is played: a recording for each person, a message, a question or one that fits."""

    topic: str
    tracks: Sequence[Path]
    question: str | None
    message: str


def _script(recordings: Sequence[Path]) -> Script:
    if recordings:
        return Script(
            topic=", ".join(path.stem for path in recordings),
            tracks=recordings,
            question=None,
            message="I am listening too.",
        )
    told = json.loads((CONVERSATION / "script.json").read_text(encoding="utf-8"))
    return Script(
        topic=told["topic"],
        tracks=[CONVERSATION / name for name in told["tracks"].values()],
        question=told["question"],
        message=told["message"],
    )


async def run(url: str, *, recordings: Sequence[Path], as_json: bool) -> int:
    """Play against a server. 0 if every part happened, else 1 and the reason is printed."""
    show = Show(as_json=as_json)
    try:
        script = _script(recordings)
        slices = [await asyncio.to_thread(record, track) for track in script.tracks]
        async with AsyncExitStack() as stack:
            people = [
                await stack.enter_async_context(Person(url)) for _ in range(max(2, len(slices)))
            ]
            missing = await _Play(people, script, slices, show).play()
    except (DemoError, UnreadableRecording) as error:
        show.event("failed", f"[red]The demo stopped:[/red] {error}", message=str(error))
        return 1
    for part in missing:
        show.event("missing", f"[red]This didn't happen:[/red] {part}", part=part)
    show.event("done", "" if missing else "[green]Every part happened.[/green]", missing=missing)
    return 1 if missing else 0


async def sign_in(person: Person, number: int) -> None:
    """Sign a person in: as a sample person where there are some, else as somebody new."""
    device = {"type": "desktop", "browser": "lyceum demo"}
    try:
        sample = SAMPLES[number]
        given: dict[str, Any] = {
            "login": sample.email,
            "password": sample.password,
            "device": device,
        }
        done = await person.call(documents.LOGIN, input=given)
    except (IndexError, Refused):
        name = f"demo-{secrets.token_hex(4)}"
        given = {
            "username": name,
            "email": f"{name}@example.com",
            "password": f"{secrets.token_urlsafe(16)}-aA1",
            "firstName": f"Guest {number + 1}",
            "device": device,
        }
        done = await person.call(documents.REGISTER, input=given)
    await person.authenticate(done["user"], done["tokens"]["accessToken"])


class _Play:
    def __init__(
        self, people: list[Person], script: Script, slices: list[list[bytes]], show: Show
    ) -> None:
        self._people = people
        self._host = people[0]
        self._script = script
        self._slices = slices
        self._show = show

    async def play(self) -> list[str]:
        """From signing in to the summary; says what didn't happen."""
        for number, person in enumerate(self._people):
            await sign_in(person, number)
            await person.call(
                documents.CONSENT, input={"purpose": "AI_PROCESSING", "granted": True}
            )
            self._show.event(
                "signed_in", f"{person.name} signed in.", name=person.name, user=person.username
            )
        session = await self._open_session()
        listening = Listening(self._host, self._show, session["id"], session["conversation"]["id"])
        async with listening:
            await self._begin(session)
            await self._speak(session, listening)
            return await self._end(session, listening)

    async def _open_session(self) -> Any:
        made = await self._host.call(
            documents.CREATE,
            input={
                "name": f"Studying: {self._script.topic}"[:255],
                "kind": "GROUP",
                "topics": [self._script.topic[:255]],
                "maxParticipants": len(self._people),
                "aiListening": True,
            },
        )
        session = made["session"]
        names = [person.username for person in self._people[1:]]
        await self._host.call(
            documents.INVITE, input={"sessionId": session["id"], "usernames": names}
        )
        name = session["name"]
        self._show.event("session", f"Session [bold]{name}[/bold] is open.", **session)
        return session

    async def _begin(self, session: Any) -> None:
        for person in self._people:
            await person.call(documents.JOIN, input={"sessionId": session["id"]})
        await self._host.call(documents.START, input={"sessionId": session["id"]})

    async def _speak(self, session: Any, listening: Listening) -> None:
        """Everybody's recorder hands over a slice every five seconds, as it fills."""
        rounds = max(len(slices) for slices in self._slices)
        asking: asyncio.Task[None] | None = None
        started = asyncio.get_running_loop().time()
        for number in range(rounds):
            due = started + (number + 1) * SLICE_SECONDS
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await asyncio.gather(
                *[
                    self._submit(person, session, number, slices)
                    for person, slices in zip(self._people, self._slices, strict=False)
                    if number < len(slices)
                ]
            )
            if number == rounds // 3:
                await self._chat(session)
            if number == rounds - 1 or number == 2 * rounds // 3:
                asking = asking or asyncio.create_task(self._ask(session, listening))
        if asking is not None:
            await asking

    async def _submit(self, person: Person, session: Any, number: int, slices: list[bytes]) -> None:
        await person.submit(
            documents.SUBMIT,
            slices[number],
            sessionId=session["id"],
            sequence=number,
            last=number == len(slices) - 1,
        )

    async def _chat(self, session: Any) -> None:
        await self._people[1].call(
            documents.SEND,
            input={
                "conversationId": session["conversation"]["id"],
                "body": self._script.message,
                "clientId": secrets.token_hex(8),
            },
        )

    async def _ask(self, session: Any, listening: Listening) -> None:
        await listening.happened("transcript", _LAST_WORDS_SECONDS)
        question = self._script.question or listening.question()
        asked = await self._host.call(
            documents.ASK, input={"sessionId": session["id"], "question": question}
        )
        self._show.event(
            "question", f"  [bold]{self._host.name} asks:[/bold] {question}", question=question
        )
        await listening.answer(asked["answer"]["id"], _ANSWER_SECONDS)

    async def _end(self, session: Any, listening: Listening) -> list[str]:
        await listening.happened("transcript", _LAST_WORDS_SECONDS)
        await listening.happened("insight", _INSIGHT_SECONDS)
        for person in self._people[1:]:
            await person.call(documents.LEAVE, input={"sessionId": session["id"]})
        await self._host.call(documents.END, input={"sessionId": session["id"]})
        await listening.happened("summary", _SUMMARY_SECONDS)
        summary = await self._host.call(documents.SUMMARY, session=session["id"])
        self._show_summary(summary)
        if summary["status"] in ("COMPLETE", "PARTIAL"):
            listening.note("a written summary")
        return listening.missing()

    def _show_summary(self, summary: Any) -> None:
        lines = [f"\n[bold]Summary[/bold] ({summary['status'].lower()})"]
        lines += [summary["summary"]] if summary["summary"] else []
        for title, items in (
            ("Topics", summary["topicsCovered"]),
            ("Insights", summary["keyInsights"]),
            ("To do", summary["actionItems"]),
            (
                "Gaps",
                [
                    f"{gap['concept']} ({gap['severity'].lower()}): {gap['recommendation']}"
                    for gap in summary["knowledgeGaps"]
                ],
            ),
        ):
            lines += [f"[bold]{title}[/bold]", *(f"  - {item}" for item in items)] if items else []
        lines += [f"[yellow]{summary['notice']}[/yellow]"] if summary["notice"] else []
        self._show.event("summary", "\n".join(lines), **summary)
