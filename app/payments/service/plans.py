"""What plans of the reference data cost."""

from uuid import UUID

from sqlmodel import select

from app.core.uow import UnitOfWork
from app.payments.models import Payable, PayableKind
from app.payments.service import payables
from app.reference.models import SubscriptionPlan
from app.reference.service.offers import MoneyData


async def offered_plan(uow: UnitOfWork, plan_id: UUID) -> Payable | None:
    """What is asked for a plan that can be subscribed to; None for any other."""
    plan = await uow.session.first(
        select(SubscriptionPlan).where(SubscriptionPlan.id == plan_id).with_for_update()
    )
    if plan is None or not plan.active:
        return None
    price = MoneyData(amount=plan.amount, currency=plan.currency_code)
    payable = await payables.ask(uow, PayableKind.PLAN, plan.id, plan.name, price)
    await uow.session.flush()
    return payable
