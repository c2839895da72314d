"""Root queries of rooms."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.messaging import models, policy
from app.messaging.models import RoomType
from app.messaging.types import Room, RoomId
from app.reference.types.taxonomy import Subject

_NEWEST = Order("rooms", descending=True)


@strawberry.input(description="Which rooms.")
class RoomFilter:
    """What isn't given doesn't narrow."""

    subject_id: strawberry.ID | None = id_field("For this subject.", Subject.prefix, default=None)
    types: list[RoomType] | None = strawberry.field(
        default=None, description="Of one of these types."
    )
    mine: bool = strawberry.field(default=False, description="Those that you are in.")
    archived: bool = strawberry.field(
        default=False, description="Those that were archived, instead of those that are open."
    )


def _room(_: Asker, room: type[models.Room], *, id: RoomId) -> ColumnElement[bool]:
    return col(room.id) == id


def _rooms(
    viewer: Asker,
    room: type[models.Room],
    *,
    filter: Annotated[
        RoomFilter | None, strawberry.argument(description="Which ones; else all that are open.")
    ] = None,
) -> Rows:
    if filter is None:
        return Rows(col(room.archived_at).is_(None), _NEWEST)
    archived = col(room.archived_at).is_not(None)
    where: ColumnElement[bool] = archived if filter.archived else ~archived
    if filter.subject_id is not None:
        where &= col(room.subject_id) == filter.subject_id
    if filter.types is not None:
        where &= col(room.type).in_(filter.types)
    if filter.mine:
        where &= policy.is_in_room(viewer, room)
    return Rows(where, _NEWEST)


@strawberry.type
class RoomsQuery:
    """Look for rooms."""

    rooms: Connection[Room] = browse(
        _rooms,
        SIGNED_IN,
        "Study rooms, newest first: public ones and those that the viewer is in; moderators see"
        " all.",
    )
    room: Room | None = find(
        _room, SIGNED_IN, "A room; null if it is private and the viewer isn't in it."
    )
