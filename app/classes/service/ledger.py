"""The ledger of credits: the one way in which a balance changes."""

from uuid import UUID

from app.classes.errors import TooFewCredits
from app.classes.models import AdjustmentReason, CreditEntry, CreditKind, Enrollment
from app.classes.store import credits as store
from app.core.uow import UnitOfWork


async def post(
    uow: UnitOfWork,
    enrollment: Enrollment,
    kind: CreditKind,
    amount: int,
    *,
    by: UUID | None,
    reason: AdjustmentReason | None = None,
    detail: str | None = None,
) -> CreditEntry:
    """Add credits, or take as many as a negative `amount` says; `TooFewCredits` if there aren't.

    The enrollment has to be held (`store.credits.hold`), or made by this unit of work.
    """
    before, after = enrollment.credits, enrollment.credits + amount
    if after < 0:
        raise TooFewCredits
    entry = CreditEntry(
        enrollment_id=enrollment.id,
        number=await store.last_number(uow.session, enrollment.id) + 1,
        kind=kind,
        amount=amount,
        before=before,
        after=after,
        reason=reason,
        detail=detail,
        made_by_id=by,
    )
    enrollment.credits = after
    uow.session.add(enrollment, entry)
    await uow.session.flush()
    return entry
