"""Who may listen: the database is asked, about all subscribers of a stream at once.

The answer is used for a fifth of a second, and thrown away when an event says that members have
changed. With it comes the version of each session's rights (`core/authentication.py`): where it
is another, the rights are read anew before anything more is told.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, case, cast, func, literal_column
from sqlmodel import col, select

from app.core.graph.read.emit import quoted
from app.core.graph.read.grouping import Lane
from app.core.graph.read.pool import Readers
from app.core.graph.read.statement import rendered, statement, with_terms
from app.core.graph.read.viewing import (
    AUTH_SESSION_ID,
    VIEWER_ID,
    Terms,
    is_of_kind,
    parameter,
    parameters_of,
)
from app.core.metrics import LIVE_ASKED
from app.core.outbox import Stream
from app.core.realtime.declare import Following
from app.core.viewer import Viewer

if TYPE_CHECKING:
    from app.core.realtime.subscriber import Subscriber

# How old an answer may be when an event is told. With what telling it takes, a change is obeyed
# within a quarter of a second.
_SECONDS = 0.2
# From this age on it is asked again as soon as an event has been told, so that the next needn't
# wait for the answer.
_AGED = 0.1
_OF_ROW = {VIEWER_ID: "g.viewer_id", AUTH_SESSION_ID: "g.auth_session_id"}
_STREAM = "given_stream"
YES = b"true"

Arguments = Mapping[str, UUID]


def _given(name: str) -> str:
    return f"given_argument_{name}"


@dataclass
class Question:
    """The condition under which viewers of one kind may listen, as statements.

    `lane` asks for one who comes: its columns are true or false, and the stream's last number.
    `about_all` asks for many, by arrays of users, sessions and versions: its rows are those for
    whom something has changed, by their number from 1.
    """

    answers: dict[str | None, bool]
    lane: Lane
    about_all: str
    names: Sequence[str]

    def parameters(
        self, stream: str, arguments: Arguments, viewer: Viewer | None
    ) -> tuple[Any, ...]:
        """What the lane's statement is run with."""
        values = parameters_of(viewer) | {_STREAM: stream} | _values(arguments)
        return tuple([values[name] for name in self.lane.statement.parameters])


def _values(arguments: Arguments) -> dict[str, Any]:
    return {_given(name): key for name, key in arguments.items()}


class Questions:
    """Those of one subscription: one for each kind of viewer."""

    def __init__(self, following: Following, rights: Select[Any]) -> None:
        self._following = following
        self._rights = rights
        self._known: list[Question] = []

    def of(self, viewer: Viewer | None, arguments: Iterable[str]) -> Question:
        """The question for a viewer."""
        for each in self._known:
            if is_of_kind(viewer, each.answers):
                return each
        made = self._make(Terms(viewer), arguments)
        self._known.append(made)
        return made

    def _make(self, terms: Terms, arguments: Iterable[str]) -> Question:
        given = {name: parameter(_given(name), Uuid()) for name in arguments}
        condition = self._following.admits(terms, **given)
        last = select(Stream.last).where(col(Stream.name) == parameter(_STREAM, Text()))
        number = func.coalesce(last.scalar_subquery(), literal_column("0"))
        answer = case((condition, quoted("true")), else_=quoted("false"))
        lane = Lane(statement([answer, cast(number, Text)], self._rights))
        sql, names, _ = rendered(select(condition))
        rest = [name for name in names if name not in _OF_ROW]
        own = {name: f"${number}" for number, name in enumerate(rest, 4)} | _OF_ROW
        admitted = with_terms(sql, [own[name] for name in names])
        version = with_terms(rendered(self._rights)[0], [_OF_ROW[AUTH_SESSION_ID]])
        about_all = f"""
            SELECT g.n, v.version FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
                WITH ORDINALITY AS g (viewer_id, auth_session_id, version, n),
            LATERAL (SELECT ({admitted}) AS admitted, ({version}) AS version) AS v
            WHERE v.admitted IS NOT TRUE OR v.version IS DISTINCT FROM g.version
        """  # noqa: S608 - made of compiled statements
        return Question(terms.answers, lane, about_all, rest)


class Leaving(Protocol):
    """Who acts on what was found out."""

    def subscribers(self) -> "Iterable[Subscriber]":
        """All who are told."""

    def dismiss(self, subscriber: "Subscriber") -> None:
        """They may listen no more."""

    def doubt(self, subscriber: "Subscriber") -> None:
        """What they may do has changed: nothing is told until it is known."""


