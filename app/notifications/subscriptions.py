"""Root subscriptions of notifications."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge
from app.core.realtime.declare import AFTER, anyone, follow, tell
from app.notifications.events import NotificationAdded as Added
from app.notifications.events import notifications_stream
from app.notifications.types import Notification, NotificationInbox


@strawberry.type(description="There is a new notification.")
class NotificationAdded:
    """Carries it, and what a badge shows."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    notification: Notification = edge("notification_key", "The notification.", visible=true())
    notification_key: strawberry.Private[UUID]
    inbox: NotificationInbox = edge(
        "user_key", "The inbox as it is when this is told: its count is a badge's.", visible=true()
    )
    user_key: strawberry.Private[UUID]


@strawberry.type
class NotificationsSubscription:
    """Notifications as they come."""

    notification_added: NotificationAdded = follow(
        lambda viewer: notifications_stream(viewer.user_id),
        anyone,
        SIGNED_IN,
        "The viewer's new notifications, in order, without gap or repeat after a cursor.",
        tell(
            Added,
            lambda added, at: NotificationAdded(
                cursor=at, notification_key=added.notification_id, user_key=added.user_id
            ),
        ),
        after=AFTER,
    )
