"""Who is in a place, and who types there, over all processes.

A process keeps in memory who is present through it, and in Redis a life: a set of the same,
good as long as the process says often enough that it lives. A place counts the lives that hold
a member, so that whoever is there through several sockets and processes is told of once, when
the first comes and when the last goes. The life of a process that died is taken apart by the
others; one whose process comes back after all, or that Redis has forgotten, is begun anew.

A change and the event that tells of it are one step in Redis, so that events are in the order
of the changes even if they come from different processes: somebody who reloads a page leaves
through one and enters through another, and the last word must be the true one. The events are
transient: after a `Gap` ask who is there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.events import Envelope, TransientEvent
from app.core.ids import new_id
from app.core.logging import get_logger

# A process that died is noticed after a life without a sign, by the next sign of another.
_BEAT_SECONDS = 1.0
_LIFE_SECONDS = 3.0
# When Redis was away, the others may need this long to say that they live.
_BEATS_BEFORE_LOOKING = 2
_TYPING_SECONDS = 5.0
# Valkey does nothing else while a script runs: some microseconds a change.
_CHANGES_A_CALL = 200

# A life's sign: its name, its seconds, whether it begins, whether it looks for those that are
# over. Answers nothing if Redis doesn't know the life, else the lives that are to be taken apart
# and the typists whose time is over. One whose own time was over looks for no others: if Redis
# stood still, they are as late.
_BEAT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local mine = redis.call('ZSCORE', 'presence:lives', ARGV[1])
if not mine and ARGV[3] == '0' then return false end
redis.call('ZADD', 'presence:lives', now + ARGV[2], ARGV[1])
if ARGV[4] == '1' and mine and tonumber(mine) >= now then
    for _, life in ipairs(redis.call('ZRANGEBYSCORE', 'presence:lives', '-inf', now)) do
        redis.call('ZREM', 'presence:lives', life)
        redis.call('SADD', 'presence:dying', life)
    end
end
return {
    redis.call('SMEMBERS', 'presence:dying'),
    redis.call('ZRANGEBYSCORE', 'presence:typing', '-inf', now, 'LIMIT', 0, 200)
}
"""

# Changes in a life that lives, or in one that is taken apart: six arguments each, a verb, the
# entry, its place and member, and what is published on which channel if this makes a difference.
# Does nothing and answers 0 if a life that should live doesn't.
_CHANGE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local life, dying = ARGV[1], ARGV[2] == '1'
local own = 'presence:life:' .. life
if not dying and not redis.call('ZSCORE', 'presence:lives', life) then return 0 end
for i = 4, #ARGV, 6 do
    local verb, entry, member = ARGV[i], ARGV[i + 1], ARGV[i + 3]
    local place, typists = 'presence:place:' .. ARGV[i + 2], 'presence:typists:' .. ARGV[i + 2]
    local changed = false
    if verb == 'enter' then
        changed = redis.call('SADD', own, entry) == 1
            and redis.call('HINCRBY', place, member, 1) == 1
    elseif verb == 'leave' then
        changed = redis.call('SREM', own, entry) == 1
            and redis.call('HINCRBY', place, member, -1) == 0
        if changed then redis.call('HDEL', place, member) end
    elseif verb == 'type' then
        changed = redis.call('ZADD', 'presence:typing', now + ARGV[3], entry) == 1
        if changed then redis.call('SADD', typists, member) end
    else
        local until_then = redis.call('ZSCORE', 'presence:typing', entry)
        changed = until_then and (verb == 'stop' or tonumber(until_then) <= now)
        if changed then
            redis.call('ZREM', 'presence:typing', entry)
            redis.call('SREM', typists, member)
        end
    end
    if changed then redis.call('PUBLISH', ARGV[i + 4], ARGV[i + 5]) end
