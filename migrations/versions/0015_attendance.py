"""Attendance, and what classes are told."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"


def upgrade() -> None:
    """Attendance, and what classes are told."""
    op.create_table(
        "announcement",
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
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("content", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_announcement_author_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class.id"], name=op.f("fk_announcement_class_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index(op.f("ix_announcement_author_id"), "announcement", ["author_id"], unique=False)
    op.create_index(
        "ix_announcement_class_id_scheduled_at_id",
        "announcement",
        ["class_id", "scheduled_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_announcement_waiting",
        "announcement",
        ["scheduled_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "announcement_read",
        sa.Column("announcement_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_read_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_announcement_read_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement_id", "user_id", name=op.f("pk_announcement_read")),
    )
    op.create_index(
        op.f("ix_announcement_read_user_id"), "announcement_read", ["user_id"], unique=False
    )
    op.create_table(
        "attendance",
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
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_number", sa.Integer(), nullable=False),
        sa.Column("meeting_date", sa.Date(), nullable=False),
        sa.Column(
            "status", sa.Enum("PRESENT", "LATE", "ABSENT", name="attendancestatus"), nullable=False
        ),
        sa.Column("credit_taken", sa.Boolean(), nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("marked_by_id", sa.Uuid(), nullable=True),
        sa.Column("edited_by_id", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "credit_taken = (status <> 'ABSENT')", name=op.f("ck_attendance_takes_its_credit")
        ),
        sa.CheckConstraint(
            "edited_by_id IS NULL OR edited_at IS NOT NULL", name=op.f("ck_attendance_edited_once")
        ),
        sa.CheckConstraint("meeting_number > 0", name=op.f("ck_attendance_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["edited_by_id"],
            ["user_account.id"],
            name=op.f("fk_attendance_edited_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_attendance_enrollment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["marked_by_id"],
            ["user_account.id"],
            name=op.f("fk_attendance_marked_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "enrollment_id",
            "meeting_number",
            name=op.f("uq_attendance_enrollment_id_meeting_number"),
        ),
    )
    op.create_index(
        op.f("ix_attendance_edited_by_id"), "attendance", ["edited_by_id"], unique=False
    )
    op.create_index(
        op.f("ix_attendance_marked_by_id"), "attendance", ["marked_by_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_attendance_marked_by_id"), table_name="attendance")
    op.drop_index(op.f("ix_attendance_edited_by_id"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(op.f("ix_announcement_read_user_id"), table_name="announcement_read")
    op.drop_table("announcement_read")
    op.drop_index(
        "ix_announcement_waiting",
        table_name="announcement",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.drop_index("ix_announcement_class_id_scheduled_at_id", table_name="announcement")
    op.drop_index(op.f("ix_announcement_author_id"), table_name="announcement")
    op.drop_table("announcement")
    op.execute("DROP TYPE attendancestatus")
