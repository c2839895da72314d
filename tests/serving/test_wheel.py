"""The timer that all sockets share."""

import asyncio

from app.core.serving.wheel import Wheel
from tests.waiting import eventually


class _Timed:
    """Notes when it is called."""

    def __init__(self, wheel: Wheel, *, fails: bool = False) -> None:
        self.turn = 0
        self.calls: list[float] = []
        self._wheel = wheel
        self._fails = fails

    def on_time(self) -> None:
        if self._fails:
            raise ValueError
        self.calls.append(asyncio.get_running_loop().time())


class TestWheel:
    async def test_never_early(self) -> None:
        wheel = Wheel(0.02)
        began = asyncio.get_running_loop().time()
        waits = {_Timed(wheel): seconds for seconds in (0.0, 0.02, 0.05, 0.3)}
        for timed, seconds in waits.items():
            wheel.put(timed, seconds)
        await eventually(lambda: all(timed.calls for timed in waits))
        for timed, seconds in waits.items():
            (called,) = timed.calls
            assert called - began >= seconds

    async def test_put_again_counts_anew(self) -> None:
        wheel = Wheel(0.02)
        timed, later = _Timed(wheel), _Timed(wheel)
        wheel.put(timed, 0.02)
        wheel.put(timed, 0.2)
        wheel.put(later, 0.1)
        await eventually(lambda: later.calls)
        assert timed.calls == []
        await eventually(lambda: timed.calls)

    async def test_taken_off(self) -> None:
        wheel = Wheel(0.02)
        timed, other = _Timed(wheel), _Timed(wheel)
        wheel.put(timed, 0.02)
        wheel.put(other, 0.1)
        wheel.take(timed)
        wheel.take(timed)
        await eventually(lambda: other.calls)
        assert timed.calls == []

    async def test_one_that_fails_costs_the_others_nothing(self) -> None:
        wheel = Wheel(0.02)
        others = [_Timed(wheel) for _ in range(5)]
        for timed in (*others[:2], _Timed(wheel, fails=True), *others[2:]):
            wheel.put(timed, 0.02)
        await eventually(lambda: all(timed.calls for timed in others))

    async def test_stands_still_without_anybody(self) -> None:
        wheel = Wheel(0.02)
        timed = _Timed(wheel)
        wheel.put(timed, 0.02)
        await eventually(lambda: timed.calls and wheel._timer is None)
        wheel.put(timed, 0.02)
        await eventually(lambda: len(timed.calls) == 2)
