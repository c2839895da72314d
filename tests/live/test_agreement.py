"""What a statement writes of an event and what the ordinary execution does are the same bytes.

Case number n always is the same selection, so that `LYCEUM_LIVE_SEED=n LYCEUM_LIVE_CASES=1`
repeats it.
"""

import os
from collections import Counter
from random import Random
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type, parse, validate

from app.core.outbox import last_sequence
from app.core.realtime import selections
from app.core.realtime.selections import Plan
from app.core.realtime.streams import event_cursor
from app.core.resources import Resources
from app.messaging import service
from app.messaging.store import MessageData
from app.schema import schema
from app.sessions.events import ChunkRejected, SegmentAdded, SummaryReady
from app.sessions.models import InsightKind
from app.sessions.service import lifecycle, understanding
from tests.engine.generate import Spot, Writer
from tests.engine.material import Material
from tests.engine.scope import Scope
from tests.factories import Person, Studying, add_segments, make_person, make_session
from tests.live.following import Client, Process
from tests.live.room import happen
from tests.waiting import eventually

SEED = int(os.environ.get("LYCEUM_LIVE_SEED", "0"))
CASES = int(os.environ.get("LYCEUM_LIVE_CASES", "120"))

_SCHEMA = schema.graphql
# The fields, with their argument and the stream that they follow.
_FIELDS = {
    "conversationUpdated": ("conversationId", "conversation"),
    "sessionUpdated": ("sessionId", "session"),
    "transcriptAdded": ("sessionId", "transcript"),
    "insightAdded": ("sessionId", "insight"),
}


class _Writer(Writer):
    """Writes a subscription with one field."""

    def __init__(self, rng: Random, material: Material, field: str, call: str) -> None:
        super().__init__(_SCHEMA, rng, material, "Wanted", wild=False)
        self._field_name = field
        self._call = call

    def root(self, _: Any) -> str:
        kind = _SCHEMA.subscription_type
        assert kind is not None
        target: Any = get_named_type(kind.fields[self._field_name].type)
        return f"{{ {self._call} {self._selection_set(target, Scope(self._objects), Spot(2))} }}"


async def _fill(resources: Resources) -> tuple[Person, Studying]:
    """A session in which all kinds of things have happened."""
    ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
    session = await make_session(resources, ana, guests=[ben], live=True, joined=[ana, ben])
    chat = session.row.conversation_id
    for person, body in ((ana, 'one "two" \\ é\u2028€'), (ben, "three"), (ana, "four")):
        await service.send(resources, person.viewer, MessageData(conversation_id=chat, body=body))
    segments = await add_segments(
        resources, session, (ana, "Leaves", 0, 900), (ben, "are green.", 900, 1800)
    )
    added = [SegmentAdded(session_id=session.key, segment_id=each.id) for each in segments]
    rejected = ChunkRejected(
        session_id=session.key, speaker_id=ana.key, sequence=3, code="X", message='"\u20ac"'
    )
    await happen(resources, *added, rejected, added[0], SummaryReady(session_id=session.key))
    found = [
        understanding.Found(InsightKind.TOPIC, "Leaves", [each.id for each in segments], 0.75),
        understanding.Found(InsightKind.QUESTION, "Why?", [], 1e-7),
    ]
    async with resources.begin() as uow:
        await understanding.add_insights(uow, session.key, 1, found, "No more.")
    async with resources.begin() as uow:
        await service.dismiss(uow, chat, ben.key)
        await lifecycle.leave(uow, ben.viewer, session.key)
    return ana, session


def _document(number: int, session: Studying) -> tuple[str, str, Any]:
    """The stream, and a subscription that begins at its start."""
    rng = Random(number)
    field, (argument, kind) = rng.choice(list(_FIELDS.items()))
    chat = argument == "conversationId"
    stream = f"{kind}:{session.row.conversation_id if chat else session.key}"
    id = session.conversation_id if chat else session.id
    call = f'{field}({argument}: "{id}", after: "{event_cursor(stream, 0)}")'
    writer = _Writer(rng, Material(), field, call)
    document = writer.written(None, named=True).replace("query Wanted", "subscription Wanted")
    problems = validate(_SCHEMA, parse(document))
    assert not problems, (problems, document)
    return stream, document, dict(writer.values.sent())


async def _told(process: Process, person: Person, document: str, given: Any, count: int) -> Client:
    connection = await process.connect(person)
    client = connection.follow(document, given)
    await eventually(lambda: len(client.results) >= count or client.ended)
    client.stop()
    process.live.left(connection)
    return client


async def test_generated_selections_agree(
    process: Process, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, session = await _fill(resources)
    write = Plan._write
    written: Counter[str] = Counter()

    def noting(plan: Plan, event: Any, values: Any) -> Any:
        found = write(plan, event, values)
        written["by statement" if isinstance(found, bytes) else "otherwise"] += 1
        return found

    for number in range(SEED, SEED + CASES):
        stream, document, given = _document(number, session)
        async with resources.database.read() as reading:
            count = await last_sequence(reading, stream)
        monkeypatch.setattr(Plan, "_write", noting)
        compiled = await _told(process, ana, document, given, count)
        monkeypatch.setattr(Plan, "_write", lambda *_: selections.UNWRITTEN)
        ordinary = await _told(process, ana, document, given, count)
        if compiled.errors is not None:
            assert compiled.code == ordinary.code, (number, document)
            assert compiled.code in ("COST_EXCEEDED", "INVALID_CURSOR"), (number, document)
            written["not at all"] += 1
            continue
        # Behind them, perhaps, that she follows the session now.
        told = compiled.results[:count], ordinary.results[:count]
        assert len(told[0]) == count, (number, document)
        assert [*map(_sorted, told[0])] == [*map(_sorted, told[1])], number
        if not any(b'"errors"' in each for each in told[1]):
            assert told[0] == told[1], (number, document)
    if CASES >= 100:
        assert written["by statement"] > 0.8 * written.total()


def _sorted(result: bytes) -> Any:
    """An answer whose errors have no order."""
    answer = orjson.loads(result)
    errors = answer.pop("errors", [])
    return answer, sorted(orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in errors)


def test_every_event_type_can_be_written() -> None:
    """All fields of events are attributes or links: nothing keeps a selection from compiling."""
    kind = _SCHEMA.subscription_type
    assert kind is not None
    for field in kind.fields.values():
        target: Any = get_named_type(field.type)
        for each in _SCHEMA.get_possible_types(target):
            assert isinstance(each, GraphQLObjectType)
            assert all(not inner.args for inner in each.fields.values())
