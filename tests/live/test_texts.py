"""A text as it is written: from its start however late one comes, and on from any place."""

import asyncio
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import new_id, to_global
from app.core.realtime.hub import Gap
from app.core.realtime.streams import event_cursor
from app.core.resources import Resources
from tests.factories import make_person
from tests.live.following import Client, Process
from tests.live.room import PoemEnded, PoemPiece, happen, poem_key
from tests.waiting import eventually

_POEM = """
    subscription ($id: ID!, $after: String) { poem(poemId: $id, after: $after) {
      ... on Verse { offset text cursor } ... on Poem { done } } }
"""

pytestmark = pytest.mark.usefixtures("relay")


class _Writing:
    """A poem."""

    def __init__(self, resources: Resources) -> None:
        self.key: UUID = new_id()
        self.text = ""
        self._resources = resources

    @property
    def given(self) -> dict[str, Any]:
        return {"id": to_global("cnv", self.key)}

    async def write(self, text: str, *, told: bool = True) -> None:
        """The next part; nobody hears of it unless it is `told`."""
        await self._resources.redis.append(poem_key(self.key), text.encode())
        offset, self.text = len(self.text), self.text + text
        if told:
            piece = PoemPiece(poem_id=self.key, offset=offset, text=text)
            await self._resources.hub.tell(piece)

    async def end(self) -> None:
        await self._resources.redis.set(f"{poem_key(self.key)}:over", b"1")
        await happen(self._resources, PoemEnded(poem_id=self.key))


def _text(client: Client, start: int = 0) -> str:
    """What came, each part where the last one ended."""
    text = ""
    for event in client.events():
        if "text" in event:
            assert event["offset"] == start + len(text)
            text += event["text"]
    return text


class TestText:
    async def test_from_its_start_to_its_end(self, place: Process, resources: Resources) -> None:
        ana, poem = await make_person(resources), _Writing(resources)
        early = [await place.follow(ana, _POEM, poem.given) for _ in range(2)]
        await place.following(2)
        await poem.write("Roses ")
        await poem.write("are réd €😀")
        await eventually(lambda: _text(early[0]) == poem.text)
        late = await place.follow(ana, _POEM, poem.given)
        await eventually(lambda: _text(late) == poem.text)
        assert len(late.results) == 1
        await poem.write(", violets")
        await poem.end()
        for client in (*early, late):
            await eventually(lambda c=client: c.completed)
            assert _text(client) == poem.text
            assert client.events()[-1] == {"done": True}
        assert early[0].results == early[1].results
        assert early[0].results[-1] is early[1].results[-1]
        after = await place.follow(ana, _POEM, poem.given)
        await eventually(lambda: after.completed)
        assert [event.get("text") for event in after.events()] == [poem.text, None]

    async def test_resumes_anywhere(self, place: Process, resources: Resources) -> None:
        ana, poem = await make_person(resources), _Writing(resources)
        await poem.write("0123456789")
        for start in (0, 4, 10):
            after = event_cursor(f"poem:{poem.key}", start)
            client = await place.follow(ana, _POEM, poem.given | {"after": after})
            await place.following(1)
            await eventually(lambda c=client, s=start: _text(c, s) == "0123456789"[s:])
            client.stop()
        future = event_cursor(f"poem:{poem.key}", 11)
        client = await place.follow(ana, _POEM, poem.given | {"after": future})
        assert await client.refused() == "INVALID_CURSOR"

    async def test_when_its_parts_are_gone(self, place: Process, resources: Resources) -> None:
        ana, poem = await make_person(resources), _Writing(resources)
        await poem.write("0123456789")
        await poem.end()
        await resources.redis.delete(poem_key(poem.key))
        for start in (0, 4, 10):
            after = event_cursor(f"poem:{poem.key}", start)
            client = await place.follow(ana, _POEM, poem.given | {"after": after})
            await eventually(lambda c=client: c.completed)
            assert client.events() == [{"done": True}]

    @pytest.mark.parametrize("number", range(10))
    async def test_parts_that_are_lost(
        self, place: Process, resources: Resources, number: int
    ) -> None:
        rng, ana, poem = Random(number), await make_person(resources), _Writing(resources)
        clients: list[tuple[Client, int]] = []
        connection = await place.connect(ana)
        for part in range(40):
            if rng.random() < 0.2:
                start = rng.randrange(len(poem.text) + 1)
                given = poem.given | {"after": event_cursor(f"poem:{poem.key}", start)}
                clients.append((connection.follow(_POEM, given), start))
                if rng.random() < 0.5:
                    await place.following(len(clients))
            await poem.write(f"{part}. ", told=rng.random() < 0.6)
            if rng.random() < 0.1:
                for feed in place.live._feeds.values():
                    feed._hear(Gap())
            for _ in range(rng.randrange(3)):
                await asyncio.sleep(0)
        await poem.end()
        for client, start in clients:
            await eventually(lambda c=client: c.completed)
            assert _text(client, start) == poem.text[start:]
