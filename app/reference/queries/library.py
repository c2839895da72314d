"""Root queries of AI models, prompts and plans."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.core.access import ANYONE, SIGNED_IN, permitted
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference import models
from app.reference.models import AiModelKind, PromptStatus
from app.reference.policy import READ_PROMPTS
from app.reference.types.library import AiModel, PromptTemplate
from app.reference.types.plans import SubscriptionPlan


@strawberry.input(description="Which versions of prompts.")
class PromptTemplateFilter:
    """What isn't given doesn't narrow."""

    key: str | None = strawberry.field(default=None, description="Of this key: all its versions.")
    category: str | None = strawberry.field(default=None, description="Of this category.")
    status: PromptStatus | None = strawberry.field(
        default=None, description="With this status, whether or not they are the newest."
    )


def _models(
    _: Asker,
    model: type[models.AiModel],
    *,
    kind: Annotated[
        AiModelKind | None, strawberry.argument(description="Only those of this kind.")
    ] = None,
) -> Rows:
    where = true() if kind is None else col(model.kind) == kind
    return Rows(where, Order("aiModels", ("position", "id")))


def _newest(prompt: type[models.PromptTemplate]) -> ColumnElement[bool]:
    later = aliased(models.PromptTemplate)
    return ~(
        select(later.id)
        .where(later.key == prompt.key, later.version > prompt.version)
        .correlate(prompt)
        .exists()
    )


def _prompts(
    _: Asker,
    prompt: type[models.PromptTemplate],
    *,
    filter: Annotated[
        PromptTemplateFilter | None,
        strawberry.argument(description="Which ones; else the newest version of each."),
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is None or (filter.key is None and filter.status is None):
        where &= _newest(prompt)
    if filter is not None and filter.key is not None:
        where &= col(prompt.key) == filter.key
    if filter is not None and filter.category is not None:
        where &= col(prompt.category) == filter.category
    if filter is not None and filter.status is not None:
        where &= col(prompt.status) == filter.status
    return Rows(where, Order("promptTemplates", ("key", "version")))


def _plans(_: Asker, plan: type[models.SubscriptionPlan]) -> Rows:
    del plan
    return Rows(true(), Order("subscriptionPlans", ("position", "id")))


@strawberry.type
class LibraryQuery:
    """AI models, prompts and plans."""

    ai_models: Connection[AiModel] = browse(
        _models, SIGNED_IN, "The models that may be used; to those who manage them, all."
    )
    prompt_templates: Connection[PromptTemplate] = browse(
        _prompts, permitted(READ_PROMPTS), "The prompt library, by key and version."
    )
    subscription_plans: Connection[SubscriptionPlan] = browse(
        _plans,
        ANYONE,
        "The plans that can be subscribed to; to those who manage them, all.",
    )
