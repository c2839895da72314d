"""Root mutations of AI models and subscription plans."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.money import MoneyInput
from app.reference.models import AiModelKind, AiModelStatus, BillingInterval
from app.reference.mutations.taxonomy import key_of
from app.reference.policy import MANAGE_MODELS, MANAGE_PLANS
from app.reference.service import offers as service
from app.reference.types.library import AiModel
from app.reference.types.plans import SubscriptionPlan


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing was saved.")


def _position() -> Any:
    return strawberry.field(default=0, description="Its place in lists, the lowest first.")


def _cost(what: str) -> Any:
    return strawberry.field(
        default=None,
        description=f"What a million tokens that it {what} cost; nothing, if not given.",
    )


def _limit(description: str) -> Any:
    return strawberry.field(default=None, description=f"{description}; no end, if not given.")


@strawberry.input(description="All of a model.")
class AiModelSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="The model to save anew; a new one without it."
    )
    provider: str = strawberry.field(description="Who runs it; `local` for this installation.")
    name: str = strawberry.field(
        description="What its provider calls it: unique with provider and version."
    )
    version: str = strawberry.field(
        default="", description="Which one of that name; empty where the name says it."
    )
    kind: AiModelKind = strawberry.field(description="What it does.")
    best_for: str = strawberry.field(default="", description="What it is good at.")
    context_tokens: int | None = strawberry.field(
        default=None, description="How much it reads and writes at once, in tokens."
    )
    input_cost: MoneyInput | None = _cost("reads")
    output_cost: MoneyInput | None = _cost("writes")
    status: AiModelStatus = strawberry.field(
        default=AiModelStatus.INACTIVE, description="Whether it may be used."
    )
    default: bool = strawberry.field(
        default=False,
        description="Whether requests of its kind go to it unless told else, and no longer to"
        " another. Only for an active one.",
    )
    position: int = _position()


@strawberry.input(description="What a plan allows at most.")
class SubscriptionPlanLimitsInput:
    """What isn't given has no end."""

    ai_requests_per_day: int | None = _limit("Requests to models in a day")
    storage_megabytes: int | None = _limit("Files kept, in megabytes")
    session_participants: int | None = _limit("People in one study session")


@strawberry.input(description="All of a plan.")
class SubscriptionPlanSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="The plan to save anew; a new one without it."
    )
    code: str = strawberry.field(
        description="Its name for programs, unique: small letters, digits and single hyphens."
    )
    name: str = strawberry.field(description="1 to 128 characters.")
    description: str = strawberry.field(default="", description="At most 5,000 characters.")
    price: MoneyInput = strawberry.field(description="What it costs, each interval.")
    interval: BillingInterval = strawberry.field(description="How often it is paid for.")
    trial_days: int = strawberry.field(default=0, description="Free days at first: 0 to 365.")
    features: list[str] = strawberry.field(
        default_factory=list, description="What it gives: at most 50, of 200 characters each."
    )
    limits: SubscriptionPlanLimitsInput | None = strawberry.field(
        default=None, description="What it allows at most; anything, if not given."
    )
    active: bool = strawberry.field(
        default=False, description="Whether it can be subscribed to, and everybody sees it."
    )
    position: int = _position()


@strawberry.type(description="The answer to `aiModelSave`.")
class AiModelSavePayload:
    """The model."""

    ai_model: AiModel | None = edge("model_key", "The model.")
    model_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `subscriptionPlanSave`.")
class SubscriptionPlanSavePayload:
    """The plan."""

    subscription_plan: SubscriptionPlan | None = edge("plan_key", "The plan.")
    plan_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


def _money(given: MoneyInput | None) -> dict[str, object] | None:
    return None if given is None else given.data()


@strawberry.type
class OffersMutation:
    """Save AI models and plans."""

    @mutation(permitted(MANAGE_MODELS))
    async def ai_model_save(self, info: Info, input: AiModelSaveInput) -> AiModelSavePayload:
        """Make a model, or save one anew. The default of its kind was another one before."""
        costs = {"input_cost": _money(input.input_cost), "output_cost": _money(input.output_cost)}
        data, key = to_data(service.AiModelData, input, **costs), key_of(AiModel.prefix, input.id)
        async with info.context.begin() as uow:
            model = await service.save_model(uow, info.context.me, key, data)
        return AiModelSavePayload(model_key=model.id)

    @mutation(permitted(MANAGE_PLANS))
    async def subscription_plan_save(
        self, info: Info, input: SubscriptionPlanSaveInput
    ) -> SubscriptionPlanSavePayload:
        """Make a plan, or save one anew."""
        limits = {} if input.limits is None else vars(input.limits)
        data = to_data(service.PlanData, input, price=_money(input.price), **limits)
        key = key_of(SubscriptionPlan.prefix, input.id)
        async with info.context.begin() as uow:
            plan = await service.save_plan(uow, info.context.me, key, data)
        return SubscriptionPlanSavePayload(plan_key=plan.id)
