"""Notifications, and which of them users want where."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE, IMPERSONAL
from app.core.tables import PERSONAL, Table, Timestamp

_LISTED = "listed"
_UNREAD = "listed AND read_at IS NULL"


class NotificationType(StrEnum):
    """What a notification is about."""

    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no password
    PASSWORD_RESET = "password_reset"  # noqa: S105 - no password
    TWO_FACTOR_CHANGED = "two_factor_changed"
    EMAIL_CHANGED = "email_changed"
    PHONE_CHANGED = "phone_changed"
    ACCOUNT_LINKED = "account_linked"
    API_TOKEN_CREATED = "api_token_created"  # noqa: S105 - no token
    ROLES_CHANGED = "roles_changed"
    ANNOUNCEMENT = "announcement"
    ASSIGNMENT_GRADED = "assignment_graded"
    ASSIGNMENT_RETURNED = "assignment_returned"
    LESSON_UNLOCKED = "lesson_unlocked"
    LECTURE_CANCELLED = "lecture_cancelled"
    POD_INVITED = "pod_invited"
    POD_APPROVED = "pod_approved"
    POD_ROLE_CHANGED = "pod_role_changed"
    EVENT_REMINDER = "event_reminder"
    BUDDY_REQUESTED = "buddy_requested"
    BUDDY_ACCEPTED = "buddy_accepted"
    BUDDY_REJECTED = "buddy_rejected"
    BUDDY_ENDED = "buddy_ended"
    BUDDY_ASSIGNMENT_CHANGED = "buddy_assignment_changed"
    LEVEL_REACHED = "level_reached"
    ACHIEVEMENT_UNLOCKED = "achievement_unlocked"


class NotificationChannel(StrEnum):
    """How a notification reaches somebody."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"


class NotificationSubject(StrEnum):
    """What a notification can lead to."""

    AUTH_SESSION = "auth_session"
    SUBMISSION = "submission"
    LESSON = "lesson"
    LECTURE = "lecture"
    POD = "pod"
    EVENT = "event"
    BUDDY_REQUEST = "buddy_request"
    BUDDY = "buddy"
    BUDDY_ASSIGNMENT = "buddy_assignment"
    ACHIEVEMENT = "achievement"


class Notification(Table, table=True):
    """Something that a user is told.

    It is there for every source once, also where the user wants it in no channel; those that
    are `listed` they see.
    """

    __table_args__ = (
        UniqueConstraint("user_id", "source"),
        CheckConstraint(
            "(subject_kind IS NULL) = (subject_id IS NULL)", name="a_whole_subject_or_none"
        ),
        Index("ix_notification_listed", "user_id", "id", postgresql_where=text(_LISTED)),
        Index("ix_notification_unread", "user_id", "id", postgresql_where=text(_UNREAD)),
    )

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    type: NotificationType
    title: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    text: str = Field(sa_column_kwargs=PERSONAL)
    subject_kind: NotificationSubject | None = None
    subject_id: UUID | None = None
    # What led to it: told again, it makes no other.
    source: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    listed: bool
    read_at: datetime | None = Field(default=None, sa_type=Timestamp)


class NotificationSetting(SQLModel, table=True):
    """A user's own answer to whether a type reaches them by a channel."""

    __tablename__ = "notification_setting"

    user_id: UUID = Field(
        foreign_key="user_account.id", primary_key=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    type: NotificationType = Field(primary_key=True)
    channel: NotificationChannel = Field(primary_key=True)
    enabled: bool
