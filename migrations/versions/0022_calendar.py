"""The calendar."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"


def upgrade() -> None:
    """The calendar."""
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'EVENT_REMINDER'")
    op.execute("ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS 'EVENT'")
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_calendar_feed_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_table(
        "calendar_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("pod_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("STUDY", "EXAM", "ASSIGNMENT", "MEETING", "DEADLINE", name="eventkind"),
            nullable=False,
        ),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("location", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_time", sa.Time(), nullable=True),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("recurrence", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reminders", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("spans_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spans_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_reminder_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(starts_time IS NULL) = (starts_at IS NULL)",
            name=op.f("ck_calendar_event_begins_at_a_time_or_on_a_day"),
        ),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_calendar_event_has_room")),
        sa.CheckConstraint(
            "cardinality(reminders) <= 5", name=op.f("ck_calendar_event_few_reminders")
        ),
        sa.CheckConstraint(
            "num_nonnulls(class_id, pod_id) = 1 OR capacity IS NULL",
            name=op.f("ck_calendar_event_guests_of_a_group"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(class_id, pod_id) < 2", name=op.f("ck_calendar_event_of_one_group")
        ),
        sa.CheckConstraint(
            "num_nonnulls(class_id, pod_id, owner_id) > 0",
            name=op.f("ck_calendar_event_is_somebodys"),
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_calendar_event_takes_time")),
        sa.CheckConstraint(
            "starts_time IS NOT NULL OR minutes % 1440 = 0",
            name=op.f("ck_calendar_event_whole_days"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class.id"], name=op.f("fk_calendar_event_class_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_calendar_event_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["pod_id"], ["pod.id"], name=op.f("fk_calendar_event_pod_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_event")),
    )
    op.create_index(
        "ix_calendar_event_class", "calendar_event", ["class_id", "spans_from"], unique=False
    )
    op.create_index(
        op.f("ix_calendar_event_next_reminder_at"),
        "calendar_event",
        ["next_reminder_at"],
        unique=False,
    )
    op.create_index(
        "ix_calendar_event_owner", "calendar_event", ["owner_id", "spans_from"], unique=False
    )
    op.create_index(
        "ix_calendar_event_pod", "calendar_event", ["pod_id", "spans_from"], unique=False
    )
    op.create_table(
        "calendar_occurrence",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("location", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("starts_time", sa.Time(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_calendar_occurrence_takes_time")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["calendar_event.id"],
            name=op.f("fk_calendar_occurrence_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "day", name=op.f("pk_calendar_occurrence")),
    )
    op.create_table(
        "event_rsvp",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status", sa.Enum("ATTENDING", "MAYBE", "DECLINED", name="rsvpstatus"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["calendar_event.id"],
            name=op.f("fk_event_rsvp_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_event_rsvp_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_rsvp")),
        sa.UniqueConstraint("event_id", "user_id", name=op.f("uq_event_rsvp_event_id_user_id")),
    )
    op.create_index(op.f("ix_event_rsvp_user_id"), "event_rsvp", ["user_id"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_event_rsvp_user_id"), table_name="event_rsvp")
    op.drop_table("event_rsvp")
    op.drop_table("calendar_occurrence")
    op.drop_index("ix_calendar_event_pod", table_name="calendar_event")
    op.drop_index("ix_calendar_event_owner", table_name="calendar_event")
    op.drop_index(op.f("ix_calendar_event_next_reminder_at"), table_name="calendar_event")
    op.drop_index("ix_calendar_event_class", table_name="calendar_event")
    op.drop_table("calendar_event")
    op.drop_table("calendar_feed")
    op.execute("DROP TYPE eventkind")
    op.execute("DROP TYPE rsvpstatus")
