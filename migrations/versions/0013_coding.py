"""Programs that learners run and hand in"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"


def upgrade() -> None:
    """Programs that learners run and hand in"""
    op.create_table(
        "coding_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("exercise_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Enum("RUN", "SUBMISSION", name="codingsubmissionkind"), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum("QUEUED", "RUNNING", "DONE", "FAILED", name="codingsubmissionstatus"),
            nullable=False,
        ),
        sa.Column(
            "failure",
            sa.Enum(
                "ERROR",
                "TIMED_OUT",
                "OUT_OF_MEMORY",
                "TOO_MUCH_OUTPUT",
                "NOT_RUN",
                name="codingfailure",
            ),
            nullable=True,
        ),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("input", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("output", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("max_score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("claimed_passed", sa.Boolean(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'SUBMISSION') = (attempt IS NOT NULL)",
            name=op.f("ck_coding_submission_submissions_are_numbered"),
        ),
        sa.CheckConstraint(
            "(status = 'FAILED') = (failure IS NOT NULL)",
            name=op.f("ck_coding_submission_what_failed_says_why"),
        ),
        sa.CheckConstraint(
            "(status IN ('DONE', 'FAILED')) = (graded_at IS NOT NULL)",
            name=op.f("ck_coding_submission_what_ended_has_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["exercise_id"],
            ["exercise.id"],
            name=op.f("fk_coding_submission_exercise_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_coding_submission_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_submission")),
        sa.UniqueConstraint(
            "user_id",
            "exercise_id",
            "attempt",
            name=op.f("uq_coding_submission_user_id_exercise_id_attempt"),
        ),
    )
    op.create_index(
        op.f("ix_coding_submission_exercise_id"), "coding_submission", ["exercise_id"], unique=False
    )
    op.create_index(
        "ix_coding_submission_history",
        "coding_submission",
        ["user_id", "exercise_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_coding_submission_waiting",
        "coding_submission",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('QUEUED', 'RUNNING')"),
    )
    op.create_index(
        "ix_coding_submission_runs",
        "coding_submission",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'RUN'"),
    )
    op.create_table(
        "coding_test_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("test_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column(
            "failure",
            sa.Enum(
                "ERROR",
                "TIMED_OUT",
                "OUT_OF_MEMORY",
                "TOO_MUCH_OUTPUT",
                "NOT_RUN",
                name="codingfailure",
            ),
            nullable=True,
        ),
        sa.Column("actual", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["coding_submission.id"],
            name=op.f("fk_coding_test_result_submission_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["coding_test.id"],
            name=op.f("fk_coding_test_result_test_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_test_result")),
        sa.UniqueConstraint(
            "submission_id", "position", name=op.f("uq_coding_test_result_submission_id_position")
        ),
    )
    op.create_index(
        op.f("ix_coding_test_result_test_id"), "coding_test_result", ["test_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_coding_test_result_test_id"), table_name="coding_test_result")
    op.drop_table("coding_test_result")
    op.drop_index(
        "ix_coding_submission_runs",
        table_name="coding_submission",
        postgresql_where=sa.text("kind = 'RUN'"),
    )
    op.drop_index(
        "ix_coding_submission_waiting",
        table_name="coding_submission",
        postgresql_where=sa.text("status IN ('QUEUED', 'RUNNING')"),
    )
    op.drop_index("ix_coding_submission_history", table_name="coding_submission")
    op.drop_index(op.f("ix_coding_submission_exercise_id"), table_name="coding_submission")
    op.drop_table("coding_submission")
    op.execute("DROP TYPE codingfailure")
    op.execute("DROP TYPE codingsubmissionkind")
    op.execute("DROP TYPE codingsubmissionstatus")
