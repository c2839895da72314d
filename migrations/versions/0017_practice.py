"""Practice, progress, flashcards"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"


def upgrade() -> None:
    """Practice, progress, flashcards"""
    op.create_table(
        "resource",
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
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("FLASHCARDS", name="resourcekind"), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_resource_owner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_resource_subject_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    op.create_index("ix_resource_owner_id_id", "resource", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_resource_subject_id"), "resource", ["subject_id"], unique=False)
    op.create_table(
        "flashcard",
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
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("front", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("back", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_id"],
            ["resource.id"],
            name=op.f("fk_flashcard_resource_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flashcard")),
        sa.UniqueConstraint(
            "resource_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_flashcard_resource_id_position"),
        ),
    )
    op.create_table(
        "practice_session",
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
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            sa.Enum("PRACTICE", "STUDY", "QUIZ", "REVIEW", name="practicetype"),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("ACTIVE", "PAUSED", "COMPLETED", "ABANDONED", name="practicestatus"),
            nullable=False,
        ),
        sa.Column("planned_minutes", sa.Integer(), nullable=True),
        sa.Column("focus_areas", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("goals", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worked_seconds", sa.Integer(), nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'ACTIVE') = (active_since IS NOT NULL)",
            name=op.f("ck_practice_session_active_runs"),
        ),
        sa.CheckConstraint(
            "(status IN ('ACTIVE', 'PAUSED')) = (ended_at IS NULL)",
            name=op.f("ck_practice_session_closed_has_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_practice_session_course_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_practice_session_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_session")),
    )
    op.create_index(
        op.f("ix_practice_session_course_id"), "practice_session", ["course_id"], unique=False
    )
    op.create_index(
        "ix_practice_session_idle",
        "practice_session",
        ["last_activity_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'PAUSED')"),
    )
    op.create_index(
        "ix_practice_session_user_id_started_at_id",
        "practice_session",
        ["user_id", "started_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_practice_session_open",
        "practice_session",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('ACTIVE', 'PAUSED')"),
    )
    op.create_table(
        "flashcard_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "rating",
            sa.Enum("AGAIN", "HARD", "GOOD", "EASY", name="flashcardrating"),
            nullable=False,
        ),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["flashcard.id"],
            name=op.f("fk_flashcard_review_card_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_flashcard_review_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flashcard_review")),
        sa.UniqueConstraint(
            "user_id", "card_id", "number", name=op.f("uq_flashcard_review_user_id_card_id_number")
        ),
        sa.UniqueConstraint(
            "user_id", "client_key", name=op.f("uq_flashcard_review_user_id_client_key")
        ),
    )
    op.create_index(
        op.f("ix_flashcard_review_card_id"), "flashcard_review", ["card_id"], unique=False
    )
    op.create_index(
        "ix_flashcard_review_day",
        "flashcard_review",
        ["user_id", "number", "reviewed_at"],
        unique=False,
    )
    op.create_table(
        "flashcard_schedule",
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
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("NEW", "LEARNING", "REVIEW", "RELEARNING", name="flashcardstate"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Float(), nullable=True),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_review", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'NEW') = (version = 0) AND (state = 'NEW') = (stability IS NULL) AND (state = 'NEW') = (difficulty IS NULL) AND (state = 'NEW') = (last_review IS NULL) AND (state IN ('LEARNING', 'RELEARNING')) = (step IS NOT NULL)",
            name=op.f("ck_flashcard_schedule_state_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["flashcard.id"],
            name=op.f("fk_flashcard_schedule_card_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_flashcard_schedule_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flashcard_schedule")),
        sa.UniqueConstraint(
            "user_id", "card_id", name=op.f("uq_flashcard_schedule_user_id_card_id")
        ),
    )
    op.create_index(
        op.f("ix_flashcard_schedule_card_id"), "flashcard_schedule", ["card_id"], unique=False
    )
    op.create_index(
        "ix_flashcard_schedule_due", "flashcard_schedule", ["user_id", "due", "id"], unique=False
    )
    op.create_table(
        "progress_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("lesson_id", sa.Uuid(), nullable=True),
        sa.Column(
            "activity",
            sa.Enum(
                "EXERCISE", "QUIZ", "READING", "PRACTICE", "REFLECTION", name="progressactivity"
            ),
            nullable=False,
        ),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("difficulty", sa.Integer(), nullable=True),
        sa.Column("completion_percent", sa.Integer(), nullable=True),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("series", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("weight_unit", sa.Enum("KG", "LB", name="weightunit"), nullable=True),
        sa.Column("reps", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("correct", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("weight_kg", sa.Float(), nullable=True),
        sa.Column("repetitions", sa.Integer(), nullable=True),
        sa.Column("volume_kg", sa.Float(), nullable=True),
        sa.Column("accuracy_percent", sa.Float(), nullable=True),
        sa.Column("pace_per_hour", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "activity <> 'EXERCISE' OR (reps IS NOT NULL)",
            name=op.f("ck_progress_log_exercise_is_whole"),
        ),
        sa.CheckConstraint(
            "activity <> 'PRACTICE' OR (correct IS NOT NULL AND total IS NOT NULL)",
            name=op.f("ck_progress_log_practice_is_whole"),
        ),
        sa.CheckConstraint(
            "activity <> 'QUIZ' OR (correct IS NOT NULL AND total IS NOT NULL)",
            name=op.f("ck_progress_log_quiz_is_whole"),
        ),
        sa.CheckConstraint(
            "activity <> 'READING' OR (pages IS NOT NULL)",
            name=op.f("ck_progress_log_reading_is_whole"),
        ),
        sa.CheckConstraint(
            "activity <> 'REFLECTION' OR (body IS NOT NULL)",
            name=op.f("ck_progress_log_reflection_is_whole"),
        ),
        sa.CheckConstraint(
            "(weight IS NULL) = (weight_unit IS NULL)", name=op.f("ck_progress_log_weight_has_unit")
        ),
        sa.CheckConstraint(
            "correct BETWEEN 0 AND total", name=op.f("ck_progress_log_correct_within_total")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_progress_log_course_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_progress_log_lesson_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["practice_session.id"],
            name=op.f("fk_progress_log_session_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_progress_log_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_log")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(op.f("ix_progress_log_course_id"), "progress_log", ["course_id"], unique=False)
    op.create_index(op.f("ix_progress_log_lesson_id"), "progress_log", ["lesson_id"], unique=False)
    op.create_index(
        "ix_progress_log_series",
        "progress_log",
        ["user_id", "course_id", "activity", "series", "happened_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_progress_log_session_id"), "progress_log", ["session_id"], unique=False
    )
    op.create_index(
        "ix_progress_log_user_id_happened_at_id",
        "progress_log",
        ["user_id", "happened_at", "id"],
        unique=False,
    )
    op.create_table(
        "personal_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("log_id", sa.Uuid(), nullable=False),
        sa.Column(
            "metric",
            sa.Enum("WEIGHT", "REPETITIONS", "VOLUME", "ACCURACY", "PACE", name="progressmetric"),
            nullable=False,
        ),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("previous", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"],
            ["progress_log.id"],
            name=op.f("fk_personal_record_log_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_personal_record_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_record")),
        sa.UniqueConstraint("log_id", "metric", name=op.f("uq_personal_record_log_id_metric")),
    )
    op.create_index("ix_personal_record_user_id", "personal_record", ["user_id"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_personal_record_user_id", table_name="personal_record")
    op.drop_table("personal_record")
    op.drop_index("ix_progress_log_user_id_happened_at_id", table_name="progress_log")
    op.drop_index(op.f("ix_progress_log_session_id"), table_name="progress_log")
    op.drop_index("ix_progress_log_series", table_name="progress_log")
    op.drop_index(op.f("ix_progress_log_lesson_id"), table_name="progress_log")
    op.drop_index(op.f("ix_progress_log_course_id"), table_name="progress_log")
    op.drop_table("progress_log")
    op.drop_index("ix_flashcard_schedule_due", table_name="flashcard_schedule")
    op.drop_index(op.f("ix_flashcard_schedule_card_id"), table_name="flashcard_schedule")
    op.drop_table("flashcard_schedule")
    op.drop_index("ix_flashcard_review_day", table_name="flashcard_review")
    op.drop_index(op.f("ix_flashcard_review_card_id"), table_name="flashcard_review")
    op.drop_table("flashcard_review")
    op.drop_index(
        "uq_practice_session_open",
        table_name="practice_session",
        postgresql_where=sa.text("status IN ('ACTIVE', 'PAUSED')"),
    )
    op.drop_index("ix_practice_session_user_id_started_at_id", table_name="practice_session")
    op.drop_index(
        "ix_practice_session_idle",
        table_name="practice_session",
        postgresql_where=sa.text("status IN ('ACTIVE', 'PAUSED')"),
    )
    op.drop_index(op.f("ix_practice_session_course_id"), table_name="practice_session")
    op.drop_table("practice_session")
    op.drop_table("flashcard")
    op.drop_index(op.f("ix_resource_subject_id"), table_name="resource")
    op.drop_index("ix_resource_owner_id_id", table_name="resource")
    op.drop_table("resource")
    op.execute("DROP TYPE flashcardrating")
    op.execute("DROP TYPE flashcardstate")
    op.execute("DROP TYPE practicestatus")
    op.execute("DROP TYPE practicetype")
    op.execute("DROP TYPE progressactivity")
    op.execute("DROP TYPE progressmetric")
    op.execute("DROP TYPE resourcekind")
    op.execute("DROP TYPE weightunit")
