"""Rate limits: token buckets in Redis, of which a process leases a little at a time.

A bucket is one number in Redis, the time at which it would be full again (the generic cell
rate algorithm), so that it costs one key that expires by itself. A process takes a small
batch out of it and spends that in memory; most calls are thus counted without a round trip,
and several processes together never grant more than the bucket has.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from time import monotonic
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.errors import RateLimited
from app.core.logging import get_logger

# For each bucket: seconds a token, burst, tokens that come back, tokens wanted ahead, and the
# amounts that callers wait for. An amount is granted whole or not at all, in their order;
# tokens ahead only if nobody is refused. Answers with the tokens granted and the seconds after
# which the bucket is full.
_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local answer = {}
for i, key in ipairs(KEYS) do
    local per_token, burst = tonumber(ARGV[5 * i - 4]), tonumber(ARGV[5 * i - 3])
    local back, ahead = tonumber(ARGV[5 * i - 2]), tonumber(ARGV[5 * i - 1])
    local full = tonumber(redis.call('GET', key) or now) or now
    local used = math.max(full - now - back * per_token, 0)
    local free = math.floor(burst - used / per_token)
    local granted = 0
    for text in string.gmatch(ARGV[5 * i], '%d+') do
        local amount = tonumber(text)
        if granted + amount <= free then granted = granted + amount else ahead = 0 end
    end
    granted = granted + math.max(0, math.min(ahead, free - granted))
    used = used + granted * per_token
    if used == 0 then
        redis.call('DEL', key)
    elseif granted > 0 or back > 0 then
        local text = string.format('%.7f', now + used)
        redis.call('SET', key, text, 'PX', math.ceil(used * 1000) + 1)
    end
    answer[2 * i - 1], answer[2 * i] = granted, string.format('%.9f', used)
end
return answer
"""

# How long a lease is good, and how soon a caller comes back who gets more than he asks for.
_LEASE_SECONDS = 1.0
# Leases that end within this time go back together.
_SWEEP_SECONDS = 0.1
# Without Redis nobody asks it again before this time.
_AWAY_SECONDS = 1.0
_AHEAD_PART = 20
_REMEMBERED = 10_000
# Valkey does nothing else while the script runs: about a microsecond a bucket.
_BUCKETS_A_CALL = 200

log = get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """`count` tokens in `seconds` on the long run, and `burst` at once."""

    name: str
    count: int
    seconds: int
    burst: int


@dataclass(frozen=True)
class Charge:
    """What one operation takes from one bucket."""

    limit: Limit
    amount: int = 1


API = Limit("api", 100, 60, 200)
AUTH = Limit("auth", 10, 60, 20)
CHAT = Limit("chat", 30, 60, 50)
AI = Limit("ai", 20, 60, 30)
AI_HOURLY = Limit("ai-hourly", 50, 3600, 50)
# Programs to run.
CODE = Limit("code", 30, 60, 10)
# Files that are made while somebody waits.
REPORTS = Limit("reports", 10, 60, 10)
AUDIO = Limit("audio", 120, 60, 60)
# Letters, notices and requests to people who may not want them.
INVITATIONS = Limit("invitations", 60, 3600, 30)
UPLOADS = Limit("uploads", 10, 3600, 10)
# What people in a call tell each other to connect: some dozens for each who comes.
SIGNALS = Limit("signals", 600, 60, 300)
# What people do together live: strokes, notes, hands.
EDITS = Limit("edits", 600, 60, 200)
# Sockets from one address. A school is one, and comes all at once when a server has restarted.
CONNECTIONS = Limit("connections", 600, 60, 1000)
# How often programs read secret feeds: those of one address, and each feed.
FEEDS = Limit("feeds", 60, 60, 120)
FEED = Limit("feed", 10, 60, 20)
PAYMENTS = Limit("payments", 10, 60, 20)
# What queries cost.
POINTS = Limit("points", 12_000, 60, 20_000)


class _Waiting(NamedTuple):
    amount: int
    # None once the amount is granted, else the seconds until it could be.
    answer: asyncio.Future[float | None]


