"""Roles that are changed, accounts that are locked, and the audit log shown"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

from app.core import audit

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"

_FULL_NAME = "first_name || ' ' || coalesce(last_name, '')"


def upgrade() -> None:
    """Roles that are changed, accounts that are locked, and the audit log shown"""
    op.add_column(
        "role",
        sa.Column("customized", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.alter_column("role", "customized", server_default=None)
    op.create_index("uq_role_lower_name", "role", [sa.text("lower(name)")], unique=True)
    op.add_column(
        "permission",
        sa.Column(
            "feature",
            sqlmodel.sql.sqltypes.AutoString(length=128),
            server_default="",
            nullable=False,
        ),
    )
    op.execute("UPDATE permission SET feature = split_part(key, '.', 2)")
    op.alter_column("permission", "feature", server_default=None)
    op.add_column(
        "user_account", sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "user_account",
        sa.Column(
            "active_at",
            sa.DateTime(timezone=True),
            sa.Computed("coalesce(last_active_at, created_at)", persisted=True),
            nullable=False,
        ),
    )
    op.add_column(
        "user_account",
        sa.Column(
            "admin_search",
            sa.Text(),
            sa.Computed(
                f"folded({_FULL_NAME} || ' ' || username::text || ' ' || email::text)",
                persisted=True,
            ),
            nullable=False,
        ),
    )
    for column in ("created_at", "active_at"):
        op.create_index(
            f"ix_user_account_{column}_id", "user_account", [column, "id"], unique=False
        )
    op.create_index(
        "ix_user_account_admin_search_trigrams",
        "user_account",
        ["admin_search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"admin_search": "gin_trgm_ops"},
    )
    op.execute(audit.CREATE_CHANGES)


def downgrade() -> None:
    """Roles, accounts and the audit log as they were"""
    op.execute(audit.DROP_CHANGES)
    op.drop_index("ix_user_account_admin_search_trigrams", table_name="user_account")
    for column in ("active_at", "created_at"):
        op.drop_index(f"ix_user_account_{column}_id", table_name="user_account")
    for column in ("admin_search", "active_at", "locked_until"):
        op.drop_column("user_account", column)
    op.drop_column("permission", "feature")
    op.drop_index("uq_role_lower_name", table_name="role")
    op.drop_column("role", "customized")
