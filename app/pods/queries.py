"""Root queries of pods."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, func, true
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.pods import models, policy
from app.pods.models import PodCategory, PodDifficulty, PodStatus
from app.pods.types import Pod, PodAnalytics, PodId
from app.reference.types.taxonomy import Subject


@strawberry.input(description="Which pods.")
class PodFilter:
    """What isn't given doesn't narrow."""

    search: str | None = strawberry.field(
        default=None, description="With these words in name or description."
    )
    subject_id: strawberry.ID | None = id_field("On this subject.", Subject.prefix, default=None)
    category: PodCategory | None = strawberry.field(
        default=None, description="Whose people learn for this."
    )
    difficulty: PodDifficulty | None = strawberry.field(
        default=None, description="That ask this of their members."
    )
    public: bool | None = strawberry.field(
        default=None, description="Only public ones, or only the others."
    )
    status: PodStatus | None = strawberry.field(
        default=None, description="Only those that live, or only those that are archived."
    )
    mine: bool = strawberry.field(default=False, description="Those that you are in.")
    invited: bool = strawberry.field(
        default=False, description="Those that you have an invitation into."
    )


def _narrowed(viewer: Asker, pod: type[models.Pod], filter: PodFilter) -> ColumnElement[bool]:
    where: ColumnElement[bool] = true()
    if filter.search is not None:
        where &= col(pod.search).bool_op("@@")(func.websearch_to_tsquery("simple", filter.search))
    if filter.subject_id is not None:
        where &= col(pod.subject_id) == filter.subject_id
    if filter.category is not None:
        where &= col(pod.category) == filter.category
    if filter.difficulty is not None:
        where &= col(pod.difficulty) == filter.difficulty
    if filter.public is not None:
        where &= col(pod.public) if filter.public else ~col(pod.public)
    if filter.status is not None:
        where &= col(pod.status) == filter.status
    if filter.mine:
        where &= policy.belongs(viewer, pod.id)
    if filter.invited:
        where &= policy.invited(viewer, pod.id)
    return where


def _pods(
    viewer: Asker,
    pod: type[models.Pod],
    *,
    filter: Annotated[
        PodFilter | None, strawberry.argument(description="Which ones; else all you can see.")
    ] = None,
) -> Rows:
    where = true() if filter is None else _narrowed(viewer, pod, filter)
    return Rows(where, Order("pods", ("created_at", "id"), descending=True))


def _pod(_: Asker, pod: type[models.Pod], *, id: PodId) -> ColumnElement[bool]:
    return col(pod.id) == id


def _analytics(_: Asker, pod: type[models.Pod], *, pod_id: PodId) -> ColumnElement[bool]:
    return col(pod.id) == pod_id


@strawberry.type
class PodsQuery:
    """Look for pods and read them."""

    pods: Connection[Pod] = browse(
        _pods,
        SIGNED_IN,
        "Pods, the newest first: public ones, and private ones that you are in or invited into.",
    )
    pod: Pod | None = find(
        _pod,
        SIGNED_IN,
        "A pod; null unless it is public, or the viewer is in it or invited into it.",
    )
    pod_analytics: PodAnalytics | None = find(
        _analytics, SIGNED_IN, "How a pod does; null unless the viewer is an owner or admin of it."
    )
