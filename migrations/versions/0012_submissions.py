"""Uploaded files, and work that is handed in"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"


def upgrade() -> None:
    """Uploaded files, and work that is handed in"""
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'ASSIGNMENT_GRADED'")
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'ASSIGNMENT_RETURNED'")
    op.execute("ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS 'SUBMISSION'")
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose", sa.Enum("ASSIGNMENT", "CARTRIDGE", name="filepurpose"), nullable=False
        ),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "status", sa.Enum("PENDING", "READY", "REFUSED", name="filestatus"), nullable=False
        ),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=True),
        sa.Column(
            "scan", sa.Enum("NOT_SCANNED", "CLEAN", "INFECTED", name="scanstatus"), nullable=False
        ),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("incoming_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("object_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint(
            "(status = 'READY') = (type IS NOT NULL AND object_name IS NOT NULL)",
            name=op.f("ck_stored_file_ready_is_whole"),
        ),
        sa.CheckConstraint(
            "claimed_at IS NULL OR status = 'READY'",
            name=op.f("ck_stored_file_ready_before_claimed"),
        ),
        sa.CheckConstraint(
            "scan <> 'INFECTED' OR status = 'REFUSED'",
            name=op.f("ck_stored_file_infected_is_refused"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user_account.id"],
            name=op.f("fk_stored_file_owner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("object_name", name=op.f("uq_stored_file_object_name")),
    )
    op.create_index(
        "ix_stored_file_loose",
        "stored_file",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("claimed_at IS NULL"),
    )
    op.create_index(op.f("ix_stored_file_owner_id"), "stored_file", ["owner_id"], unique=False)
    op.create_table(
        "assignment_submission",
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
        sa.Column("exercise_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            postgresql.ENUM("FILE", "TEXT", "LINK", name="submissionkind", create_type=False),
            nullable=False,
        ),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("content", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("comment", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("SUBMITTED", "REPLACED", "GRADED", "RETURNED", name="submissionstatus"),
            nullable=False,
        ),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("max_grade", sa.Integer(), nullable=True),
        sa.Column("feedback", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("graded_by_id", sa.Uuid(), nullable=True),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'FILE') = (file_id IS NOT NULL) AND (kind = 'FILE') = (content IS NULL)",
            name=op.f("ck_assignment_submission_is_of_its_kind"),
        ),
        sa.CheckConstraint(
            "(status = 'GRADED') = (grade IS NOT NULL)",
            name=op.f("ck_assignment_submission_graded_has_grade"),
        ),
        sa.CheckConstraint(
            "(grade IS NULL) = (max_grade IS NULL) AND grade BETWEEN 0 AND max_grade",
            name=op.f("ck_assignment_submission_grade_within_points"),
        ),
        sa.ForeignKeyConstraint(
            ["exercise_id"],
            ["exercise.id"],
            name=op.f("fk_assignment_submission_exercise_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_file.id"],
            name=op.f("fk_assignment_submission_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["graded_by_id"],
            ["user_account.id"],
            name=op.f("fk_assignment_submission_graded_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["user_account.id"],
            name=op.f("fk_assignment_submission_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_submission")),
        sa.UniqueConstraint(
            "exercise_id",
            "student_id",
            "version",
            name=op.f("uq_assignment_submission_exercise_id_student_id_version"),
        ),
        sa.UniqueConstraint("file_id", name=op.f("uq_assignment_submission_file_id")),
    )
    op.create_index(
        op.f("ix_assignment_submission_graded_by_id"),
        "assignment_submission",
        ["graded_by_id"],
        unique=False,
    )
    op.create_index(
        "ix_assignment_submission_queue",
        "assignment_submission",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'SUBMITTED'"),
    )
    op.create_index(
        "ix_assignment_submission_student",
        "assignment_submission",
        ["student_id", "created_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Back."""
    op.execute("DELETE FROM notification WHERE subject_kind = 'SUBMISSION'")
    op.execute("DELETE FROM notification_setting WHERE type::text LIKE 'ASSIGNMENT%'")
    op.drop_index("ix_assignment_submission_student", table_name="assignment_submission")
    op.drop_index(
        "ix_assignment_submission_queue",
        table_name="assignment_submission",
        postgresql_where=sa.text("status = 'SUBMITTED'"),
    )
    op.drop_index(op.f("ix_assignment_submission_graded_by_id"), table_name="assignment_submission")
    op.drop_table("assignment_submission")
    op.drop_index(op.f("ix_stored_file_owner_id"), table_name="stored_file")
    op.drop_index(
        "ix_stored_file_loose",
        table_name="stored_file",
        postgresql_where=sa.text("claimed_at IS NULL"),
    )
    op.drop_table("stored_file")
    op.execute("DROP TYPE filepurpose")
    op.execute("DROP TYPE filestatus")
    op.execute("DROP TYPE scanstatus")
    op.execute("DROP TYPE submissionstatus")
