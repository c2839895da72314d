"""Study buddies."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0024"
down_revision: str | Sequence[str] | None = "0023"


def upgrade() -> None:
    """Study buddies."""
    op.execute("ALTER TYPE aipurpose ADD VALUE IF NOT EXISTS 'MATCH_REASON'")
    for value in (
        "BUDDY_REQUESTED",
        "BUDDY_ACCEPTED",
        "BUDDY_REJECTED",
        "BUDDY_ENDED",
        "BUDDY_ASSIGNMENT_CHANGED",
    ):
        op.execute(f"ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS '{value}'")
    for value in ("BUDDY_REQUEST", "BUDDY", "BUDDY_ASSIGNMENT"):
        op.execute(f"ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS '{value}'")
    op.create_table(
        "buddy",
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
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_buddy_in_order")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["user_account.id"], name=op.f("fk_buddy_first_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["user_account.id"], name=op.f("fk_buddy_second_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy")),
    )
    op.create_index("ix_buddy_first_id", "buddy", ["first_id", "created_at", "id"], unique=False)
    op.create_index("ix_buddy_second_id", "buddy", ["second_id", "created_at", "id"], unique=False)
    op.create_index(
        "uq_buddy_together",
        "buddy",
        ["first_id", "second_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "buddy_session",
        sa.Column("buddy_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["buddy_id"], ["buddy.id"], name=op.f("fk_buddy_session_buddy_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("buddy_id", "session_id", name=op.f("pk_buddy_session")),
    )
    op.create_table(
        "match_reason",
        sa.Column("context_kind", sa.Enum("COURSE", name="buddycontextkind"), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("plain", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("worded", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["user_account.id"],
            name=op.f("fk_match_reason_other_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_match_reason_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "other_id", "context_kind", "context_id", name=op.f("pk_match_reason")
        ),
    )
    op.create_index("ix_match_reason_created_at", "match_reason", ["created_at"], unique=False)
    op.create_index(op.f("ix_match_reason_other_id"), "match_reason", ["other_id"], unique=False)
    op.create_table(
        "study_preference",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "pace", sa.Enum("RELAXED", "STEADY", "INTENSIVE", name="studypace"), nullable=True
        ),
        sa.Column(
            "collaboration",
            sa.Enum("DISCUSSION", "EXPLAINING", "PROBLEM_SOLVING", "QUIET", name="collaboration"),
            nullable=True,
        ),
        sa.Column("max_buddies", sa.Integer(), nullable=False),
        sa.Column("findable", sa.Boolean(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "max_buddies BETWEEN 0 AND 50", name=op.f("ck_study_preference_some_buddies")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_study_preference_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_study_preference")),
    )
    op.create_table(
        "study_time",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "weekday",
            postgresql.ENUM(
                "MONDAY",
                "TUESDAY",
                "WEDNESDAY",
                "THURSDAY",
                "FRIDAY",
                "SATURDAY",
                "SUNDAY",
                name="weekday",
                create_type=False,
            ),
            nullable=False,
        ),
        sa.Column("starts_minute", sa.Integer(), nullable=False),
        sa.Column("ends_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "starts_minute >= 0 AND starts_minute < ends_minute AND ends_minute <= 1440",
            name=op.f("ck_study_time_within_a_day"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_study_time_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_time")),
        sa.UniqueConstraint(
            "user_id",
            "weekday",
            "starts_minute",
            name=op.f("uq_study_time_user_id_weekday_starts_minute"),
        ),
    )
    op.create_table(
        "study_level",
        sa.Column("user_subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "level",
            postgresql.ENUM(
                "BEGINNER",
                "INTERMEDIATE",
                "ADVANCED",
                "EXPERT",
                name="courselevel",
                create_type=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_subject_id"],
            ["user_subject.id"],
            name=op.f("fk_study_level_user_subject_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_subject_id", name=op.f("pk_study_level")),
    )
    op.create_table(
        "buddy_assignment",
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
        sa.Column(
            "context_kind",
            postgresql.ENUM("COURSE", name="buddycontextkind", create_type=False),
            nullable=False,
        ),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("buddy_id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("ACTIVE", "PAUSED", "ENDED", name="buddyassignmentstatus"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'ENDED') = (ended_at IS NOT NULL)",
            name=op.f("ck_buddy_assignment_has_its_end"),
        ),
        sa.ForeignKeyConstraint(
            ["buddy_id"],
            ["buddy.id"],
            name=op.f("fk_buddy_assignment_buddy_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["course_section.id"],
            name=op.f("fk_buddy_assignment_section_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_assignment")),
    )
    op.create_index(
        "ix_buddy_assignment_buddy_id",
        "buddy_assignment",
        ["buddy_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_buddy_assignment_section_id"), "buddy_assignment", ["section_id"], unique=False
    )
    op.create_index(
        "uq_buddy_assignment_open",
        "buddy_assignment",
        ["buddy_id", "context_kind", "context_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'ENDED'"),
    )
    op.create_table(
        "buddy_request",
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
        sa.Column(
            "context_kind",
            postgresql.ENUM("COURSE", name="buddycontextkind", create_type=False),
            nullable=False,
        ),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("requested_id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("message", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING", "ACCEPTED", "REJECTED", "CANCELLED", "EXPIRED", name="buddyrequeststatus"
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("requester_id <> requested_id", name=op.f("ck_buddy_request_another")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_buddy_request_score")),
        sa.ForeignKeyConstraint(
            ["requested_id"],
            ["user_account.id"],
            name=op.f("fk_buddy_request_requested_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"],
            ["user_account.id"],
            name=op.f("fk_buddy_request_requester_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["course_section.id"],
            name=op.f("fk_buddy_request_section_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_request")),
    )
    op.create_index(
        "ix_buddy_request_due",
        "buddy_request",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_index(
        "ix_buddy_request_requested_id",
        "buddy_request",
        ["requested_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_buddy_request_requester_id",
        "buddy_request",
        ["requester_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_buddy_request_section_id"), "buddy_request", ["section_id"], unique=False
    )
    op.create_index(
        "uq_buddy_request_open",
        "buddy_request",
        [
            sa.text("least(requester_id, requested_id)"),
            sa.text("greatest(requester_id, requested_id)"),
        ],
        unique=True,
        postgresql_where=sa.text("status = 'PENDING'"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(
        "uq_buddy_request_open",
        table_name="buddy_request",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_index(op.f("ix_buddy_request_section_id"), table_name="buddy_request")
    op.drop_index("ix_buddy_request_requester_id", table_name="buddy_request")
    op.drop_index("ix_buddy_request_requested_id", table_name="buddy_request")
    op.drop_index(
        "ix_buddy_request_due",
        table_name="buddy_request",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_table("buddy_request")
    op.drop_index(
        "uq_buddy_assignment_open",
        table_name="buddy_assignment",
        postgresql_where=sa.text("status <> 'ENDED'"),
    )
    op.drop_index(op.f("ix_buddy_assignment_section_id"), table_name="buddy_assignment")
    op.drop_index("ix_buddy_assignment_buddy_id", table_name="buddy_assignment")
    op.drop_table("buddy_assignment")
    op.drop_table("study_level")
    op.drop_table("study_time")
    op.drop_table("study_preference")
    op.drop_index(op.f("ix_match_reason_other_id"), table_name="match_reason")
    op.drop_index("ix_match_reason_created_at", table_name="match_reason")
    op.drop_table("match_reason")
    op.drop_table("buddy_session")
    op.drop_index(
        "uq_buddy_together", table_name="buddy", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index("ix_buddy_second_id", table_name="buddy")
    op.drop_index("ix_buddy_first_id", table_name="buddy")
    op.drop_table("buddy")
    op.execute("DROP TYPE buddyassignmentstatus")
    op.execute("DROP TYPE collaboration")
    op.execute("DROP TYPE buddycontextkind")
    op.execute("DROP TYPE buddyrequeststatus")
    op.execute("DROP TYPE studypace")
