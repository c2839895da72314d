"""The shortest way of a query: nothing but its statement, without a task of its own.

Most requests are queries of signed-in users for what one statement reads. They are looked
through, paid for and handed over by the call that receives them, and answered by the one that
has the statement's rows. Whatever is out of the ordinary takes the long way, through the view
and the executor, which answers alike.
"""

from time import perf_counter
from typing import NamedTuple, Protocol
from uuid import UUID

from graphql import OperationType

from app.core.authentication import Known
from app.core.errors import BadRequest, RequestError
from app.core.graph.executor import Executor
from app.core.graph.looking import Asked, Looked
from app.core.graph.read.grouping import Answer
from app.core.logging import get_logger
from app.core.metrics import OPERATIONS

log = get_logger(__name__)


class Reply(Protocol):
    """Where the answer to one request goes."""

    def answer(self, *pieces: bytes) -> None:
        """The answer: JSON in pieces."""

    def go_the_long_way(self) -> None:
        """The request turned out to be out of the ordinary; nothing of it was done."""


class Seen(NamedTuple):
    """Who asks and for what, where that was known at once."""

    known: Known | None
    looked: Looked | None


def see(executor: Executor, body: bytes, authorization: str) -> Seen:
    """What is known of a request without asking anybody."""
    known = executor.authenticator.recall(authorization) if authorization else None
    return Seen(known, _looked(executor, body))


def take(executor: Executor, seen: Seen, reply: Reply) -> bool:
    """Answer a request soon; False, and nothing done, if it isn't one for this way."""
    known, looked = seen
    if known is None or looked is None:
        return False
    if looked.variant.whole is None or not _permitted(looked, known):
        return False
    viewer, keys = known.viewer, looked.variant.whole
    caller = viewer.key
    if not executor.pay_at_once(caller, looked.cost):
        return False
    try:
        ready = executor.ready(looked, looked.variant.operation.roots, keys, viewer)
        parameters = ready.parameters(viewer)
    except Exception:
        log.exception("operation.unprepared")
        executor.pay_back(caller, looked.cost)
        return False
    waiting = _Waiting(executor, known, caller, looked, reply, viewer.auth_session_id)
    executor.grouping.ask(ready.plan.lane, parameters, waiting)
    return True


def _looked(executor: Executor, body: bytes) -> Looked | None:
    looking = executor.looking
    looked = looking.recall(body)
    if looked is not None:
        return looked
    try:
        return looking.at_once(Asked.read(body))
    except BadRequest:
        return None


def _permitted(looked: Looked, known: Known) -> bool:
    for root in looked.variant.operation.roots:
        assert root.field is not None
        access = root.field.declaration.access
        assert access is not None
        try:
            access.check(known.viewer)
        except RequestError:
            return False
    return True


class _Waiting:
    """A request whose statement is under way."""

    __slots__ = ("_caller", "_executor", "_known", "_looked", "_reply", "_started", "session")

    def __init__(
        self,
        executor: Executor,
        known: Known,
        caller: str,
        looked: Looked,
        reply: Reply,
        session: UUID,
    ) -> None:
        self._executor = executor
        self._known = known
        self._caller = caller
        self._looked = looked
        self._reply = reply
        self._started = perf_counter()
        self.session: UUID | None = session

    def settle(self, answer: Answer, version: int | None) -> None:
        """Write the answer, if the rights are still those it was asked with."""
        looked = self._looked
        keys = looked.variant.whole
        if version != self._known.version or answer.poisoned or keys is None:
            self._give_up()
            return
        data = answer.data
        if data is None:
            named = [
                b'"%b":%b' % (key.encode(), value)
                for key, value in zip(keys, answer.values, strict=True)
            ]
            data = answer.data = b'{"data":{%b},"extensions":{"cost":' % b",".join(named)
        cost = self._executor.settle(self._caller, looked.cost, len(keys) + answer.cost)
        OPERATIONS.note(perf_counter() - self._started, OperationType.QUERY.value)
        self._reply.answer(data, cost.json(), b"}}")

    def fail(self, error: Exception) -> None:
        """The statement failed: the long way says what of."""
        log.warning("operation.statement_failed", exc_info=error)
        self._give_up()

    def _give_up(self) -> None:
        self._executor.pay_back(self._caller, self._looked.cost)
        self._reply.go_the_long_way()
