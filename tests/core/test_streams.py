"""The places of a stream: cursors, and the steps between them."""

import pytest

from app.core.errors import InvalidCursor
from app.core.events import Envelope
from app.core.realtime.declare import tell, tell_now
from app.core.realtime.streams import EventLog, Step, event_cursor, place_of
from app.core.resources import Resources
from tests.core.notes import Noted, Whispered, note

_TOLD = (tell(Noted, lambda event, at: (event.text, at)), tell_now(Whispered, lambda it: it.text))
_STREAM = "test:a"


def _cursor(sequence: int) -> str:
    return event_cursor(_STREAM, sequence)


@pytest.fixture
def log(resources: Resources) -> EventLog:
    return EventLog(resources, _STREAM, {each.event.kind: each for each in _TOLD})


class TestCursor:
    @pytest.mark.parametrize("place", [0, 1, 2**40])
    def test_says_its_place(self, place: int) -> None:
        assert place_of(_STREAM, _cursor(place)) == place

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "%",
            "x",
            "é",
            "dGVzdDphIy0x",
            "dGVzdDphIyAx",
            f" {event_cursor(_STREAM, 1)}",
            event_cursor("test:b", 1),
            event_cursor("test", 1),
            event_cursor(_STREAM, -1),
        ],
    )
    def test_of_something_else(self, cursor: str) -> None:
        with pytest.raises(InvalidCursor):
            place_of(_STREAM, cursor)


class TestRead:
    async def test_in_order(self, resources: Resources, log: EventLog) -> None:
        await note(resources, "a", "x", "y", "z")
        await note(resources, "b", "other")
        assert await log.now() == 3
        assert await log.after(1) == [
            Step(1, 2, ("y", _cursor(2))),
            Step(2, 3, ("z", _cursor(3))),
        ]
        assert await log.after(3) == []

    async def test_many(self, resources: Resources, log: EventLog) -> None:
        await note(resources, "a", *["x"] * 450)
        place, sizes = 0, []
        while steps := await log.after(place):
            assert [step.start for step in steps] == [place, *[step.end for step in steps[:-1]]]
            place = steps[-1].end
            sizes.append(len(steps))
        assert (place, sizes) == (450, [200, 200, 50])

    async def test_begin(self, log: EventLog) -> None:
        assert [await log.begin(None, 3), await log.begin(0, 3), await log.begin(3, 3)] == [3, 0, 3]
        with pytest.raises(InvalidCursor):
            await log.begin(4, 3)


class TestHear:
    def test_the_next_one(self, log: EventLog) -> None:
        envelope = Envelope.of(Noted(topic="a", text="x"), 5)
        assert log.hear(envelope, 4) == [Step(4, 5, ("x", _cursor(5)))]

    @pytest.mark.parametrize("place", [5, 6])
    def test_one_that_it_had(self, log: EventLog, place: int) -> None:
        assert log.hear(Envelope.of(Noted(topic="a"), 5), place) == []

    def test_one_too_early(self, log: EventLog) -> None:
        assert log.hear(Envelope.of(Noted(topic="a"), 5), 3) is None

    def test_a_transient_one(self, log: EventLog) -> None:
        assert log.hear(Envelope.of(Whispered(topic="a", text="x")), 3) == [Step(3, 3, "x")]

    @pytest.mark.parametrize("data", [{}, {"topic": 1}])
    def test_one_that_cant_be_read(self, log: EventLog, data: dict[str, int]) -> None:
        """It is passed over, and in nobody's way."""
        envelope = Envelope(kind="test.noted", stream=_STREAM, sequence=5, data=data)
        assert log.hear(envelope, 4) == [Step(4, 5)]

    def test_one_that_isnt_told(self, log: EventLog) -> None:
        envelope = Envelope(kind="test.unheard_of", stream=_STREAM, sequence=5, data={})
        assert log.hear(envelope, 4) == [Step(4, 5)]
