"""Notifications"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"

_TYPE = postgresql.ENUM(
    "NEW_DEVICE",
    "PASSWORD_CHANGED",
    "PASSWORD_RESET",
    "TWO_FACTOR_CHANGED",
    "EMAIL_CHANGED",
    "PHONE_CHANGED",
    "ACCOUNT_LINKED",
    "API_TOKEN_CREATED",
    "ROLES_CHANGED",
    "ANNOUNCEMENT",
    name="notificationtype",
    create_type=False,
)
_CHANNEL = postgresql.ENUM("IN_APP", "EMAIL", "SMS", name="notificationchannel", create_type=False)
_SUBJECT = postgresql.ENUM("AUTH_SESSION", name="notificationsubject", create_type=False)
_ENUMS = (_TYPE, _CHANNEL, _SUBJECT)


def upgrade() -> None:
    """Notifications"""
    for enum in _ENUMS:
        enum.create(op.get_bind())
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("type", _TYPE, nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_kind", _SUBJECT, nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(subject_kind IS NULL) = (subject_id IS NULL)",
            name=op.f("ck_notification_a_whole_subject_or_none"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_notification_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("user_id", "source", name=op.f("uq_notification_user_id_source")),
    )
    op.create_index(
        "ix_notification_listed",
        "notification",
        ["user_id", "id"],
        unique=False,
        postgresql_where=sa.text("listed"),
    )
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["user_id", "id"],
        unique=False,
        postgresql_where=sa.text("listed AND read_at IS NULL"),
    )
    op.create_table(
        "notification_setting",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("type", _TYPE, nullable=False),
        sa.Column("channel", _CHANNEL, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_notification_setting_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "type", "channel", name=op.f("pk_notification_setting")),
    )


def downgrade() -> None:
    """Notifications, gone"""
    op.drop_table("notification_setting")
    op.drop_table("notification")
    for enum in reversed(_ENUMS):
        enum.drop(op.get_bind())
