"""What the schema shows of notifications."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    select,
    true,
    values,
)
from sqlalchemy import column as sql_column
from sqlmodel import col

from app.accounts.models import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, items, reads, whole
from app.core.graph.read.emit import quoted
from app.core.graph.read.pages import Order
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.notifications import models, policy
from app.notifications.events import notifications_stream
from app.notifications.models import NotificationChannel, NotificationSubject, NotificationType

_ALL = [(type, channel) for type in NotificationType for channel in NotificationChannel]

describe(
    NotificationType,
    "What a notification is about.",
    {
        NotificationType.NEW_DEVICE: "Somebody signed in from a device that wasn't known.",
        NotificationType.PASSWORD_CHANGED: "The password was changed.",
        NotificationType.PASSWORD_RESET: "The password was reset by a letter.",
        NotificationType.TWO_FACTOR_CHANGED: "Two-factor authentication was switched on or off.",
        NotificationType.EMAIL_CHANGED: "The e-mail address is another one.",
        NotificationType.PHONE_CHANGED: "The phone number is another one.",
        NotificationType.ACCOUNT_LINKED: "An account of another service was linked or unlinked.",
        NotificationType.API_TOKEN_CREATED: "There is a new API token.",
        NotificationType.ROLES_CHANGED: "The roles are others.",
        NotificationType.ASSIGNMENT_GRADED: "Work that was handed in has a grade.",
        NotificationType.ASSIGNMENT_RETURNED: "Work that was handed in is to be done again.",
        NotificationType.LESSON_UNLOCKED: "A lesson was opened to a class that the viewer is in.",
        NotificationType.ANNOUNCEMENT: "Those who teach a class, or run this installation, have"
        " something to say.",
        NotificationType.LECTURE_CANCELLED: "A lecture doesn't take place.",
        NotificationType.POD_INVITED: "Somebody invites the viewer into a pod.",
        NotificationType.POD_APPROVED: "The viewer had asked to be let into a pod, and is in.",
        NotificationType.POD_ROLE_CHANGED: "The viewer has another role in a pod.",
        NotificationType.EVENT_REMINDER: "An event of the calendar begins soon.",
        NotificationType.BUDDY_REQUESTED: "Somebody asks the viewer to study together.",
        NotificationType.BUDDY_ACCEPTED: "Somebody whom the viewer has asked studies with them.",
        NotificationType.BUDDY_REJECTED: "Somebody whom the viewer has asked said no.",
        NotificationType.BUDDY_ENDED: "Somebody doesn't study with the viewer any more.",
        NotificationType.BUDDY_ASSIGNMENT_CHANGED: "A buddy has paused, resumed, moved on or ended"
        " what the two study.",
        NotificationType.LEVEL_REACHED: "The viewer has come to a higher level.",
        NotificationType.ACHIEVEMENT_UNLOCKED: "The viewer has unlocked an achievement.",
    },
)
describe(
    NotificationChannel,
    "How notifications reach somebody.",
    {
        NotificationChannel.IN_APP: "They are listed, and told live.",
        NotificationChannel.EMAIL: "By letter, to a confirmed address.",
        NotificationChannel.SMS: "By text message, to a confirmed number.",
    },
)
describe(
    NotificationSubject,
    "What a notification leads to.",
    {
        NotificationSubject.AUTH_SESSION: "One of the viewer's `authSessions`.",
        NotificationSubject.SUBMISSION: "One of the viewer's `submissions`.",
        NotificationSubject.LESSON: "A lesson.",
        NotificationSubject.LECTURE: "A lecture.",
        NotificationSubject.POD: "A pod.",
        NotificationSubject.EVENT: "An event of the calendar.",
        NotificationSubject.BUDDY_REQUEST: "One of the viewer's `buddyRequests`.",
        NotificationSubject.BUDDY: "One of the viewer's `buddies`.",
        NotificationSubject.BUDDY_ASSIGNMENT: "One of the viewer's `buddyAssignments`.",
        NotificationSubject.ACHIEVEMENT: "An achievement.",
    },
)

# What global ids of subjects begin with.
_PREFIXES = {
    NotificationSubject.ACHIEVEMENT: "acv",
    NotificationSubject.AUTH_SESSION: "ses",
    NotificationSubject.EVENT: "cev",
    NotificationSubject.BUDDY: "bdy",
    NotificationSubject.BUDDY_ASSIGNMENT: "bas",
    NotificationSubject.BUDDY_REQUEST: "brq",
    NotificationSubject.LECTURE: "lec",
    NotificationSubject.LESSON: "les",
    NotificationSubject.POD: "pod",
    NotificationSubject.SUBMISSION: "asg",
}


def _subject_id(_: Asker, notification: type[models.Notification]) -> ColumnElement[str]:
    prefix = case(
        *[
            (col(notification.subject_kind) == kind, quoted(f"{prefix}_"))
            for kind, prefix in _PREFIXES.items()
        ]
    )
    return prefix.concat(cast(notification.subject_id, Text))


@reads(
    models.Notification, visible=policy.visible, description="Something that the viewer is told."
)
class Notification(Node):
    """Only for the one whom it is for."""

    prefix = "ntf"

    type: NotificationType = column("What it is about.")
    title: str = column("It in a line.")
    text: str = column("It in plain text, with line breaks.")
    subject_kind: NotificationSubject | None = column("What it leads to, if to anything.")
    subject_id: strawberry.ID | None = computed(
        _subject_id, "The id of what it leads to, which may be gone."
    )
    created_at: datetime = column("When it was made.")
    read_at: datetime | None = column("When the viewer marked it as read; null until then.")


def _said(name: str) -> Any:
    def read(_: Asker, setting: Any) -> ColumnElement[Any]:
        value: ColumnElement[Any] = setting.c[name]
        return value

    return read


@reads(None, key="", description="Whether a type of notification reaches the viewer by a channel.")
class NotificationSetting:
    """As the viewer has said, or as it usually is."""

    type: NotificationType = computed(_said("type"), "What the notifications are about.")
    channel: NotificationChannel = computed(_said("channel"), "How they come.")
    enabled: bool = computed(_said("enabled"), "Whether they do.")
    required: bool = computed(_said("required"), "Whether that can't be switched off.")


def _settings(_: Asker, __: Any, ___: type[User]) -> Rows:
    return Rows(true(), Order("notificationSettings", ("place",)))


def _settings_of(user: type[User]) -> Any:
    """Every type with every channel, and what the user said about it."""
    usual = values(
        sql_column("place", Integer),
        sql_column("type", Text),
        sql_column("channel", Text),
        sql_column("usual", Boolean),
        sql_column("required", Boolean),
        name="usual_setting",
        literal_binds=True,
    ).data(
        [
            (
                place,
                type.name,
                channel.name,
                policy.is_usual(type, channel),
                policy.is_required(type, channel),
            )
            for place, (type, channel) in enumerate(_ALL)
        ]
    )
    said = models.NotificationSetting
    own = and_(
        col(said.user_id) == user.id,
        cast(said.type, Text) == usual.c.type,
        cast(said.channel, Text) == usual.c.channel,
    )
    return (
        select(
            usual.c.place,
            usual.c.type,
            usual.c.channel,
            (usual.c.required | func.coalesce(said.enabled, usual.c.usual)).label("enabled"),
            usual.c.required,
        )
        .select_from(usual.outerjoin(said, own))
        .correlate(user)
        .lateral("setting")
    )


def _unread_count(_: Asker, user: type[User]) -> ColumnElement[int]:
    notification = models.Notification
    counted = select(func.count()).where(
        col(notification.user_id) == user.id, policy.unread(notification)
    )
    return whole(counted.scalar_subquery())


def _cursor(_: Asker, user: type[User]) -> ColumnElement[str]:
    return newest_cursor(notifications_stream, user.id)


@reads(User, description="The viewer's notifications as a whole.")
class NotificationInbox:
    """What a badge shows, and what reaches the viewer."""

    unread_count: int = computed(_unread_count, "How many listed notifications are unread.")
    cursor: str = computed(
        _cursor,
        "The place of the newest event: read this before the notifications, and pass it as"
        " `after` to `notificationAdded`, and nothing is missed in between.",
    )
    settings: list[NotificationSetting] = items(
        _settings,
        "Every type with every channel: whether such notifications reach the viewer that way.",
        most=100,
        rows_of=_settings_of,
    )