@dataclass
class _Asking:
    """A question's arrays, and whose place in them it is."""

    question: Question
    users: list[UUID | None]
    sessions: list[UUID | None]
    versions: list[int | None]
    those: list[list["Subscriber"]]


class Admission:
    """The subscribers of one feed, and how lately it was asked whether they may listen."""

    def __init__(
        self, readers: Readers, questions: Questions, arguments: Arguments, feed: Leaving
    ) -> None:
        self._readers = readers
        self._questions = questions
        self._arguments = arguments
        self._values = _values(arguments)
        self._feed = feed
        self._clock = asyncio.get_running_loop().time
        self._asked_at = float("-inf")
        # The oldest answer on which somebody came while a question was being asked.
        self._came_by = float("inf")
        self._expired_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._prepared: list[_Asking] | None = None

    def came(self, asked_at: float) -> None:
        """Somebody is there since an answer to a question of their own, asked at this time."""
        self._prepared = None
        self._asked_at = min(self._asked_at, asked_at)
        self._came_by = min(self._came_by, asked_at)

    def went(self) -> None:
        """Somebody is there no more."""
        self._prepared = None

    def expire(self) -> None:
        """Members have changed: the last answer counts no more."""
        self._expired_at = self._clock()

    @property
    def is_fresh(self) -> bool:
        """Whether something may be told on the strength of the last answer."""
        return self._asked_at > self._expired_at and self._clock() - self._asked_at < _SECONDS

    async def freshen(self) -> None:
        """Ask, unless the last answer is good; who waits at the same time shares the answer."""
        while not self.is_fresh:
            await asyncio.shield(self._question())

    def foresee(self) -> None:
        """Something was told, and something else may follow: ask before it comes."""
        if self._clock() - self._asked_at > _AGED:
            self._question()

    def _question(self) -> asyncio.Task[None]:
        """The question under way, or else a new one."""
        # Done, but not yet told: its callback comes with the next turn of the loop.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        return self._asking

    def _asked(self, task: asyncio.Task[None]) -> None:
        if self._asking is task:
            self._asking = None
        if not task.cancelled():
            # Whoever waits is told as well; if nobody does any more, it is no news.
            task.exception()

    async def _ask(self) -> None:
        LIVE_ASKED.inc()
        asked_at, self._came_by = self._clock(), float("inf")
        for each in self._prepare():
            await self._ask_about(each)
        self._asked_at = min(asked_at, self._came_by)

    def _prepare(self) -> list[_Asking]:
        if self._prepared is not None:
            return self._prepared
        asking: dict[int, _Asking] = {}
        places: dict[int, list[Subscriber]] = {}
        for each in self._feed.subscribers():
            known = each.known
            if id(known) in places:
                places[id(known)].append(each)
                continue
            viewer = known.viewer if known else None
            question = self._questions.of(viewer, self._arguments)
            made = asking.setdefault(id(question), _Asking(question, [], [], [], []))
            made.users.append(viewer.user_id if viewer else None)
            made.sessions.append(viewer.auth_session_id if viewer else None)
            made.versions.append(_version(each))
            places[id(known)] = [each]
            made.those.append(places[id(known)])
        self._prepared = list(asking.values())
        return self._prepared

    async def _ask_about(self, asking: _Asking) -> None:
        rest = [self._values[name] for name in asking.question.names]
        arrays = (asking.users, asking.sessions, asking.versions)
        rows = await self._readers.fetch(asking.question.about_all, (*arrays, *rest))
        for number, version in rows:
            known_version = asking.versions[number - 1]
            for each in asking.those[number - 1]:
                if each.view is None or _version(each) != known_version:
                    # Gone, or admitted anew, while this was asked.
                    continue
                if version != known_version:
                    self._feed.doubt(each)
                else:
                    self._feed.dismiss(each)
        self._doubt_expired(asking)

    def _doubt_expired(self, asking: _Asking) -> None:
        """What expires of itself changes no version."""
        now = time()
        for those in asking.those:
            for each in those:
                known = each.known
                if each.view is not None and known is not None and known.good_until <= now:
                    self._feed.doubt(each)


def _version(subscriber: "Subscriber") -> int | None:
    return subscriber.known.version if subscriber.known else None
