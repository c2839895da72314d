"""Attendance and credits are corrected by hand; the ledger tells how."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.classes.models import ClassStatus, CreditKind
from app.core.audit import AuditDetail, AuditEntry
from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from tests.attendance.classroom import (
    Classroom,
    adjust,
    balances,
    change_class,
    edit,
    ledger_of,
    make_class,
    records,
    take,
    withdraw,
)
from tests.client import Api
from tests.factories import Person, waiting_events


class TestEdit:
    async def test_the_credit_goes_with_it(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, sam: Person
    ) -> None:
        (await take(api, room, 1, "PRESENT", as_=ida)).ok()
        [record] = await records(resources, room)
        steps = [("ABSENT", 10), ("ABSENT", 10), ("LATE", 9), ("PRESENT", 9), ("ABSENT", 10)]
        for status, left in steps:
            payload = await edit(api, record.id, status=status, as_=sam)
            assert payload.ok()["attendance"] == {
                "status": status,
                "creditTaken": status != "ABSENT",
                "notes": None,
            }
            assert (await balances(resources, room))[0] == left
        amounts = [each.amount for each in await ledger_of(resources, room, 0)]
        assert amounts == [10, -1, 1, -1, 1]
        [record] = await records(resources, room)
        assert (record.marked_by_id, record.edited_by_id) == (ida.key, sam.key)
        assert record.edited_at is not None
        events = await waiting_events(resources)
        assert events == ["class.attendance_taken", *["class.attendance_edited"] * 5]

    async def test_notes_and_date_alone(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        (await take(api, room, 1, "PRESENT", as_=ida)).ok()
        [record] = await records(resources, room)
        (await edit(api, record.id, notes="Left early", meetingDate="2026-11-03", as_=ida)).ok()
        [record] = await records(resources, room)
        assert (record.notes, str(record.meeting_date)) == ("Left early", "2026-11-03")
        assert len(await ledger_of(resources, room, 0)) == 2
        (await edit(api, record.id, notes=None, as_=ida)).ok()
        [record] = await records(resources, room)
        assert record.notes is None
        assert (await edit(api, record.id, status=None, as_=ida)).codes == ["INVALID_INPUT"]
        later = str(now().date() + timedelta(days=2))
        refused = await edit(api, record.id, meetingDate=later, as_=ida)
        assert refused.codes == ["INVALID_INPUT"]

    async def test_without_credits(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        room = await make_class(resources, ida, ana, credits=0)
        (await take(api, room, 1, "ABSENT", as_=ida)).ok()
        [record] = await records(resources, room)
        payload = await edit(api, record.id, status="PRESENT", notes="Came", as_=ida)
        assert payload.codes == ["TOO_FEW_CREDITS"]
        assert payload.errors[0]["message"] == "Ana has no credit left."
        [after] = await records(resources, room)
        assert (after.status, after.notes, after.edited_at) == (record.status, None, None)

    async def test_who_may_not(
        self,
        api: Api,
        resources: Resources,
        room: Classroom,
        ida: Person,
        ana: Person,
        ben: Person,
        ivo: Person,
    ) -> None:
        (await take(api, room, 1, "PRESENT", as_=ida)).ok()
        [record] = await records(resources, room)
        # It is hers, so she knows of it; the others don't.
        for person, code in ((ana, "NOT_TEACHER"), (ben, "NOT_FOUND"), (ivo, "NOT_FOUND")):
            assert (await edit(api, record.id, status="ABSENT", as_=person)).codes == [code]
        assert (await edit(api, new_id(), status="ABSENT", as_=ida)).codes == ["NOT_FOUND"]
        assert await balances(resources, room) == [9, 10]

    @pytest.mark.parametrize(
        ("status", "codes"),
        [(ClassStatus.COMPLETED, []), (ClassStatus.CANCELLED, ["CLASS_NOT_ACTIVE"])],
    )
    async def test_after_the_class(
        self,
        api: Api,
        resources: Resources,
        room: Classroom,
        ida: Person,
        status: ClassStatus,
        codes: list[str],
    ) -> None:
        (await take(api, room, 1, "PRESENT", as_=ida)).ok()
        await change_class(resources, room, status=status)
        [record] = await records(resources, room)
        assert (await edit(api, record.id, status="ABSENT", as_=ida)).codes == codes
        assert (await balances(resources, room))[0] == (9 if codes else 10)

    async def test_at_the_same_moment(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        (await take(api, room, 1, "PRESENT", as_=ida)).ok()
        [record] = await records(resources, room)
        for payload in await asyncio.gather(
            *(edit(api, record.id, status="ABSENT", as_=ida) for _ in range(8))
        ):
            payload.ok()
        assert await balances(resources, room) == [10, 10]
        assert len(await ledger_of(resources, room, 0)) == 3


class TestAdjust:
    async def test_what_is_given(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        payload = await adjust(api, room, 0, 3, detail="Well done", as_=ida)
        assert payload.ok() == {
            "entry": {
                "number": 2,
                "kind": "ADJUSTMENT",
                "amount": 3,
                "before": 10,
                "after": 13,
                "reason": "BONUS",
                "detail": "Well done",
                "madeBy": {"id": ida.id},
            },
            "enrollment": {"creditsRemaining": 13},
            "errors": [],
        }
        assert await waiting_events(resources) == ["class.credits_adjusted"]
        async with resources.database.read() as reading:
            [entry] = await reading.all(
                select(AuditEntry).where(AuditEntry.action == "credits.adjust")
            )
            detail = await reading.get(AuditDetail, entry.sequence)
        assert entry.subject == room.enrollments[0].id
        assert detail is not None
        assert (detail.before, detail.after) == (
            {"credits": 10},
            {"credits": 13, "reason": "BONUS"},
        )

    async def test_never_below_zero(
        self, api: Api, resources: Resources, room: Classroom, sam: Person
    ) -> None:
        payload = await adjust(api, room, 0, -11, reason="REFUND", as_=sam)
        assert payload.codes == ["TOO_FEW_CREDITS"]
        assert payload.errors[0]["field"] == ["input", "amount"]
        assert await balances(resources, room) == [10, 10]
        assert len(await ledger_of(resources, room, 0)) == 1
        (await adjust(api, room, 0, -10, reason="REFUND", as_=sam)).ok()
        assert await balances(resources, room) == [0, 10]

    async def test_at_the_same_moment(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, sam: Person
    ) -> None:
        payloads = await asyncio.gather(
            *(adjust(api, room, 0, -4, as_=person) for person in (ida, sam) * 4)
        )
        codes = Counter(tuple(each.codes) for each in payloads)
        assert codes == {(): 2, ("TOO_FEW_CREDITS",): 6}
        assert await balances(resources, room) == [2, 10]
        numbers = [each.number for each in await ledger_of(resources, room, 0)]
        assert numbers == [1, 2, 3]

    @pytest.mark.parametrize(
        ("amount", "more", "field"),
        [
            (0, {}, "amount"),
            (1001, {}, "amount"),
            (-1001, {}, "amount"),
            (1, {"reason": "OTHER"}, "detail"),
            (1, {"reason": "OTHER", "detail": "  "}, "detail"),
        ],
    )
    async def test_what_makes_no_sense(
        self, api: Api, resources: Resources, room: Classroom, ida: Person,
        amount: int, more: Any, field: str,
    ) -> None:  # fmt: skip
        payload = await adjust(api, room, 0, amount, as_=ida, **more)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", field]
        assert await balances(resources, room) == [10, 10]

    async def test_who_may_not(
        self, api: Api, resources: Resources, room: Classroom, ana: Person, ben: Person,
        ivo: Person, sam: Person,
    ) -> None:  # fmt: skip
        for person, code in ((ana, "NOT_TEACHER"), (ben, "NOT_FOUND"), (ivo, "NOT_FOUND")):
            assert (await adjust(api, room, 0, 1, as_=person)).codes == [code]
        # Not even those who may everything give to themselves.
        own = await make_class(resources, ivo, sam)
        assert (await adjust(api, own, 0, 1, as_=sam)).codes == ["OWN_CREDITS"]
        assert await balances(resources, own) == [10]
        assert await balances(resources, room) == [10, 10]

    async def test_of_those_who_left(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        await withdraw(resources, room, 0)
        (await adjust(api, room, 0, -10, reason="REFUND", as_=ida)).ok()
        [_, entry] = await ledger_of(resources, room, 0)
        assert (entry.kind, entry.after) == (CreditKind.ADJUSTMENT, 0)
