"""Root queries of announcements."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from app.classes import models, policy
from app.classes.types.announcements import Announcement
from app.classes.types.classes import Class
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, id_argument
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses.models import Cohort

_NEWEST = Order("announcements", ("scheduled_at", "id"), descending=True)


def _mine(viewer: Asker, announcement: type[models.Announcement]) -> ColumnElement[bool]:
    """Of classes that the viewer is in or leads: not of all, to those who manage all."""
    led = select(Cohort.id).where(col(Cohort.instructor_id) == viewer.user_id)
    joined = policy.is_member(viewer.user_id, announcement.class_id)
    return or_(joined, col(announcement.class_id).in_(led))


def _announcements(
    viewer: Asker,
    announcement: type[models.Announcement],
    *,
    class_id: Annotated[
        strawberry.ID | None,
        id_argument("The class; without one, all that the viewer is in or leads.", Class.prefix),
    ] = None,
) -> Rows:
    if class_id is None:
        return Rows(_mine(viewer, announcement), _NEWEST)
    where: ColumnElement[bool] = col(announcement.class_id) == class_id
    return Rows(where, _NEWEST, exists=policy.hears(viewer, class_id))


@strawberry.type
class AnnouncementsQuery:
    """Read what classes are told."""

    announcements: Connection[Announcement] | None = browse(
        _announcements,
        SIGNED_IN,
        "What a class is told, newest first, or all classes of the viewer's; null for a class"
        " that the viewer is no part of. Those to come are for those who teach the class.",
    )
