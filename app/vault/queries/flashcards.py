"""Root queries of resources and flashcards."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_argument, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference.types.taxonomy import Subject
from app.vault import models, policy
from app.vault.models import ResourceKind
from app.vault.types.flashcards import FlashcardSchedule, Resource, ResourceId


@strawberry.input(description="Which resources.")
class ResourceFilter:
    """What isn't given doesn't narrow."""

    kinds: list[ResourceKind] | None = strawberry.field(
        default=None, description="Of one of these kinds."
    )
    subject_id: strawberry.ID | None = id_field(
        "Part of this subject.", Subject.prefix, default=None
    )


def _resource(_: Asker, resource: type[models.Resource], *, id: ResourceId) -> ColumnElement[bool]:
    return col(resource.id) == id


def _resources(
    _: Asker,
    resource: type[models.Resource],
    *,
    filter: Annotated[ResourceFilter | None, strawberry.argument(description="Which ones.")] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.kinds is not None:
            where &= col(resource.kind).in_(filter.kinds)
        if filter.subject_id is not None:
            where &= col(resource.subject_id) == filter.subject_id
    return Rows(where, Order("resources", descending=True))


def _due(
    viewer: Asker,
    schedule: type[models.FlashcardSchedule],
    *,
    deck_id: Annotated[
        strawberry.ID | None, id_argument("Of this deck alone.", Resource.prefix)
    ] = None,
) -> Rows:
    return Rows(policy.due(viewer, schedule, deck_id), Order("flashcardsDue", ("due", "id")))


@strawberry.type
class FlashcardQuery:
    """Read one's own vault."""

    resource: Resource | None = find(
        _resource, SIGNED_IN, "A resource; null unless it is the viewer's."
    )
    resources: Connection[Resource] = browse(
        _resources, SIGNED_IN, "What the viewer has put in the vault, newest first."
    )
    flashcards_due: Connection[FlashcardSchedule] = browse(
        _due,
        SIGNED_IN,
        "What the viewer has to review now, longest due first: cards that come again, and new"
        f" ones, of which {policy.NEW_A_DAY} come in a day of the viewer's time zone.",
    )
