"""What the host's client hears, printed as it comes and noted as having happened."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

from gql.transport.exceptions import TransportError

from app.demo import documents
from app.demo.client import DemoError, Person
from app.demo.show import Show

# What has to happen for the demo to have worked.
_PARTS = (
    "presence",
    "transcript",
    "insight",
    "chat",
    "answer",
    "summary",
    "a written summary",
)


_LONG_WORD = re.compile(r"[^\W\d_]{6,}")


class Listening:
    """The host's subscriptions, open for as long as the block lasts."""

    def __init__(self, person: Person, show: Show, session: str, conversation: str) -> None:
        self._person = person
        self._show = show
        self._session = session
        self._conversation = conversation
        self._parts = {part: asyncio.Event() for part in _PARTS}
        self._tasks: list[asyncio.Task[None]] = []
        self._words: Counter[str] = Counter()
        self.rejected: list[str] = []

    async def __aenter__(self) -> Self:
        session, conversation = self._session, self._conversation
        for document, hear, variables in (
            (documents.SESSION_UPDATED, self._session_event, {"session": session}),
            (documents.TRANSCRIPT_ADDED, self._transcript_event, {"session": session}),
            (documents.INSIGHT_ADDED, self._insight_event, {"session": session}),
            (documents.CONVERSATION_UPDATED, self._chat_event, {"conversation": conversation}),
        ):
            self._tasks.append(asyncio.create_task(self._hear(document, hear, variables)))
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _hear(
        self,
        document: str,
        hear: Callable[[Any], Awaitable[None]],
        variables: dict[str, str],
    ) -> None:
        try:
            async for event in self._person.listen(document, **variables):
                await hear(event)
        except TransportError as error:
            self._show.event("lost", f"[red]A subscription ended:[/red] {error}", error=str(error))

    def note(self, part: str) -> None:
        """A part has happened."""
        self._parts[part].set()

    async def happened(self, part: str, seconds: float) -> None:
        """Wait for a part; whether it came is told by `missing`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._parts[part].wait(), seconds)

    def missing(self) -> list[str]:
        """What hasn't happened."""
        silent = [part for part, event in self._parts.items() if not event.is_set()]
        return [*silent, *self.rejected]

    def question(self) -> str:
        """Something to ask about whatever was heard."""
        words = self._words.most_common(1)
        return f"What is said about {words[0][0]}?" if words else "What is said?"

    async def answer(self, answer_id: str, seconds: float) -> None:
        """Hear an answer to its end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hear_answer(answer_id), seconds)

    async def _hear_answer(self, answer_id: str) -> None:
        try:
            async for event in self._person.listen(documents.ANSWER_STREAMED, answer=answer_id):
                self._answer_event(event)
        except TransportError as error:
            raise DemoError(f"The answer's subscription ended: {error}") from None

    def _answer_event(self, event: Any) -> None:
        if event["__typename"] == "AnswerPiece":
            self._show.answer_piece(event["text"], offset=event["offset"])
            return
        answer = event["answer"]
        # That there is none, and why, is an answer, too.
        self.note("answer")
        if answer["status"] != "ANSWERED":
            self._show.event("answer", f"  [yellow]{answer['notice']}[/yellow]", **answer)
            return
        cited = len(answer["segments"])
        self._show.event(
            "answer",
            f"  [dim]rests on {cited} segments, confidence {answer['confidence']:.2f}[/dim]",
            **answer,
        )

    async def _session_event(self, event: Any) -> None:
        kind = event["__typename"]
        status = event["session"]["status"]
        if kind == "SessionParticipantChanged":
            participant = event["participant"]
            name = participant["user"]["firstName"]
            word = "is here" if participant["present"] else "is not in the call"
            if participant["present"]:
                self.note("presence")
            self._show.event("presence", f"[dim]{name} {word}.[/dim]", name=name, **participant)
        elif kind == "SessionSummaryReady":
            self.note("summary")
        elif kind == "SessionChanged":
            self._show.event(
                "status", f"[dim]The session is {status.lower()}.[/dim]", status=status
            )

    async def _transcript_event(self, event: Any) -> None:
        kind = event.pop("__typename")
        if kind == "AudioChunkRejected":
            self.rejected.append(f"chunk {event['sequence']}: {event['message']}")
            return
        final = kind == "TranscriptSegmentAdded"
        said = event["segment"] if final else event
        if not final and not self._show.shows_provisional():
            return
        if final:
            self.note("transcript")
            self._words.update(_LONG_WORD.findall(said["text"].lower()))
        name = (said.pop("speaker") or {"firstName": "?"})["firstName"]
        self._show.event(
            "transcript" if final else "provisional",
            self._show.spoken(said["startMs"], name, said["text"], final=final),
            speaker=name,
            **said,
        )

    async def _insight_event(self, event: Any) -> None:
        self.note("insight")
        if event["__typename"] == "InsightNotice":
            notice = event["notice"]
            self._show.event("insight_notice", f"  [yellow]{notice}[/yellow]", notice=notice)
            return
        insight = event["insight"]
        kind = insight["kind"].replace("_", " ").lower()
        line = f"  [green]{kind}:[/green] {insight['text']}"
        self._show.event("insight", line, **insight)

    async def _chat_event(self, event: Any) -> None:
        if event["__typename"] != "MessageAdded":
            return
        self.note("chat")
        message = event["message"]
        name = message["sender"]["firstName"]
        line = f"  [dim]chat[/dim] [bold]{name}:[/bold] {message['body']}"
        self._show.event("chat", line, sender=name, body=message["body"])
