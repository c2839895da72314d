"""Credits that are given or taken by hand."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from app.classes.errors import OwnCredits, TooFewCredits
from app.classes.events import CreditsAdjusted
from app.classes.models import AdjustmentReason, CreditEntry, CreditKind
from app.classes.service import ledger
from app.classes.service.attendance import hold_class
from app.classes.store import attendance as classes
from app.classes.store import credits as store
from app.core.errors import InvalidInput, NotFound
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

MOST = 1000


def _some(amount: int) -> int:
    if amount == 0:
        raise ValueError("Say how many credits are to be given or taken.")
    return amount


class AdjustmentData(BaseModel):
    """Credits to give, or to take with a negative `amount`, and why."""

    enrollment_id: UUID
    amount: Annotated[int, Field(ge=-MOST, le=MOST), AfterValidator(_some)]
    reason: AdjustmentReason
    detail: Annotated[str, AfterValidator(text(2000))] | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.reason is AdjustmentReason.OTHER and self.detail is None:
            # Raised as it is, so that it names its field.
            raise InvalidInput("Say what the reason is.", field=("input", "detail"))
        return self


async def adjust(uow: UnitOfWork, viewer: Viewer, data: AdjustmentData) -> CreditEntry:
    """Give or take credits; `TooFewCredits` if there aren't so many, and nothing is changed."""
    class_id = await classes.class_of_enrollment(uow.session, viewer, data.enrollment_id)
    if class_id is None:
        raise NotFound(field=("input", "enrollmentId"))
    await hold_class(uow, viewer, class_id)
    enrollment = await store.hold(uow.session, data.enrollment_id)
    assert enrollment is not None
    if enrollment.student_id == viewer.user_id:
        raise OwnCredits
    if enrollment.credits + data.amount < 0:
        raise TooFewCredits(
            f"Only {enrollment.credits} credits are left.", field=("input", "amount")
        )
    entry = await ledger.post(
        uow,
        enrollment,
        CreditKind.ADJUSTMENT,
        data.amount,
        by=viewer.user_id,
        reason=data.reason,
        detail=data.detail,
    )
    uow.audit(
        "credits.adjust",
        viewer.user_id,
        ("enrollment", enrollment.id),
        before={"credits": entry.before},
        after={"credits": entry.after, "reason": data.reason.name},
    )
    uow.publish(
        CreditsAdjusted(class_id=class_id, enrollment_id=enrollment.id, credit_entry_id=entry.id)
    )
    return entry
