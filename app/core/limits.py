"""Rate limits: token buckets in Redis.

The script is the generic cell rate algorithm: one number a bucket, the time at which it
would be full again, so a bucket costs one key that expires by itself.
"""

from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.errors import RateLimited
from app.core.logging import get_logger

_SCRIPT = """
local per_token = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + per_token
local wait = full - burst * per_token - now
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1)
return '0'
"""

log = get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """`count` calls in `seconds` on the long run, and `burst` at once."""

    name: str
    count: int
    seconds: int
    burst: int


API = Limit("api", 100, 60, 200)
AUTH = Limit("auth", 10, 60, 20)
CHAT = Limit("chat", 30, 60, 50)
AI = Limit("ai", 20, 60, 30)
AI_HOURLY = Limit("ai-hourly", 50, 3600, 50)
AUDIO = Limit("audio", 120, 60, 60)


class Limiter:
    """Takes tokens. Without Redis it lets everything pass: a limit is no reason to be down."""

    def __init__(self, redis: Redis, scale: float = 1.0) -> None:
        self._take = redis.register_script(_SCRIPT)
        self._scale = scale

    async def take(self, caller: str, *limits: Limit) -> None:
        """One token of each; `RateLimited` with the time to wait if one is empty."""
        for limit in limits:
            per_token = limit.seconds / (limit.count * self._scale)
            burst = max(1, round(limit.burst * self._scale))
            try:
                wait = float(
                    await self._take(keys=[f"limit:{limit.name}:{caller}"], args=[per_token, burst])
                )
            except RedisError as error:
                log.warning("limits.unavailable", error=str(error))
                return
            if wait > 0:
                raise RateLimited(wait)
