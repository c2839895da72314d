"""Following a stream: no event lost, none twice, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

import pytest
from dramatiq.brokers.stub import StubBroker

from app.core.errors import InvalidCursor, Missing, Overloaded
from app.core.events import Envelope
from app.core.realtime import hub
from app.core.realtime.streams import event_cursor, follow
from app.core.resources import Resources
from tests.core.conftest import Killable
from tests.core.notes import Noted, Whispered, context_of, note
from tests.waiting import eventually
from workers.outbox import relay as run_relay


async def _always() -> bool:
    return True


def _follow(
    resources: Resources, after: int | None = None, topic: str = "a"
) -> AsyncGenerator[Envelope, None]:
    cursor = None if after is None else event_cursor(f"test:{topic}", after)
    return _generator(follow(context_of(resources), f"test:{topic}", cursor, _always))


def _generator(events: AsyncIterator[Envelope]) -> AsyncGenerator[Envelope, None]:
    """What it is, so that it can be closed."""
    assert isinstance(events, AsyncGenerator)
    return events


async def _take(events: AsyncIterator[Envelope], count: int) -> list[int | None]:
    return [(await asyncio.wait_for(anext(events), 15)).sequence for _ in range(count)]


@pytest.mark.usefixtures("relay")
class TestFollow:
    async def test_after_a_cursor(self, resources: Resources) -> None:
        await note(resources, "a", *["x"] * 5)
        async with aclosing(_follow(resources, 2)) as events:
            assert await _take(events, 3) == [3, 4, 5]
            await note(resources, "a", "y")
            assert await _take(events, 1) == [6]

    async def test_a_long_gap(self, resources: Resources) -> None:
        await note(resources, "a", *["x"] * 450)
        async with aclosing(_follow(resources, 0)) as events:
            assert await _take(events, 450) == list(range(1, 451))

    async def test_others_streams_stay_out(self, resources: Resources) -> None:
        async with aclosing(_follow(resources, 0)) as events:
            await note(resources, "b", "x")
            await note(resources, "a", "y")
            assert (await asyncio.wait_for(anext(events), 10)).data["text"] == "y"

    async def test_while_others_publish(self, resources: Resources) -> None:
        async def publish() -> None:
            for _ in range(20):
                await note(resources, "a", "x", "y")

        async def read(after: int) -> list[int | None]:
            async with aclosing(_follow(resources, after)) as events:
                return await _take(events, 120 - after)

        publishers = [publish() for _ in range(3)]
        results = await asyncio.gather(*[read(0) for _ in range(4)], *publishers)
        assert results[:4] == [list(range(1, 121))] * 4

    async def test_a_transient_event_in_its_place(self, resources: Resources) -> None:
        async with aclosing(_follow(resources, 0)) as events:
            await note(resources, "a", "x")
            assert await _take(events, 1) == [1]
            async with resources.begin() as uow:
                uow.publish(Noted(topic="a"), Whispered(topic="a"), Noted(topic="a"))
            assert await _take(events, 3) == [2, None, 3]

    async def test_stops_once_it_isnt_allowed(self, resources: Resources) -> None:
        member = True

        async def allowed() -> bool:
            return member

        await note(resources, "a", "x")
        cursor = event_cursor("test:a", 0)
        followed = _generator(follow(context_of(resources), "test:a", cursor, allowed))
        async with aclosing(followed) as events:
            assert await _take(events, 1) == [1]
            member = False
            await note(resources, "a", "secret")
            with pytest.raises(StopAsyncIteration):
                await asyncio.wait_for(anext(events), 10)

    async def test_never_allowed(self, resources: Resources) -> None:
        async def forbidden() -> bool:
            return False

        with pytest.raises(Missing):
            await anext(follow(context_of(resources), "test:a", None, forbidden))

    @pytest.mark.parametrize(
        "cursor",
        ["", "%", "x", event_cursor("test:b", 0), event_cursor("test:a", 3), "dGVzdDphIy0x"],
    )
    async def test_bad_cursor(self, resources: Resources, cursor: str) -> None:
        await note(resources, "a", "x", "y")
        with pytest.raises(InvalidCursor):
            await anext(follow(context_of(resources), "test:a", cursor, _always))


class TestOutage:
    async def test_subscribers_catch_up(
        self, frail: Resources, valkey: Killable, broker: StubBroker
    ) -> None:
        """Valkey dies with its memory in the middle; nobody misses or hears anything twice."""
        relaying = asyncio.create_task(run_relay(frail, broker, asyncio.Event()))
        heard: list[list[int | None]] = [[], []]

        async def read(into: list[int | None]) -> None:
            async with aclosing(_follow(frail, 0)) as events:
                async for envelope in events:
                    into.append(envelope.sequence)  # noqa: PERF401 - read while it grows

        readers = [asyncio.create_task(read(into)) for into in heard]
        try:
            await note(frail, "a", "before")
            await eventually(lambda: heard == [[1], [1]])
            await valkey.kill()
            await note(frail, "a", "meanwhile", "meanwhile")
            valkey.restart()
            await note(frail, "a", "after")
            await eventually(lambda: heard == [[1, 2, 3, 4]] * 2, seconds=20)
            await note(frail, "a", "later")
            await eventually(lambda: heard == [[1, 2, 3, 4, 5]] * 2)
        finally:
            for task in (*readers, relaying):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def test_who_comes_during_it(
        self, frail: Resources, valkey: Killable, broker: StubBroker
    ) -> None:
        await valkey.kill()
        await eventually(lambda: frail.hub._broadcast is None, seconds=20)
        await note(frail, "a", "meanwhile")
        relaying = asyncio.create_task(run_relay(frail, broker, asyncio.Event()))
        async with aclosing(_follow(frail, 0)) as events:
            first = asyncio.ensure_future(anext(events))
            await eventually(lambda: "test:a" in frail.hub._channels)
            valkey.restart()
            assert (await asyncio.wait_for(first, 20)).sequence == 1
            await note(frail, "a", "after")
            assert await _take(events, 1) == [2]
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


class TestHub:
    async def test_a_slow_listener_costs_others_nothing(
        self, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "_QUEUE", 3)
        listening = resources.hub.listen
        async with listening("test:a") as slow, listening("test:a") as quick:
            for number in range(10):
                await resources.hub.publish(Envelope.of(Noted(topic="a"), number))
                item = await asyncio.wait_for(anext(quick), 10)
                assert isinstance(item, Envelope)
                assert item.sequence == number
            with pytest.raises(Overloaded) as told:
                await anext(slow)
        assert told.value.extensions == {"code": "RESUME"}

    async def test_many_first_listeners_at_once(self, resources: Resources) -> None:
        ready, heard = [0], []

        async def listen() -> None:
            async with resources.hub.listen("test:a") as listener:
                ready[0] += 1
                heard.append(await asyncio.wait_for(anext(listener), 10))

        async def publish() -> None:
            await eventually(lambda: ready[0] == 20)
            await resources.hub.publish(Envelope.of(Noted(topic="a"), 1))

        await asyncio.gather(*[listen() for _ in range(20)], publish())
        assert len(heard) == 20

    async def test_lets_go_of_a_channel(self, resources: Resources) -> None:
        async with resources.hub.listen("test:a"):
            assert "test:a" in resources.hub._channels
        assert "test:a" not in resources.hub._channels

        async def subscribers() -> bool:
            [(_, count)] = await resources.redis.pubsub_numsub("test:a")
            return int(count) == 0

        await eventually(subscribers)
        # And takes it up again.
        async with resources.hub.listen("test:a") as listener:
            await resources.hub.publish(Envelope.of(Noted(topic="a"), 1))
            assert isinstance(await asyncio.wait_for(anext(listener), 10), Envelope)

    async def test_garbage_is_passed_over(self, resources: Resources) -> None:
        async with resources.hub.listen("test:a") as listener:
            await resources.redis.publish("test:a", b"not an envelope")
            await resources.hub.publish(Envelope.of(Noted(topic="a"), 1))
            item = await asyncio.wait_for(anext(listener), 10)
        assert isinstance(item, Envelope)
        assert item.sequence == 1
