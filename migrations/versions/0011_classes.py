"""Classes, their ledgers, and what can be paid for"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"


def upgrade() -> None:
    """Classes, their ledgers, and what can be paid for"""
    op.create_table(
        "payable",
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
        sa.Column("kind", sa.Enum("CLASS", "LECTURE", "PLAN", name="payablekind"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payable_costs_something")),
        sa.ForeignKeyConstraint(["currency"], ["currency.code"], name=op.f("fk_payable_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable")),
        sa.UniqueConstraint("subject_id", "kind", name=op.f("uq_payable_subject_id_kind")),
    )
    op.create_index(op.f("ix_payable_currency"), "payable", ["currency"], unique=False)
    op.create_table(
        "cohort",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("instructor_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_cohort_course_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instructor_id"],
            ["user_account.id"],
            name=op.f("fk_cohort_instructor_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_index(op.f("ix_cohort_course_id"), "cohort", ["course_id"], unique=False)
    op.create_index(op.f("ix_cohort_instructor_id"), "cohort", ["instructor_id"], unique=False)
    op.create_table(
        "class",
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
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("type", sa.Enum("GROUP", "PRIVATE", name="classtype"), nullable=False),
        sa.Column("max_capacity", sa.Integer(), nullable=False),
        sa.Column("total_meetings", sa.Integer(), nullable=False),
        sa.Column("meetings_completed", sa.Integer(), nullable=False),
        sa.Column(
            "weekdays",
            postgresql.ARRAY(
                sa.Enum(
                    "MONDAY",
                    "TUESDAY",
                    "WEDNESDAY",
                    "THURSDAY",
                    "FRIDAY",
                    "SATURDAY",
                    "SUNDAY",
                    name="weekday",
                )
            ),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("enrollment_deadline", sa.Date(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT", "ENROLLMENT_OPEN", "ACTIVE", "COMPLETED", "CANCELLED", name="classstatus"
            ),
            nullable=False,
        ),
        sa.Column("continued_from_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "type <> 'PRIVATE' OR max_capacity = 1", name=op.f("ck_class_private_is_for_one")
        ),
        sa.CheckConstraint("max_capacity > 0", name=op.f("ck_class_has_room")),
        sa.CheckConstraint(
            "meetings_completed BETWEEN 0 AND total_meetings",
            name=op.f("ck_class_meetings_within_package"),
        ),
        sa.CheckConstraint("total_meetings > 0", name=op.f("ck_class_has_meetings")),
        sa.ForeignKeyConstraint(
            ["continued_from_id"],
            ["class.id"],
            name=op.f("fk_class_continued_from_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["cohort.id"], name=op.f("fk_class_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class")),
    )
    op.create_index(
        op.f("ix_class_continued_from_id"), "class", ["continued_from_id"], unique=False
    )
    op.create_index(op.f("ix_class_status"), "class", ["status"], unique=False)
    op.create_table(
        "cohort_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohort.id"],
            name=op.f("fk_cohort_member_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_cohort_member_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_member")),
        sa.UniqueConstraint(
            "user_id", "cohort_id", name=op.f("uq_cohort_member_user_id_cohort_id")
        ),
    )
    op.create_index(
        op.f("ix_cohort_member_cohort_id"), "cohort_member", ["cohort_id"], unique=False
    )
    op.create_table(
        "cohort_lesson",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("unlocked_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohort.id"],
            name=op.f("fk_cohort_lesson_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_cohort_lesson_lesson_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unlocked_by_id"],
            ["user_account.id"],
            name=op.f("fk_cohort_lesson_unlocked_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_lesson")),
        sa.UniqueConstraint(
            "lesson_id", "cohort_id", name=op.f("uq_cohort_lesson_lesson_id_cohort_id")
        ),
    )
    op.create_index(
        op.f("ix_cohort_lesson_cohort_id"), "cohort_lesson", ["cohort_id"], unique=False
    )
    op.create_index(
        op.f("ix_cohort_lesson_unlocked_by_id"), "cohort_lesson", ["unlocked_by_id"], unique=False
    )
    op.create_table(
        "enrollment",
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
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("ACTIVE", "COMPLETED", "WITHDRAWN", name="enrollmentstatus"),
            nullable=False,
        ),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("credits >= 0", name=op.f("ck_enrollment_credits_are_there")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class.id"], name=op.f("fk_enrollment_class_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["user_account.id"],
            name=op.f("fk_enrollment_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
        sa.UniqueConstraint(
            "class_id", "student_id", name=op.f("uq_enrollment_class_id_student_id")
        ),
    )
    op.create_index(op.f("ix_enrollment_student_id"), "enrollment", ["student_id"], unique=False)
    op.create_table(
        "credit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("PACKAGE", "ATTENDANCE", "ADJUSTMENT", name="creditkind"),
            nullable=False,
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "MAKEUP_CLASS",
                "REFUND",
                "ERROR_CORRECTION",
                "BONUS",
                "OTHER",
                name="adjustmentreason",
            ),
            nullable=True,
        ),
        sa.Column("detail", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'ADJUSTMENT') = (reason IS NOT NULL)",
            name=op.f("ck_credit_entry_has_its_reason"),
        ),
        sa.CheckConstraint(
            "after = before + amount AND after >= 0", name=op.f("ck_credit_entry_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_credit_entry_enrollment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["user_account.id"],
            name=op.f("fk_credit_entry_made_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint(
            "enrollment_id", "number", name=op.f("uq_credit_entry_enrollment_id_number")
        ),
    )
    op.create_index(
        op.f("ix_credit_entry_made_by_id"), "credit_entry", ["made_by_id"], unique=False
    )
    op.add_column("course", sa.Column("learner_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_course_learner_id"), "course", ["learner_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_course_learner_id"),
        "course",
        "user_account",
        ["learner_id"],
        ["id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Back."""
    op.drop_constraint(op.f("fk_course_learner_id"), "course", type_="foreignkey")
    op.drop_index(op.f("ix_course_learner_id"), table_name="course")
    op.drop_column("course", "learner_id")
    op.drop_index(op.f("ix_credit_entry_made_by_id"), table_name="credit_entry")
    op.drop_table("credit_entry")
    op.drop_index(op.f("ix_enrollment_student_id"), table_name="enrollment")
    op.drop_table("enrollment")
    op.drop_index(op.f("ix_cohort_lesson_unlocked_by_id"), table_name="cohort_lesson")
    op.drop_index(op.f("ix_cohort_lesson_cohort_id"), table_name="cohort_lesson")
    op.drop_table("cohort_lesson")
    op.drop_index(op.f("ix_cohort_member_cohort_id"), table_name="cohort_member")
    op.drop_table("cohort_member")
    op.drop_index(op.f("ix_class_status"), table_name="class")
    op.drop_index(op.f("ix_class_continued_from_id"), table_name="class")
    op.drop_table("class")
    op.drop_index(op.f("ix_cohort_instructor_id"), table_name="cohort")
    op.drop_index(op.f("ix_cohort_course_id"), table_name="cohort")
    op.drop_table("cohort")
    op.drop_index(op.f("ix_payable_currency"), table_name="payable")
    op.drop_table("payable")
    op.execute("DROP TYPE adjustmentreason")
    op.execute("DROP TYPE classstatus")
    op.execute("DROP TYPE classtype")
    op.execute("DROP TYPE creditkind")
    op.execute("DROP TYPE enrollmentstatus")
    op.execute("DROP TYPE payablekind")
    op.execute("DROP TYPE weekday")
