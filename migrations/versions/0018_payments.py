"""Payments, refunds, subscriptions and lectures."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"


def upgrade() -> None:
    """Payments, refunds, subscriptions and lectures."""
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'LECTURE_CANCELLED'")
    op.execute("ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS 'LECTURE'")
    op.create_table(
        "stripe_event",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_event")),
    )
    op.create_index(
        op.f("ix_stripe_event_received_at"), "stripe_event", ["received_at"], unique=False
    )
    op.create_table(
        "payment",
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
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            postgresql.ENUM("CLASS", "LECTURE", "PLAN", name="payablekind", create_type=False),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("method", sa.Enum("MANUAL", "CARD", name="paymentmethod"), nullable=False),
        sa.Column(
            "status",
            sa.Enum("PENDING", "FAILED", "VERIFIED", "REFUNDED", "CANCELLED", name="paymentstatus"),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("refunded", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("payer_name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("payer_email", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("payer_phone", sqlmodel.sql.sqltypes.AutoString(length=50), nullable=True),
        sa.Column("reference", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("notes", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("intent_id", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("verified_by_id", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'REFUNDED') = (refunded = amount)", name=op.f("ck_payment_refunded_whole")
        ),
        sa.CheckConstraint(
            "(status IN ('VERIFIED', 'REFUNDED')) = (verified_at IS NOT NULL)",
            name=op.f("ck_payment_verified_at_a_time"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_costs_something")),
        sa.CheckConstraint(
            "refunded BETWEEN 0 AND amount", name=op.f("ck_payment_refunded_within_amount")
        ),
        sa.ForeignKeyConstraint(["currency"], ["currency.code"], name=op.f("fk_payment_currency")),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["user_account.id"],
            name=op.f("fk_payment_made_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["payable_id"], ["payable.id"], name=op.f("fk_payment_payable_id")),
        sa.ForeignKeyConstraint(
            ["payer_id"], ["user_account.id"], name=op.f("fk_payment_payer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"],
            ["user_account.id"],
            name=op.f("fk_payment_verified_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payment_intent_id")),
    )
    op.create_index(op.f("ix_payment_currency"), "payment", ["currency"], unique=False)
    op.create_index(op.f("ix_payment_made_by_id"), "payment", ["made_by_id"], unique=False)
    op.create_index(op.f("ix_payment_payable_id"), "payment", ["payable_id"], unique=False)
    op.create_index("ix_payment_payer", "payment", ["payer_id", "id"], unique=False)
    op.create_index(op.f("ix_payment_status"), "payment", ["status"], unique=False)
    op.create_index(op.f("ix_payment_subject_id"), "payment", ["subject_id"], unique=False)
    op.create_index(op.f("ix_payment_verified_by_id"), "payment", ["verified_by_id"], unique=False)
    op.create_index(
        "uq_payment_unpaid",
        "payment",
        ["payer_id", "payable_id", "method"],
        unique=True,
        postgresql_where=sa.text("status IN ('PENDING', 'FAILED')"),
    )
    op.create_table(
        "lecture",
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
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("instructor_id", sa.Uuid(), nullable=True),
        sa.Column("price_amount", sa.Numeric(), nullable=True),
        sa.Column("price_currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("meeting_url", sqlmodel.sql.sqltypes.AutoString(length=2048), nullable=True),
        sa.Column("recording_url", sqlmodel.sql.sqltypes.AutoString(length=2048), nullable=True),
        sa.Column(
            "status", sa.Enum("SCHEDULED", "CANCELLED", name="lecturestatus"), nullable=False
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', title || ' ' || description)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(price_amount IS NULL) = (price_currency IS NULL)",
            name=op.f("ck_lecture_price_has_currency"),
        ),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_lecture_has_room")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_lecture_takes_time")),
        sa.ForeignKeyConstraint(
            ["instructor_id"],
            ["user_account.id"],
            name=op.f("fk_lecture_instructor_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["price_currency"], ["currency.code"], name=op.f("fk_lecture_price_currency")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_lecture_subject_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lecture")),
    )
    op.create_index(op.f("ix_lecture_instructor_id"), "lecture", ["instructor_id"], unique=False)
    op.create_index(op.f("ix_lecture_price_currency"), "lecture", ["price_currency"], unique=False)
    op.create_index(
        "ix_lecture_search", "lecture", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index(op.f("ix_lecture_subject_id"), "lecture", ["subject_id"], unique=False)
    op.create_index("ix_lecture_upcoming", "lecture", ["starts_at", "id"], unique=False)
    op.create_table(
        "premium_subscription",
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
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "INCOMPLETE", "TRIALING", "ACTIVE", "PAST_DUE", "ENDED", name="subscriptionstatus"
            ),
            nullable=False,
        ),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_used", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("stripe_id", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["subscription_plan.id"], name=op.f("fk_premium_subscription_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_premium_subscription_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premium_subscription")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_premium_subscription_stripe_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_premium_subscription_user_id")),
    )
    op.create_index(
        op.f("ix_premium_subscription_plan_id"), "premium_subscription", ["plan_id"], unique=False
    )
    op.create_table(
        "refund",
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
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column(
            "status",
            sa.Enum("REQUESTED", "SUCCEEDED", "FAILED", name="refundstatus"),
            nullable=False,
        ),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("stripe_id", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_gives_something_back")),
        sa.ForeignKeyConstraint(["currency"], ["currency.code"], name=op.f("fk_refund_currency")),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["user_account.id"],
            name=op.f("fk_refund_made_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refund_stripe_id")),
    )
    op.create_index(op.f("ix_refund_currency"), "refund", ["currency"], unique=False)
    op.create_index(op.f("ix_refund_made_by_id"), "refund", ["made_by_id"], unique=False)
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_table(
        "lecture_enrollment",
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
        sa.Column("lecture_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("RESERVED", "ACTIVE", "ENDED", name="lectureenrollmentstatus"),
            nullable=False,
        ),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'RESERVED') = (reserved_until IS NOT NULL)",
            name=op.f("ck_lecture_enrollment_reserved_for_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["lecture_id"],
            ["lecture.id"],
            name=op.f("fk_lecture_enrollment_lecture_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["user_account.id"],
            name=op.f("fk_lecture_enrollment_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lecture_enrollment")),
        sa.UniqueConstraint(
            "lecture_id", "student_id", name=op.f("uq_lecture_enrollment_lecture_id_student_id")
        ),
    )
    op.create_index(
        op.f("ix_lecture_enrollment_student_id"), "lecture_enrollment", ["student_id"], unique=False
    )
    op.add_column("payable", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back; the values that enums got stay, for PostgreSQL can't take any away."""
    op.drop_column("payable", "closes_at")
    op.drop_index(op.f("ix_lecture_enrollment_student_id"), table_name="lecture_enrollment")
    op.drop_table("lecture_enrollment")
    op.drop_index(op.f("ix_refund_payment_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_made_by_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_currency"), table_name="refund")
    op.drop_table("refund")
    op.drop_index(op.f("ix_premium_subscription_plan_id"), table_name="premium_subscription")
    op.drop_table("premium_subscription")
    op.drop_index("ix_lecture_upcoming", table_name="lecture")
    op.drop_index(op.f("ix_lecture_subject_id"), table_name="lecture")
    op.drop_index("ix_lecture_search", table_name="lecture", postgresql_using="gin")
    op.drop_index(op.f("ix_lecture_price_currency"), table_name="lecture")
    op.drop_index(op.f("ix_lecture_instructor_id"), table_name="lecture")
    op.drop_table("lecture")
    op.drop_index(
        "uq_payment_unpaid",
        table_name="payment",
        postgresql_where=sa.text("status IN ('PENDING', 'FAILED')"),
    )
    op.drop_index(op.f("ix_payment_verified_by_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_subject_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_status"), table_name="payment")
    op.drop_index("ix_payment_payer", table_name="payment")
    op.drop_index(op.f("ix_payment_payable_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_made_by_id"), table_name="payment")
    op.drop_index(op.f("ix_payment_currency"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_stripe_event_received_at"), table_name="stripe_event")
    op.drop_table("stripe_event")
    op.execute("DROP TYPE lectureenrollmentstatus")
    op.execute("DROP TYPE lecturestatus")
    op.execute("DROP TYPE paymentmethod")
    op.execute("DROP TYPE paymentstatus")
    op.execute("DROP TYPE refundstatus")
    op.execute("DROP TYPE subscriptionstatus")