@dataclass(eq=False, slots=True)
class _Bucket:
    """What this process holds of one caller's bucket, and who waits for more."""

    key: str
    per_token: float
    burst: int
    held: int = 0
    good_until: float = -inf
    spent_at: float = -inf
    ahead: int = 0
    # Seconds that the bucket in Redis needed to be full, and when it said so.
    used: float = 0.0
    told_at: float = -inf
    waiting: list[_Waiting] = field(default_factory=list)
    asked: list[_Waiting] = field(default_factory=list)

    def ask(self, now: float) -> tuple[float, int, int, int, str]:
        """The script's arguments: what is held goes back, and what is waited for comes out."""
        back, self.held = self.held, 0
        self.used -= back * self.per_token
        self.asked, self.waiting = self.waiting, []
        if now < self.good_until:
            self.ahead *= 2
        else:
            # It lasted for its second: what was left over wasn't needed.
            self.ahead = max(0, self.ahead - back)
        ahead = self._wanted_ahead(now) if self.asked else 0
        return self.per_token, self.burst, back, ahead, ",".join(str(w.amount) for w in self.asked)

    def _wanted_ahead(self, now: float) -> int:
        # A twentieth of a small burst is too much to be away from the other processes.
        most = self.burst // _AHEAD_PART if self.burst > _AHEAD_PART else 0
        needed = sum(waiting.amount for waiting in self.asked)
        came_back = now - self.spent_at < _LEASE_SECONDS
        self.ahead = min(most, max(self.ahead, needed)) if came_back else 0
        return self.ahead

    def settle(self, granted: int, used: float, now: float) -> bool:
        """Spend what the script granted on those who wait for it; the others are refused.

        Says whether this is a new lease.
        """
        leased = bool(self.asked)
        if leased:
            self.good_until = now + _LEASE_SECONDS
        self.held += granted
        self.used, self.told_at = used, now
        refused = [waiting for waiting in self.asked if not self._serve(waiting, now)]
        # Those who came meanwhile: perhaps what was granted ahead is enough for them.
        self.waiting = [waiting for waiting in self.waiting if not self._serve(waiting, now)]
        for waiting in refused:
            lacking = waiting.amount - self.held - self.burst
            waiting.answer.set_result(used + lacking * self.per_token)
        self.asked = []
        return leased

    def _serve(self, waiting: _Waiting, now: float) -> bool:
        if waiting.answer.done():  # its caller was cancelled
            return True
        if self.held < waiting.amount:
            return False
        self.held -= waiting.amount
        self.spent_at = now
        waiting.answer.set_result(None)
        return True

    def let_pass(self) -> None:
        """Everybody, uncounted."""
        for waiting in (*self.asked, *self.waiting):
            if not waiting.answer.done():
                waiting.answer.set_result(None)
        self.asked, self.waiting = [], []

    def left(self, now: float) -> int:
        """What the bucket had when Redis was last asked, what came in since, what is held."""
        used = max(self.used - (now - self.told_at), 0)
        return min(self.burst, int(self.burst - used / self.per_token) + self.held)


