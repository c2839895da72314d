"""What enrollments cost, and notices of unlocked lessons"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"


def upgrade() -> None:
    """What enrollments cost, and notices of unlocked lessons"""
    op.add_column("enrollment", sa.Column("price_amount", sa.Numeric(), nullable=True))
    op.add_column(
        "enrollment",
        sa.Column("price_currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=True),
    )
    status = sa.Enum("PENDING", "VERIFIED", "REFUNDED", name="enrollmentpaymentstatus")
    status.create(op.get_bind())
    op.add_column("enrollment", sa.Column("payment_status", status, nullable=True))
    op.create_index(
        op.f("ix_enrollment_price_currency"), "enrollment", ["price_currency"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_enrollment_price_currency"), "enrollment", "currency", ["price_currency"], ["code"]
    )
    op.create_check_constraint(
        op.f("ck_enrollment_a_whole_price_or_none"),
        "enrollment",
        "(price_amount IS NULL) = (price_currency IS NULL)",
    )
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'LESSON_UNLOCKED'")
    op.execute("ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS 'LESSON'")


def downgrade() -> None:
    """Back: without the notifications of the new type; its name stays, unused."""
    for table in ("notification", "notification_setting"):
        op.execute(f"DELETE FROM {table} WHERE type = 'LESSON_UNLOCKED'")  # noqa: S608
    op.drop_constraint(op.f("ck_enrollment_a_whole_price_or_none"), "enrollment", type_="check")
    op.drop_constraint(op.f("fk_enrollment_price_currency"), "enrollment", type_="foreignkey")
    op.drop_index(op.f("ix_enrollment_price_currency"), table_name="enrollment")
    op.drop_column("enrollment", "payment_status")
    op.drop_column("enrollment", "price_currency")
    op.drop_column("enrollment", "price_amount")
    op.execute("DROP TYPE enrollmentpaymentstatus")
