"""Rate limits."""

import asyncio

import pytest
from redis.asyncio import Redis

from app.core.errors import RateLimited
from app.core.limits import Limit, Limiter
from app.core.resources import Resources
from app.core.settings import Settings
from tests.client import Api
from tests.conftest import serve
from tests.core.buckets import gone

# A token every ten seconds, three at once.
_LIMIT = Limit("test", 6, 60, 3)


async def _taken(limiter: Limiter, count: int, caller: str = "ana") -> int:
    """How many of so many calls pass."""
    results = await asyncio.gather(
        *[limiter.take(caller, _LIMIT) for _ in range(count)], return_exceptions=True
    )
    assert all(result is None or isinstance(result, RateLimited) for result in results)
    return results.count(None)


async def _pass_time(resources: Resources, seconds: float, caller: str = "ana") -> None:
    """As if the bucket had been filling for longer."""
    key = f"limit:test:{caller}"
    full = float(await resources.redis.get(key))
    await resources.redis.set(key, f"{full - seconds:.6f}", keepttl=True)


class TestLimiter:
    async def test_burst_then_nothing(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis)
        assert await _taken(limiter, 10) == 3
        with pytest.raises(RateLimited) as refused:
            await limiter.take("ana", _LIMIT)
        assert refused.value.extensions == {"code": "RATE_LIMITED", "retryAfter": 10}

    async def test_fills_exactly(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis)
        assert await _taken(limiter, 3) == 3
        for seconds, tokens in ((9, 0), (1, 1), (20, 2), (600, 3)):
            await _pass_time(resources, seconds)
            assert await _taken(limiter, 5) == tokens

    async def test_callers_and_limits_apart(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis)
        assert await _taken(limiter, 5) == 3
        assert await _taken(limiter, 5, "ben") == 3
        await limiter.take("ana", Limit("other", 1, 60, 1))

    async def test_expires_by_itself(self, resources: Resources) -> None:
        await Limiter(resources.redis).take("ana", _LIMIT)
        assert 9_000 < await resources.redis.pttl("limit:test:ana") <= 10_001

    async def test_scale(self, resources: Resources) -> None:
        assert await _taken(Limiter(resources.redis, 2), 20) == 6
        assert await _taken(Limiter(resources.redis, 0.01), 5, "ben") == 1

    async def test_without_redis_everything_passes(self) -> None:
        away = Redis.from_url("redis://127.0.0.1:1/0")
        assert await _taken(Limiter(away), 10) == 10
        await away.aclose()

    async def test_no_number_is_a_full_bucket(self, resources: Resources) -> None:
        await resources.redis.set("limit:test:ana", "no number")
        assert await _taken(Limiter(resources.redis), 10) == 3


class TestAmounts:
    async def test_all_or_nothing(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis)
        await limiter.take("ana", _LIMIT, 2)
        for amount, seconds in ((2, 10), (3, 20)):
            with pytest.raises(RateLimited) as refused:
                await limiter.take("ana", _LIMIT, amount)
            assert refused.value.extensions["retryAfter"] == seconds
        assert await gone(resources.redis, "ana", _LIMIT) == 2
        await limiter.take("ana", _LIMIT)

    async def test_never_more_than_the_burst(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis, 2)
        assert limiter.burst(_LIMIT) == 6
        with pytest.raises(ValueError, match="more than test ever has"):
            await limiter.take("ana", _LIMIT, 7)
        await limiter.take("ana", _LIMIT, 6)

    async def test_the_whole_burst_of_any_limit(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis)
        # Times of a token that are no round numbers.
        odd = [
            Limit(f"{n} {m} {b}", n, m, b)
            for n in (3, 7, 49)
            for m in (1, 60)
            for b in range(1, 99)
        ]
        await asyncio.gather(*[limiter.take("ana", limit, limit.burst) for limit in odd])

    async def test_in_order_and_the_small_one_passes(self, resources: Resources) -> None:
        limiter = Limiter(resources.redis)
        results = await asyncio.gather(
            *[limiter.take("ana", _LIMIT, amount) for amount in (1, 3, 2, 1)],
            return_exceptions=True,
        )
        assert results[0] is None
        assert results[2] is None
        for refused, seconds in ((results[1], 30), (results[3], 10)):
            assert isinstance(refused, RateLimited)
            assert refused.extensions["retryAfter"] == seconds


class TestByRequest:
    async def test_retry_after(self, settings: Settings) -> None:
        async with serve(settings.model_copy(update={"limit_scale": 0.01})) as api:
            assert (await api.execute("{ viewer { email } }")).ok() == {"viewer": None}
            await api.execute("{ viewer { email } }")
            refused = await api.execute("{ viewer { email } }")
        # A hundredth of the API's 100 a minute, and 2 at once.
        assert refused.codes == ["RATE_LIMITED"]
        assert 50 <= refused.errors[0]["extensions"]["retryAfter"] <= 61
        assert refused.errors[0]["message"].startswith("Too many requests: try again in ")

    async def test_signing_in_is_dearer(self, settings: Settings) -> None:
        async with serve(settings.model_copy(update={"limit_scale": 0.1})) as api:
            document = """mutation { accountLogin(input: { login: "x", password: "" }) {
                errors { code } } }"""
            codes = [(await api.execute(document)).codes for _ in range(4)]
            assert codes == [[], [], ["RATE_LIMITED"], ["RATE_LIMITED"]]
            assert await _viewer(api) == {"viewer": None}


async def _viewer(api: Api) -> dict[str, object]:
    return (await api.execute("{ viewer { email } }")).ok()
