"""Root queries of notifications."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.notifications import models, policy
from app.notifications.models import NotificationType
from app.notifications.types import Notification


@strawberry.input(description="Which notifications.")
class NotificationFilter:
    """What isn't given doesn't narrow."""

    unread: bool = strawberry.field(default=False, description="Only those that are unread.")
    types: list[NotificationType] | None = strawberry.field(
        default=None, description="About one of these."
    )


def _notifications(
    _: Asker,
    notification: type[models.Notification],
    *,
    filter: Annotated[
        NotificationFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None and filter.unread:
        where &= policy.unread(notification)
    if filter is not None and filter.types is not None:
        where &= col(notification.type).in_(filter.types)
    return Rows(where, Order("notifications", descending=True))


@strawberry.type
class NotificationsQuery:
    """What I was told."""

    notifications: Connection[Notification] = browse(
        _notifications,
        SIGNED_IN,
        "The viewer's notifications, the newest first. `viewer { inbox }` counts the unread ones.",
    )
