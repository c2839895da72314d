"""What a client had the right to, and whether it holds just that.

In a room, events have numbers. A client begins at the place that it was told when it first could
see the room, and holds what followed. Who is in a room may read all of it: who was taken out
and is let in again, is told what happened meanwhile. So

- what a client holds of a room are the persisted events that follow its first place, each once,
  in their order, without a gap, with what they are about;
- of who is in the room at the end, up to the last one;
- nothing was told to anybody who wasn't in the room then, or had been a quarter of a second
  before. What may have been told earlier, since this process was slow to read it, must have
  happened before they left;
- nobody was refused, and no subscription ended, of who was in the room all the while.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession
from app.core.ids import to_global
from app.core.outbox import Stream, StreamEvent
from app.messaging.events import MemberJoined, MemberLeft, MessageSent
from tests.e2e.storm.clients import Follow, Held
from tests.e2e.storm.rooms import Membership, Room, Span

# From a change to the last thing that is told in spite of it.
_GRACE_SECONDS = 0.25


@dataclass
class Record:
    """A room's persisted events, in order, as they are to be told.

    Of each person, the numbers of those that say that they joined, or left.
    """

    told: Sequence[tuple[str, ...]]
    joined: dict[UUID, list[int]]
    left: dict[UUID, list[int]]

    @property
    def last(self) -> int:
        """The last event's number."""
        return len(self.told)


async def record_of(session: ReadSession, room: Room) -> Record:
    """What is kept of a room, which must be what was sent in it."""
    rows = await session.all(
        select(StreamEvent)
        .where(StreamEvent.stream == room.stream)
        .order_by(col(StreamEvent.sequence))
    )
    last = await session.value(select(Stream.last).where(Stream.name == room.stream))
    assert [row.sequence for row in rows] == [*range(1, last + 1)]
    record = Record([_told(row, dict(room.sent)) for row in rows], {}, {})
    for row in rows:
        for kind, sequences in ((MemberJoined, record.joined), (MemberLeft, record.left)):
            if row.kind == kind.kind:
                sequences.setdefault(UUID(row.data["user_id"]), []).append(row.sequence)
    messages = [told[1:] for told in record.told if told[0] == "MessageAdded"]
    assert messages == room.sent, f"room {room.number} keeps other messages than were sent"
    for membership in room.memberships:
        key = membership.person.key
        assert len(record.joined.get(key, ())) == len(membership.spans)
        assert len(record.left.get(key, ())) == len(membership.spans) - membership.inside
    return record


def _told(row: StreamEvent, bodies: Mapping[str, str]) -> tuple[str, ...]:
    if row.kind == MessageSent.kind:
        id = to_global("msg", UUID(row.data["message_id"]))
        return "MessageAdded", id, bodies.get(id, "")
    names = {MemberJoined.kind: "ConversationJoined", MemberLeft.kind: "ConversationLeft"}
    return names[row.kind], to_global("usr", UUID(row.data["user_id"]))


def faults(follow: Follow, record: Record) -> Iterator[str]:
    """What is wrong with what a client holds of a room, in words."""
    membership = follow.membership
    numbers = [held.sequence for held in follow.held]
    expected = [*range(follow.first + 1, follow.place + 1)]
    if numbers != expected:
        yield f"holds {_differences(numbers, expected)}"
    if membership.inside and follow.place != record.last:
        yield f"has come to {follow.place} of {record.last}"
    left = record.left.get(membership.person.key, [])
    for held in follow.held:
        if held.told != record.told[held.sequence - 1]:
            yield f"was told {held.told[:2]} as number {held.sequence}"
        if not _had_the_right(held, membership, left):
            when = f"between {held.not_before:.3f} and {held.heard:.3f}"
            yield f"was told number {held.sequence} {when}, but was inside {membership.spans}"
    for refusal in follow.refusals:
        if any(
            span.admitted <= refusal.began and refusal.ended <= span.dismissing
            for span in membership.spans
        ):
            yield f"was refused without a reason: {refusal}"


def _had_the_right(held: Held, membership: Membership, left: Sequence[int]) -> bool:
    """Whether it may have been told at a time at which the client was in the room."""
    return any(
        _was_then(held, span, left[number] if number < len(left) else None)
        for number, span in enumerate(membership.spans)
    )


def _was_then(held: Held, span: Span, left: int | None) -> bool:
    end = span.dismissed + _GRACE_SECONDS
    if held.heard < span.admitting or held.not_before > end:
        return False
    return held.heard <= end or (left is not None and held.sequence < left)


def _differences(numbers: Sequence[int], expected: Sequence[int]) -> str:
    missing = sorted(set(expected) - set(numbers))
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    return f"{len(numbers)} events: {missing} are missing, {twice} came again"
