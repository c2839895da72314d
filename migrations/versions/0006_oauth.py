"""API tokens, and accounts of other providers that sign in here"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"


def upgrade() -> None:
    """API tokens, linked accounts, and sign-ins that are under way"""
    op.add_column("auth_session", sa.Column("scopes", sa.ARRAY(sa.String()), nullable=True))
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("kind", sa.Enum("PERSONAL", "PARTNER", name="apitokenkind"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["auth_session.id"], name=op.f("fk_api_token_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.alter_column("user_account", "password_hash", nullable=True)
    op.create_table(
        "oauth_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(length=50), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_oauth_account_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_account")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_oauth_account_provider_subject")),
        sa.UniqueConstraint("user_id", "provider", name=op.f("uq_oauth_account_user_id_provider")),
    )
    op.create_table(
        "oauth_flow",
        sa.Column("flow_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(length=50), nullable=False),
        sa.Column("redirect_uri", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("auth_session_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["auth_session_id"],
            ["auth_session.id"],
            name=op.f("fk_oauth_flow_auth_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("flow_hash", name=op.f("pk_oauth_flow")),
    )
    op.create_index(
        op.f("ix_oauth_flow_auth_session_id"), "oauth_flow", ["auth_session_id"], unique=False
    )
    op.create_index(op.f("ix_oauth_flow_expires_at"), "oauth_flow", ["expires_at"], unique=False)


def downgrade() -> None:
    """API tokens and linked accounts, gone; who has no password can't sign in any more"""
    op.drop_table("oauth_flow")
    op.drop_table("oauth_account")
    op.execute("UPDATE user_account SET password_hash = '' WHERE password_hash IS NULL")
    op.alter_column("user_account", "password_hash", nullable=False)
    op.drop_table("api_token")
    op.execute("DROP TYPE apitokenkind")
    # Without its scopes a token's session would be a device's.
    op.execute("DELETE FROM auth_session WHERE scopes IS NOT NULL")
    op.drop_column("auth_session", "scopes")
