"""Whatever happens at the same moment, the ledgers add up, and a meeting is written down once."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from app.classes.errors import (
    AlreadyTaken,
    ClassNotActive,
    MeetingOutOfOrder,
    TooFewCredits,
)
from app.classes.models import AdjustmentReason, AttendanceStatus, Class, CreditKind, Enrollment
from app.classes.service import adjustments, attendance
from app.classes.store import attendance as store
from app.core.clock import now
from app.core.errors import InvalidInputs
from app.core.resources import Resources
from tests.attendance.classroom import (
    Classroom,
    balances,
    held_meetings,
    ledger_of,
    make_class,
    records,
)
from tests.factories import Person, make_person

_STUDENTS, _MEETINGS, _CREDITS = 4, 5, 3
_ROUNDS, _AT_ONCE = 8, 6
# What somebody may be told; anything else is a bug, a deadlock among it.
_EXPECTED = (AlreadyTaken, ClassNotActive, MeetingOutOfOrder, TooFewCredits)


class _Storm:
    """Random takes, corrections and adjustments, several at once."""

    def __init__(
        self, resources: Resources, room: Classroom, people: list[Person], seed: int
    ) -> None:
        self._resources, self._room, self._people = resources, room, people
        self._rng = Random(seed)
        self.done: Counter[str] = Counter()

    async def run(self) -> None:
        """All rounds; after each of them everything has to hold."""
        for _ in range(_ROUNDS):
            await self._round()
            await _is_sound(self._resources, self._room)

    async def _round(self) -> None:
        held = await held_meetings(self._resources, self._room)
        written = await records(self._resources, self._room)
        chosen = [self._step(held, written) for _ in range(_AT_ONCE)]
        for outcome in await asyncio.gather(
            *(self._run(*each) for each in chosen), return_exceptions=True
        ):
            if outcome is not None:
                raise outcome

    def _step(self, held: int, written: list[Any]) -> tuple[str, Any]:
        rng, person = self._rng, self._rng.choice(self._people)
        kind = rng.choice(("take", "take", "edit", "adjust"))
        if kind == "edit" and written:
            key, status = rng.choice(written).id, rng.choice(list(AttendanceStatus))
            data = attendance.EditData(status=status)
            return kind, lambda uow: attendance.edit(uow, person.viewer, key, data)
        if kind == "adjust":
            given = adjustments.AdjustmentData(
                enrollment_id=rng.choice(self._room.enrollments).id,
                amount=rng.choice((-3, -2, -1, 1, 2)),
                reason=AdjustmentReason.BONUS,
            )
            return kind, lambda uow: adjustments.adjust(uow, person.viewer, given)
        # In any order: who holds several has to hold them in one.
        chosen = rng.sample(list(self._room.enrollments), rng.randint(1, _STUDENTS))
        taken = attendance.TakenData(
            class_id=self._room.key,
            meeting_number=rng.randint(max(1, held - 1), held + 2),
            meeting_date=now().date(),
            entries=[
                attendance.EntryData(
                    enrollment_id=each.id, status=rng.choice(list(AttendanceStatus))
                )
                for each in chosen
            ],
        )
        return "take", lambda uow: attendance.take(uow, person.viewer, taken)

    async def _run(self, kind: str, step: Any) -> None:
        try:
            async with self._resources.begin() as uow:
                await step(uow)
            self.done[kind] += 1
        except _EXPECTED:
            self.done[f"{kind} refused"] += 1
        except InvalidInputs as refused:
            if not all(isinstance(each, TooFewCredits) for each in refused.errors):
                raise
            self.done[f"{kind} refused"] += 1


async def _is_sound(resources: Resources, room: Classroom) -> None:
    """All that has to hold at any time."""
    left, written = await balances(resources, room), await records(resources, room)
    meetings = [(each.enrollment_id, each.meeting_number) for each in written]
    assert len(meetings) == len(set(meetings))
    held = await held_meetings(resources, room)
    assert held == max((each.meeting_number for each in written), default=0)
    assert {each.meeting_number for each in written} == set(range(1, held + 1))
    for place, enrollment in enumerate(room.enrollments):
        entries = await ledger_of(resources, room, place)
        assert [each.number for each in entries] == list(range(1, len(entries) + 1))
        assert sum(each.amount for each in entries) == left[place] >= 0
        balance = 0
        for each in entries:
            assert (each.before, each.after) == (balance, balance + each.amount)
            balance = each.after
        paid = -sum(each.amount for each in entries if each.kind is CreditKind.ATTENDANCE)
        own = [each for each in written if each.enrollment_id == enrollment.id]
        assert paid == sum(each.credit_taken for each in own)


@pytest.mark.parametrize("seed", range(12))
async def test_any_interleaving(resources: Resources, seed: int) -> None:
    ida = await make_person(resources, role="instructor")
    sam = await make_person(resources, role="staff")
    students = [await make_person(resources) for _ in range(_STUDENTS)]
    room = await make_class(resources, ida, *students, meetings=_MEETINGS, credits=_CREDITS)
    storm = _Storm(resources, room, [ida, sam], seed)
    await storm.run()
    assert sum(storm.done.values()) == _ROUNDS * _AT_ONCE
    # It did something of everything, and something was refused.
    assert {"take", "adjust", "take refused"} <= storm.done.keys()


async def test_where_nothing_is_held(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above looks for does happen then."""

    async def enrollments(session: Any, _: Any, keys: Any) -> Any:
        found = await session.all(select(Enrollment).where(col(Enrollment.id).in_(keys)))
        return {each.id: each for each in found}

    async def taught(session: Any, _: Any, class_id: Any) -> Any:
        row = await session.value(select(Class).where(col(Class.id) == class_id))
        return store.Held(row, keeps=True)

    monkeypatch.setattr(store, "hold_enrollments", enrollments)
    monkeypatch.setattr(store, "hold_class", taught)
    ida = await make_person(resources, role="instructor")
    students = [await make_person(resources) for _ in range(_STUDENTS)]
    room = await make_class(resources, ida, *students, meetings=_MEETINGS, credits=_CREDITS)
    storm = _Storm(resources, room, [ida], 1)
    with pytest.raises((AssertionError, DBAPIError)):
        await storm.run()
