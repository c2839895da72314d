"""Exercises, and what courses need to be taught"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"


def upgrade() -> None:
    """Exercises, and what courses need to be taught"""
    op.create_table(
        "exercise",
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
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("VIDEO", "MATERIAL", "QUIZ", "ASSIGNMENT", "CODING", name="exercisekind"),
            nullable=False,
        ),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("estimated_minutes", sa.Integer(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(length=2048), nullable=True),
        sa.Column("source_url", sqlmodel.sql.sqltypes.AutoString(length=2048), nullable=True),
        sa.Column("captions_url", sqlmodel.sql.sqltypes.AutoString(length=2048), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("required_percent", sa.Integer(), nullable=True),
        sa.Column("instructions", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("passing_percent", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("shuffled", sa.Boolean(), nullable=True),
        sa.Column(
            "accepts",
            postgresql.ARRAY(sa.Enum("FILE", "TEXT", "LINK", name="submissionkind")),
            nullable=True,
        ),
        sa.Column("max_points", sa.Integer(), nullable=True),
        sa.Column("model_answer", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("mode", sa.Enum("CHALLENGE", "PLAYGROUND", name="codingmode"), nullable=True),
        sa.Column("language", sa.Enum("PYTHON", name="codinglanguage"), nullable=True),
        sa.Column("starter_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("solution_code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("run_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("packages", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("hints", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "output", sa.Enum("CONSOLE", "VISUAL", "AUTO", name="codingoutput"), nullable=True
        ),
        sa.Column(
            "completion",
            sa.Enum("ALL_TESTS_PASS", "RUN_ONCE", name="codingcompletion"),
            nullable=True,
        ),
        sa.CheckConstraint(
            "kind <> 'ASSIGNMENT' OR (instructions IS NOT NULL AND accepts IS NOT NULL AND max_points IS NOT NULL)",
            name=op.f("ck_exercise_assignment_is_whole"),
        ),
        sa.CheckConstraint(
            "kind <> 'CODING' OR (instructions IS NOT NULL AND mode IS NOT NULL AND language IS NOT NULL AND starter_code IS NOT NULL AND packages IS NOT NULL AND hints IS NOT NULL AND run_limit_seconds IS NOT NULL AND output IS NOT NULL AND completion IS NOT NULL)",
            name=op.f("ck_exercise_coding_is_whole"),
        ),
        sa.CheckConstraint(
            "kind <> 'MATERIAL' OR (body IS NOT NULL AND required_percent IS NOT NULL)",
            name=op.f("ck_exercise_material_is_whole"),
        ),
        sa.CheckConstraint(
            "kind <> 'QUIZ' OR (instructions IS NOT NULL AND passing_percent IS NOT NULL AND shuffled IS NOT NULL)",
            name=op.f("ck_exercise_quiz_is_whole"),
        ),
        sa.CheckConstraint(
            "kind <> 'VIDEO' OR (url IS NOT NULL AND duration_seconds IS NOT NULL AND required_percent IS NOT NULL)",
            name=op.f("ck_exercise_video_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_exercise_lesson_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exercise")),
        sa.UniqueConstraint(
            "lesson_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_exercise_lesson_id_position"),
        ),
    )
    op.create_table(
        "coding_test",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("exercise_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("input", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expected_output", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exercise_id"],
            ["exercise.id"],
            name=op.f("fk_coding_test_exercise_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_test")),
        sa.UniqueConstraint(
            "exercise_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_coding_test_exercise_id_position"),
        ),
    )
    op.create_table(
        "quiz_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("exercise_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("SINGLE_CHOICE", "MULTIPLE_CHOICE", "SHORT_TEXT", name="questionkind"),
            nullable=False,
        ),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column(
            "accepted_answers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("explanation", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["exercise_id"],
            ["exercise.id"],
            name=op.f("fk_quiz_question_exercise_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_question")),
        sa.UniqueConstraint(
            "exercise_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_quiz_question_exercise_id_position"),
        ),
    )
    op.create_table(
        "quiz_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("correct", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["quiz_question.id"],
            name=op.f("fk_quiz_option_question_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_option")),
        sa.UniqueConstraint(
            "question_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_quiz_option_question_id_position"),
        ),
    )
    op.add_column("course", sa.Column("subject_id", sa.Uuid(), nullable=True))
    op.add_column(
        "course",
        sa.Column("objectives", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "course",
        sa.Column(
            "prerequisites", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column("course", sa.Column("price_amount", sa.Numeric(), nullable=True))
    op.add_column(
        "course",
        sa.Column("price_currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=True),
    )
    op.create_index(op.f("ix_course_price_currency"), "course", ["price_currency"], unique=False)
    op.create_index(op.f("ix_course_subject_id"), "course", ["subject_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_course_price_currency"), "course", "currency", ["price_currency"], ["code"]
    )
    op.create_foreign_key(
        op.f("fk_course_subject_id"),
        "course",
        "subject",
        ["subject_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_check_constraint(
        op.f("ck_course_price_has_currency"),
        "course",
        "(price_amount IS NULL) = (price_currency IS NULL)",
    )
    op.add_column(
        "lesson",
        sa.Column("objectives", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_column("lesson", "objectives")
    op.drop_constraint(op.f("ck_course_price_has_currency"), "course", type_="check")
    op.drop_constraint(op.f("fk_course_subject_id"), "course", type_="foreignkey")
    op.drop_constraint(op.f("fk_course_price_currency"), "course", type_="foreignkey")
    op.drop_index(op.f("ix_course_subject_id"), table_name="course")
    op.drop_index(op.f("ix_course_price_currency"), table_name="course")
    op.drop_column("course", "price_currency")
    op.drop_column("course", "price_amount")
    op.drop_column("course", "prerequisites")
    op.drop_column("course", "objectives")
    op.drop_column("course", "subject_id")
    op.drop_table("quiz_option")
    op.drop_table("quiz_question")
    op.drop_table("coding_test")
    op.drop_table("exercise")
    for name in (
        "exercisekind",
        "submissionkind",
        "codingmode",
        "codinglanguage",
        "codingoutput",
        "codingcompletion",
        "questionkind",
    ):
        op.execute(f"DROP TYPE {name}")
