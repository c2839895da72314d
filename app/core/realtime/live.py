"""The live engine: what happens, told to those who follow it; each event executed once.

The way of an event. A service puts it on its unit of work; the commit gives it the next number
of its stream and leaves it in `stream_event` and in the outbox (`core/outbox.py`). The relay
publishes it on the stream's Redis channel, where the hub of each process hears it (`hub.py`)
and hands it to the feed of that stream, if anybody follows it here (`feeds.py`). The feed puts
things in order: it passes over what it had, and reads from the database what is missing. Then
each view reads what its selection wants of the event, with one statement, and hands the same
bytes to all its subscribers (`views.py`, `selections.py`). Before anything is told the database
has said, a fifth of a second ago at most, who may still listen (`admission.py`).

The way of a subscriber. A client's operation is looked through and paid for like any other. Its
subscription names a stream (`declare.py`). The feed of the stream is there or begins; the
database says whether this viewer may listen and what the stream's last number is; the
subscriber joins the view of those who want the same and may see the same. If it has missed
something, since the cursor it gives as `after`, it catches up first, together with whoever is
at the same place. Each subscriber knows its own place, and is told an event only where it
belongs: so it has every persisted event once, in order, whatever happens in between. When the
rights of its session change it leaves its view, is admitted anew and joins the one that it
belongs to now, where it left off.

The way of a connection. Transports (`sink.py`) tell when one is `joined` and `left`; the end of
its auth session closes it at once (`rights.py`). Who follows a stream that is a place, too, is
present there as long as one of his connections does (`presence.py`).
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import orjson
from graphql import GraphQLError, OperationType
from graphql.execution.values import get_argument_values
from sqlalchemy import select

from app.core.authentication import Known
from app.core.errors import RequestError
from app.core.graph.context import Context
from app.core.graph.executor import Executor
from app.core.graph.looking import Answered, Asked, Looked
from app.core.graph.presenting import presentable
from app.core.graph.read.declare import ID_OF
from app.core.ids import from_global
from app.core.logging import get_logger
from app.core.realtime.admission import Questions
from app.core.realtime.declare import AFTER_ARGUMENT, Following
from app.core.realtime.feeds import Feed
from app.core.realtime.hub import Hub
from app.core.realtime.rights import Sessions
from app.core.realtime.selections import Selection
from app.core.realtime.sink import Peer, Running, Sink
from app.core.realtime.subscriber import Subscriber
from app.core.resources import Resources

_DEFINITION = "strawberry-definition"
_SELECTION = "selection"
_ALL = frozenset(OperationType)
_LONGEST_ID = 100

log = get_logger(__name__)

FeedKey = tuple[Following, str, tuple[UUID, ...]]


class Live:
    """Runs the operations of connections that stay open. One for each process."""

    def __init__(self, resources: Resources, executor: Executor) -> None:
        self.resources = resources
        self.grouping = resources.grouping
        self._executor = executor
        self._rights = select(executor.authenticator.current())
        self._feeds: dict[FeedKey, Feed] = {}
        self._questions: dict[Following, Questions] = {}
        self._sessions = Sessions(resources, self._rights, self.renew)

    @property
    def hub(self) -> Hub:
        """Where events come from."""
        return self.resources.hub

    async def start_up(self) -> None:
        """Watch the sessions of connections from now on, and say who is present through them."""
        self._sessions.start()
        await self.resources.presence.start()

    async def close(self) -> None:
        """Tell nobody anything any more; whose connections close, resume elsewhere."""
        await self._sessions.stop()
        await self.resources.presence.stop()
        for feed in list(self._feeds.values()):
            feed.close()
        self._feeds.clear()

    def joined(self, peer: Peer) -> None:
        """A connection is authenticated."""
        self._sessions.joined(peer)

    def left(self, peer: Peer) -> None:
        """A connection has ended."""
        self._sessions.left(peer)

    def start(self, asked: Asked, context: Context, sink: Sink) -> Running:
        """Run an operation of a connection; the context is the connection's own."""
        subscriber = Subscriber(context, sink)
        subscriber.task = asyncio.create_task(self._run(subscriber, asked), name="operation")
        return subscriber

    def forget(self, feed: Feed) -> None:
        """Nobody follows it any more."""
        for key, each in self._feeds.items():
            if each is feed:
                del self._feeds[key]
                return

    async def renew(self, context: Context, known: Known) -> None:
        """Read the rights of a connection anew, unless somebody has since they were `known`.

        `Unauthenticated` if its session has ended.
        """
        if context.known is known:
            authenticator = self._executor.authenticator
            context.known = await authenticator.reload(self.resources.database, known)

    async def _run(self, subscriber: Subscriber, asked: Asked) -> None:
        sink = subscriber.sink
        try:
            answered = await self._answer(subscriber, asked)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            subscriber.leave()
            raised = error if isinstance(error, GraphQLError) else _wrapped(error)
            answered = Answered(None, [presentable(raised)], refused=True)
        subscriber.task = None
        if answered is None:
            return
        try:
            if answered.refused:
                sink.refuse(orjson.dumps([each.formatted for each in answered.errors]))
            else:
                sink.next(answered.body())
                sink.complete()
        except Exception:
            log.exception("live.sink_failed")

    async def _answer(self, subscriber: Subscriber, asked: Asked) -> Answered | None:
        """The one answer; None for a subscription, whose answers are still to come."""
        context = subscriber.context
        admitted = await self._executor.admit(asked, context, _ALL)
        if isinstance(admitted, Answered):
            return admitted
        running, cost = admitted
        looked = running.looked
        if looked.variant.operation.definition.operation is OperationType.SUBSCRIPTION:
            await self._follow(subscriber, looked)
            return None
        running.context = context.fresh()
        answered = await self._executor.answer(running, cost)
        context.known = running.context.known
        return answered

    async def _follow(self, subscriber: Subscriber, looked: Looked) -> None:
        selection = self._selection(looked)
        following, nodes = selection.following, selection.root.nodes
        try:
            following.access.check(subscriber.context.viewer, subscriber.context.token_problem)
            arguments, after = _arguments(selection, looked)
            stream = following.stream(subscriber.context.viewer, **arguments)
            feed = self._feed(following, stream, arguments)
            feed.acquire(subscriber)
            await feed.join(subscriber, selection, looked, after)
        except RequestError as error:
            path: list[str | int] = [selection.root.key]
            raise GraphQLError(error.message, nodes, path=path, original_error=error) from error

    def _selection(self, looked: Looked) -> Selection:
        variant = looked.variant
        found: Selection | None = variant.extra.get(_SELECTION)
        if found is None:
            found = variant.extra[_SELECTION] = Selection.of(variant.operation, self._rights)
        return found

    def _feed(self, following: Following, stream: str, arguments: Mapping[str, UUID]) -> Feed:
        key = (following, stream, tuple(arguments.values()))
        feed = self._feeds.get(key)
        if feed is None:
            questions = self._questions.get(following)
            if questions is None:
                questions = self._questions[following] = Questions(following, self._rights)
            feed = self._feeds[key] = Feed(self, following, stream, arguments, questions)
        return feed


def _arguments(selection: Selection, looked: Looked) -> tuple[dict[str, UUID], str | None]:
    """The keys that a subscription is given, and the cursor to resume by."""
    node = selection.root.nodes[0]
    definition = selection.operation.kind.fields[node.name.value]
    given = get_argument_values(definition, node, looked.variables)
    after = given.pop(AFTER_ARGUMENT, None)
    keys = {}
    for name, value in given.items():
        argument = definition.args[name].extensions[_DEFINITION]
        keys[argument.python_name] = from_global(argument.metadata[ID_OF], value[:_LONGEST_ID])
    return keys, after


def _wrapped(error: Exception) -> GraphQLError:
    return GraphQLError(str(error), original_error=error)
