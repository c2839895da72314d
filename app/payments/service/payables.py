"""What the rooms above ask for theirs."""

from datetime import datetime
from uuid import UUID

from app.core.uow import UnitOfWork
from app.payments.models import Payable, PayableKind
from app.payments.store import payables as store
from app.reference.service.offers import MoneyData, exact_amount


async def ask(
    uow: UnitOfWork,
    kind: PayableKind,
    subject_id: UUID,
    title: str,
    price: MoneyData | None,
    closes_at: datetime | None = None,
) -> Payable | None:
    """Ask a price for something from now on; None or zero ends it.

    After `closes_at` nobody can pay any more. What was paid before stays paid. `InvalidInput` of
    the input's `price` where there is no such currency, or it has fewer digits.
    """
    found = await store.hold(uow.session, kind, subject_id)
    if price is None or price.amount == 0:
        if found is not None:
            found.open = False
            uow.session.add(found)
        return None
    amount = await exact_amount(uow.session, price.amount, price.currency)
    payable = found or Payable(
        kind=kind, subject_id=subject_id, title=title, amount=amount, currency=price.currency
    )
    payable.title, payable.amount, payable.currency = title, amount, price.currency
    payable.open, payable.closes_at = True, closes_at
    uow.session.add(payable)
    return payable
