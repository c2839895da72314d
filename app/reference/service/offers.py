"""What is on offer: AI models and subscription plans."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.db import ReadSession
from app.core.errors import InvalidInput
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.errors import DefaultNotActive
from app.reference.models import (
    AiModel,
    AiModelKind,
    AiModelStatus,
    BillingInterval,
    SubscriptionPlan,
)
from app.reference.service.rows import saved
from app.reference.store import saving as store

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
Text = Annotated[str, StringConstraints(max_length=5000)]
Position = Annotated[int, Field(ge=0, le=100_000)]
_Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class MoneyData(BaseModel):
    """An amount that isn't negative, and the code of a currency."""

    amount: Decimal = Field(ge=0)
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class AiModelData(BaseModel):
    """A model. Costs are those of a million tokens."""

    provider: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
    version: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    kind: AiModelKind
    best_for: Text = ""
    context_tokens: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    input_cost: MoneyData | None = None
    output_cost: MoneyData | None = None
    status: AiModelStatus = AiModelStatus.INACTIVE
    default: bool = False
    position: Position = 0


class PlanData(BaseModel):
    """A plan. A limit that is None isn't one."""

    code: Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    name: Name
    description: Text = ""
    price: MoneyData
    interval: BillingInterval
    trial_days: int = Field(default=0, ge=0, le=365)
    features: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default_factory=list, max_length=50
    )
    ai_requests_per_day: _Count | None = None
    storage_megabytes: _Count | None = None
    session_participants: _Count | None = None
    active: bool = False
    position: Position = 0


async def save_model(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: AiModelData
) -> AiModel:
    """A new model, or all of an old one anew. The default of its kind was another one before."""
    if data.default and data.status is not AiModelStatus.ACTIVE:
        raise DefaultNotActive(field=("input", "default"))
    costs = _costs(data)
    if data.default:
        await store.lock_default(uow.session, data.kind)
        await store.unset_default(uow.session, data.kind)
    values = data.model_dump(exclude={"default", "input_cost", "output_cost"})
    values |= costs | {"default_for": data.kind if data.default else None}
    return await saved(uow, viewer, AiModel, key, values)


def _costs(data: AiModelData) -> dict[str, Any]:
    given = [cost for cost in (data.input_cost, data.output_cost) if cost is not None]
    currencies = {cost.currency for cost in given}
    if len(currencies) > 1:
        raise InvalidInput("Both costs are in one currency.", field=("input", "outputCost"))
    return {
        "input_cost": data.input_cost and data.input_cost.amount,
        "output_cost": data.output_cost and data.output_cost.amount,
        "cost_currency": next(iter(currencies), None),
    }


async def save_plan(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: PlanData
) -> SubscriptionPlan:
    """A new plan, or all of an old one anew."""
    values = data.model_dump(exclude={"price"})
    values |= {
        "amount": await exact_amount(uow.session, data.price.amount, data.price.currency),
        "currency_code": data.price.currency,
    }
    return await saved(uow, viewer, SubscriptionPlan, key, values, "code")


async def exact_amount(session: ReadSession, amount: Decimal, code: str) -> Decimal:
    """The amount of an input's `price` with as many digits after the point as its currency has."""
    currency = await store.currency(session, code)
    if currency is None:
        raise InvalidInput("There is no such currency.", field=("input", "price", "currency"))
    exact = amount.quantize(Decimal(1).scaleb(-currency.minor_units))
    if exact != amount:
        raise InvalidInput(
            f"{currency.code} has {currency.minor_units} digits after the point.",
            field=("input", "price", "amount"),
        )
    return exact
