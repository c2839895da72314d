"""Root mutations of attendance and credits."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from app.classes.models import AdjustmentReason, AttendanceStatus
from app.classes.service import adjustments, attendance
from app.classes.types.attendance import Attendance
from app.classes.types.classes import Class
from app.classes.types.credits import CreditEntry
from app.classes.types.enrollments import Enrollment
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import called, edge
from app.core.ids import from_global


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing changed.")


@strawberry.input(description="Whether one of a class came to a meeting.")
class AttendanceEntryInput:
    """Of somebody who is in it."""

    enrollment_id: strawberry.ID = strawberry.field(description="Who, in this class.")
    status: AttendanceStatus = strawberry.field(description="Whether they came.")
    notes: str | None = strawberry.field(
        default=None, description="What is to be said about it, at most 2,000 characters."
    )


@strawberry.input(description="Who came to a meeting.")
class AttendanceTakeInput:
    """The next one, or an old one for those of whom nothing is written down yet."""

    class_id: strawberry.ID = strawberry.field(description="The class.")
    meeting_number: int = strawberry.field(
        description="Which meeting: the next one, or one before it; the first is 1."
    )
    meeting_date: date = strawberry.field(description="When it was; no day to come.")
    entries: list[AttendanceEntryInput] = strawberry.field(
        description="Who came and who didn't, each once: 1 to 500. Those who aren't there have"
        " no record of the meeting, and can get one later."
    )


@strawberry.type(description="The answer to `attendanceTake`.")
class AttendanceTakePayload:
    """The class."""

    class_: Class | None = called(
        "class", edge("class_key", "The class, with the meetings that were held.")
    )
    class_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.input(description="What is to be corrected. What isn't given stays.")
class AttendanceEditInput:
    """One record."""

    id: strawberry.ID = strawberry.field(description="The record.")
    status: AttendanceStatus | None = strawberry.field(
        default=strawberry.UNSET, description="Whether they came."
    )
    meeting_date: date | None = strawberry.field(
        default=strawberry.UNSET, description="When it was; no day to come."
    )
    notes: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What is to be said about it, at most 2,000 characters; null for nothing.",
    )


@strawberry.type(description="The answer to `attendanceEdit`.")
class AttendanceEditPayload:
    """The record."""

    attendance: Attendance | None = edge("attendance_key", "The record.")
    attendance_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.input(description="Credits to give or to take by hand.")
class CreditsAdjustInput:
    """With a reason."""

    enrollment_id: strawberry.ID = strawberry.field(description="Whose, in which class.")
    amount: int = strawberry.field(
        description="How many to give; negative to take. At most 1,000, and not 0."
    )
    reason: AdjustmentReason = strawberry.field(description="Why.")
    detail: str | None = strawberry.field(
        default=None,
        description="What else there is to say, at most 2,000 characters; needed with `OTHER`.",
    )


@strawberry.type(description="The answer to `creditsAdjust`.")
class CreditsAdjustPayload:
    """The line of the ledger, and the balance."""

    entry: CreditEntry | None = edge("entry_key", "The line of the ledger.")
    entry_key: strawberry.Private[UUID | None] = None
    enrollment: Enrollment | None = edge("enrollment_key", "The enrollment with its credits.")
    enrollment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type
class AttendanceMutation:
    """Take attendance, correct it, adjust credits."""

    @mutation(SIGNED_IN)
    async def attendance_take(
        self, info: Info, input: AttendanceTakeInput
    ) -> AttendanceTakePayload:
        """Write down who came to a meeting of an active class: for who teaches it, and for those
        who manage classes. Who came, late or not, pays with a credit: `TOO_FEW_CREDITS` for each
        who has none, `ALREADY_TAKEN` if something is written down of one of them, and then
        nothing changes. `classUpdated` tells the members.
        """
        entries = [
            vars(entry) | {"enrollment_id": from_global(Enrollment.prefix, entry.enrollment_id)}
            for entry in input.entries
        ]
        key = from_global(Class.prefix, input.class_id)
        data = to_data(attendance.TakenData, input, class_id=key, entries=entries)
        async with info.context.begin() as uow:
            await attendance.take(uow, info.context.me, data)
        return AttendanceTakePayload(class_key=key)

    @mutation(SIGNED_IN)
    async def attendance_edit(
        self, info: Info, input: AttendanceEditInput
    ) -> AttendanceEditPayload:
        """Correct what is written down of a meeting: for who teaches the class, and for those who
        manage classes. The credit goes, or comes back, with it. `classUpdated` tells the members.
        """
        key = from_global(Attendance.prefix, input.id)
        data = to_data(attendance.EditData, input)
        async with info.context.begin() as uow:
            await attendance.edit(uow, info.context.me, key, data)
        return AttendanceEditPayload(attendance_key=key)

    @mutation(SIGNED_IN)
    async def credits_adjust(self, info: Info, input: CreditsAdjustInput) -> CreditsAdjustPayload:
        """Give or take credits by hand, of others: for who teaches the class, and for those who
        manage classes. `TOO_FEW_CREDITS` if there aren't so many. `classUpdated` tells of it.
        """
        key = from_global(Enrollment.prefix, input.enrollment_id)
        data = to_data(adjustments.AdjustmentData, input, enrollment_id=key)
        async with info.context.begin() as uow:
            entry = await adjustments.adjust(uow, info.context.me, data)
        return CreditsAdjustPayload(entry_key=entry.id, enrollment_key=key)