end
if dying and redis.call('EXISTS', own) == 0 then redis.call('SREM', 'presence:dying', life) end
return 1
"""

Leave = Callable[[], None]

log = get_logger(__name__)


class _OfMember(TransientEvent):
    place: str
    member: str

    @property
    def stream(self) -> str:
        """A place is called as the stream of what happens there."""
        return self.place


class PresenceChanged(_OfMember):
    """A member came to a place or left it."""

    kind = "presence.changed"
    present: bool


class TypingChanged(_OfMember):
    """A member began to type in a place, or types no more."""

    kind = "presence.typing_changed"
    typing: bool


class _Entry(NamedTuple):
    place: str
    member: str

    def __str__(self) -> str:
        return f"{len(self.place)}:{self.place}{self.member}"

    @classmethod
    def read(cls, text: bytes) -> "_Entry":
        length, _, rest = text.decode().partition(":")
        return cls(rest[: int(length)], rest[int(length) :])


class _Change(NamedTuple):
    verb: str
    entry: _Entry


class Presence:
    """Members of places; both are any strings. Calls don't wait: Redis learns of them at once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._beat_script = redis.register_script(_BEAT)
        self._change_script = redis.register_script(_CHANGE)
        self._life = ""
        # How often each is present through this process.
        self._held: dict[_Entry, int] = {}
        # What Redis may not know yet: that these are held or not, that those type or not.
        self._due: dict[_Entry, None] = {}
        self._typing_due: dict[_Entry, bool] = {}
        self._changed = asyncio.Event()
        self._busy = False
        self._told = asyncio.Event()
        self._next_beat = 0.0
        # Since Redis was last away.
        self._beats = 0
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Live from now on, as soon as Redis can be reached."""
        self._running = asyncio.create_task(self._run(), name="presence")

    async def stop(self) -> None:
        """Everybody who is present through this process leaves."""
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.wait({self._running})
        try:
            await cast("Awaitable[int]", self._redis.sadd("presence:dying", self._life))
            await self._redis.zrem("presence:lives", self._life)
            while await self._take_apart(self._life):
                pass
        except RedisError as error:
            log.warning("presence.unended", error=str(error))

    def enter(self, place: str, member: str) -> Leave:
        """Make a member present until the function that this gives is called, once or again."""
        entry = _Entry(place, member)
        held = self._held.get(entry, 0)
        self._held[entry] = held + 1
        if not held:
            self._note(entry)
        gone = False

        def leave() -> None:
            nonlocal gone
            if not gone:
                gone = True
                self._leave(entry)

        return leave

    async def members(self, place: str) -> set[str]:
        """Who is present, with all that this process was told before. Raises `RedisError`."""
        return (await self.members_of([place]))[place]

    async def members_of(self, places: Sequence[str]) -> dict[str, set[str]]:
        """The same of several places: one question to Redis for all of them."""
        return _named(places, await self._ask("HKEYS", "presence:place:", places))

    async def count(self, places: Sequence[str]) -> dict[str, int]:
        """How many are present in each of these places: one question to Redis as well."""
        counted = await self._ask("HLEN", "presence:place:", places)
        return dict(zip(places, counted, strict=True))

    def typing(self, place: str, member: str) -> None:
        """Make a member type for some seconds, or for some more."""
        self._typing_due[_Entry(place, member)] = True
        self._changed.set()

    def stop_typing(self, place: str, member: str) -> None:
        """Make a member type no more."""
        self._typing_due[_Entry(place, member)] = False
        self._changed.set()

    async def typists(self, place: str) -> set[str]:
        """Who types, with all that this process was told before. Raises `RedisError`."""
        return (await self.typists_of([place]))[place]

    async def typists_of(self, places: Sequence[str]) -> dict[str, set[str]]:
        """The same of several places: one question to Redis for all of them."""
        return _named(places, await self._ask("SMEMBERS", "presence:typists:", places))

    async def _ask(self, command: str, prefix: str, places: Sequence[str]) -> list[Any]:
        """The answers to a command about each place, in one round trip."""
        await self._all_told()
        async with self._redis.pipeline(transaction=False) as pipeline:
            for place in places:
                pipeline.execute_command(command, f"{prefix}{place}")
            answers: list[Any] = await pipeline.execute()
        return answers

    def _leave(self, entry: _Entry) -> None:
        self._held[entry] -= 1
        if not self._held[entry]:
            del self._held[entry]
            self._note(entry)

    def _note(self, entry: _Entry) -> None:
        self._due[entry] = None
        self._changed.set()

    async def _all_told(self) -> None:
        if self._busy or self._due or self._typing_due:
            # The round that begins next has everything.
            self._changed.set()
            await self._told.wait()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            if await self._try_round():
                await self._wait_for_change()
            else:
                await asyncio.sleep(_BEAT_SECONDS)

    async def _wait_for_change(self) -> None:
        try:
            async with asyncio.timeout_at(self._next_beat):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _try_round(self) -> bool:
        told, self._told = self._told, asyncio.Event()
        self._busy = True
        try:
            await self._round()
        except RedisError as error:
            log.warning("presence.unavailable", error=str(error))
            # When Redis is back, that is long ago.
            self._typing_due.clear()
            self._beats = 0
            return False
        except Exception:
            log.exception("presence.failed")
            return False
        else:
            return True
        finally:
            self._busy = False
            told.set()

    async def _round(self) -> None:
        """Tell Redis what is due, and once in a while that this process lives."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_beat:
            await self._tell()
            return
        dying, ended = await self._beat(looks=self._beats >= _BEATS_BEFORE_LOOKING)
        await self._tell()
        if ended:
            await self._change([_Change("end", _Entry.read(each)) for each in ended])
        for life in dying:
            # One with very many members must not cost this process its own life.
            while loop.time() < self._next_beat and await self._take_apart(life.decode()):
                await self._tell()

    async def _beat(self, *, looks: bool) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Say that this process lives; gives the lives and the typists that are over."""
        answer = await self._beat_script(args=[self._life, _LIFE_SECONDS, 0, int(looks)])
        # From the answer on: if Redis stood still, the others have time to say that they live.
        self._next_beat = asyncio.get_running_loop().time() + _BEAT_SECONDS
        self._beats += 1
        if answer is None:
            await self._begin()
            return (), ()
        return answer[0], answer[1]

    async def _begin(self) -> None:
        """A new life, with all who are present."""
        self._life = str(new_id())
        await self._beat_script(args=[self._life, _LIFE_SECONDS, 1, 0])
        self._due.update(dict.fromkeys(self._held))

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        while self._due or self._typing_due:
            if loop.time() >= self._next_beat:
                # However much there is to tell, it is said in time that this process lives.
                await self._beat(looks=False)
            present = list(islice(self._due, _CHANGES_A_CALL))
            typing = list(islice(self._typing_due.items(), _CHANGES_A_CALL))
            changes = [
                _Change("enter" if each in self._held else "leave", each) for each in present
            ]
            changes += [_Change("type" if now else "stop", each) for each, now in typing]
            for entry in present:
                del self._due[entry]
            for entry, _ in typing:
                del self._typing_due[entry]
            known = False
            try:
                known = await self._change(changes)
            finally:
                if not known:
                    # Perhaps it was done all the same: a second time it makes no difference.
                    self._due.update(dict.fromkeys(present))
            if not known:
                await self._begin()

    async def _take_apart(self, life: str) -> bool:
        """Let some of a life's members leave; says whether there may be more of them."""
        some = self._redis.srandmember(f"presence:life:{life}", _CHANGES_A_CALL)
        entries = await cast("Awaitable[list[bytes]]", some)
        await self._change([_Change("leave", _Entry.read(each)) for each in entries], dying=life)
        return len(entries) == _CHANGES_A_CALL

    async def _change(self, changes: Iterable[_Change], dying: str = "") -> bool:
        """Changes in this process's life or a dying one; False if Redis doesn't know its own."""
        arguments: list[str | float] = [dying or self._life, int(bool(dying)), _TYPING_SECONDS]
        for verb, entry in changes:
            arguments += [verb, str(entry), *entry, *_news(verb, entry)]
        return bool(await self._change_script(args=arguments))


def _named(places: Sequence[str], answers: Sequence[Iterable[bytes]]) -> dict[str, set[str]]:
    """By place, the names that stand in Redis's answers."""
    return {
        place: {name.decode() for name in names}
        for place, names in zip(places, answers, strict=True)
    }


def _news(verb: str, entry: _Entry) -> tuple[str, str]:
    """Channel and message that tell of a change."""
    place, member = entry
    event: TransientEvent
    if verb in {"enter", "leave"}:
        event = PresenceChanged(place=place, member=member, present=verb == "enter")
    else:
        event = TypingChanged(place=place, member=member, typing=verb == "type")
    return place, Envelope.of(event).model_dump_json()