class Limiter:
    """Takes tokens. Without Redis it lets everything pass: a limit is no reason to be down."""

    def __init__(self, redis: Redis, scale: float = 1.0) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._scale = scale
        # Those first that asked Redis longest ago: who goes on calling does so every second.
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        # Every lease that is good, in the order in which they end.
        self._leases: OrderedDict[_Bucket, None] = OrderedDict()
        self._sweeping: asyncio.TimerHandle | None = None
        # Buckets that Redis is to be asked about next, and those of the call that runs.
        self._next: dict[_Bucket, None] = {}
        self._asked: list[_Bucket] = []
        self._asking: asyncio.Task[None] | None = None
        self._away_until = -inf

    def burst(self, limit: Limit) -> int:
        """The most that can ever be taken at once."""
        return max(1, round(limit.burst * self._scale))

    def restore_rate(self, limit: Limit) -> float:
        """Tokens a second that come back."""
        return limit.count * self._scale / limit.seconds

    def left(self, caller: str, limit: Limit) -> int:
        """What the caller may still spend now, as far as this process knows."""
        bucket = self._buckets.get((limit.name, caller))
        return self.burst(limit) if bucket is None else bucket.left(monotonic())

    def try_take(self, caller: str, limit: Limit, amount: int = 1) -> bool:
        """Take from what is leased; False, and nothing taken, if that isn't enough."""
        bucket = self._buckets.get((limit.name, caller))
        if bucket is None or bucket.held < amount:
            return False
        now = monotonic()
        if now >= bucket.good_until:
            return False
        bucket.held -= amount
        bucket.spent_at = now
        return True

    async def take(self, caller: str, limit: Limit, amount: int = 1) -> None:
        """Take all of an amount: of what is leased, or else of the bucket.

        Raises `RateLimited` with the time to wait, and `ValueError` for more than the burst,
        which would never pass.
        """
        if self.try_take(caller, limit, amount):
            return
        if amount > self.burst(limit):
            raise ValueError(f"{amount} is more than {limit.name} ever has.")
        if monotonic() < self._away_until:
            return
        bucket = self._bucket(caller, limit)
        waiting = _Waiting(amount, asyncio.get_running_loop().create_future())
        bucket.waiting.append(waiting)
        self._ask(bucket)
        wait = await waiting.answer
        if wait is not None:
            raise RateLimited(wait)

    def give_back(self, caller: str, limit: Limit, amount: int) -> None:
        """Return a part of what was taken: an operation cost less than was thought."""
        bucket = self._bucket(caller, limit)
        bucket.held += amount
        if bucket.held and monotonic() >= bucket.good_until:
            self._ask(bucket)

    async def close(self) -> None:
        """Return everything that is leased, once the call that runs has been answered."""
        if self._asking is not None:
            await self._asking
        self._return(self._leases)
        self._leases.clear()
        if self._asking is not None:
            await self._asking
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    def _bucket(self, caller: str, limit: Limit) -> _Bucket:
        key = (limit.name, caller)
        bucket = self._buckets.get(key)
        if bucket is not None:
            self._buckets.move_to_end(key)
            return bucket
        per_token = 1 / self.restore_rate(limit)
        bucket = _Bucket(f"limit:{limit.name}:{caller}", per_token, self.burst(limit))
        self._buckets[key] = bucket
        if len(self._buckets) > _REMEMBERED:
            self._return([self._buckets.popitem(last=False)[1]])
        return bucket

    def _return(self, buckets: Iterable[_Bucket]) -> None:
        for bucket in buckets:
            if bucket.held:
                self._ask(bucket)

    def _ask(self, bucket: _Bucket) -> None:
        self._next[bucket] = None
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all(), name="limits")

    async def _ask_all(self) -> None:
        """Ask Redis, one call after the other: who comes during one shares the next."""
        try:
            while self._next:
                await self._ask_some()
        except RedisError as error:
            self._away_until = monotonic() + _AWAY_SECONDS
            log.warning("limits.unavailable", error=str(error))
        finally:
            # Whatever went wrong, nobody waits for an answer that doesn't come.
            for bucket in (*self._asked, *self._next):
                bucket.let_pass()
            self._asked = []
            self._next.clear()

    async def _ask_some(self) -> None:
        self._asked = list(islice(self._next, _BUCKETS_A_CALL))
        now = monotonic()
        arguments: list[float | int | str] = []
        for bucket in self._asked:
            del self._next[bucket]
            arguments += bucket.ask(now)
        answer = await self._script(keys=[bucket.key for bucket in self._asked], args=arguments)
        now = monotonic()
        for bucket, granted, used in zip(self._asked, answer[::2], answer[1::2], strict=True):
            if bucket.settle(granted, float(used), now):
                self._leases[bucket] = None
                self._leases.move_to_end(bucket)
            if not bucket.waiting:
                self._next.pop(bucket, None)
        self._asked = []
        if self._sweeping is None:
            self._sweep()

    def _sweep(self) -> None:
        """Return what is left of the leases that ended; come back when the next one ends."""
        self._sweeping = None
        now = monotonic()
        ended = []
        for bucket in self._leases:
            if bucket.good_until > now:
                pause = max(bucket.good_until - now, _SWEEP_SECONDS)
                self._sweeping = asyncio.get_running_loop().call_later(pause, self._sweep)
                break
            ended.append(bucket)
        for bucket in ended:
            del self._leases[bucket]
        self._return(ended)
