"""Codes, second factors, telephone numbers, look-alike usernames"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from app.accounts.usernames import skeleton

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"

_PURPOSES = (
    "LOGIN_EMAIL",
    "LOGIN_SMS",
    "EMAIL_VERIFICATION",
    "PHONE_VERIFICATION",
    "PASSWORD_RESET",
    "TWO_FACTOR",
)


def _fill_skeletons() -> None:
    """Of two names that look alike, the later one keeps its own beside the other's."""
    connection = op.get_bind()
    users = sa.table(
        "user_account",
        sa.column("id", sa.Uuid()),
        sa.column("username", sa.Text()),
        sa.column("username_skeleton", sa.Text()),
    )
    taken = set()
    rows = connection.execute(sa.select(users.c.id, users.c.username).order_by(users.c.id))
    for key, username in rows.all():
        found = skeleton(username)
        # No username has a space.
        kept = f"{found} {key}" if found in taken else found
        taken.add(found)
        connection.execute(sa.update(users).where(users.c.id == key).values(username_skeleton=kept))


def upgrade() -> None:
    """Codes, second factors, telephone numbers, look-alike usernames"""
    purpose = sa.Enum(*_PURPOSES, name="challengepurpose")
    op.create_table(
        "auth_challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("purpose", purpose, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column(
            "after", postgresql.ENUM(name="challengepurpose", create_type=False), nullable=True
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_auth_challenge_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auth_challenge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_auth_challenge_token_hash")),
    )
    op.create_index(
        "ix_auth_challenge_asked_created_at",
        "auth_challenge",
        ["asked", "created_at"],
        unique=False,
    )
    for column in ("user_id", "expires_at"):
        op.create_index(
            op.f(f"ix_auth_challenge_{column}"), "auth_challenge", [column], unique=False
        )
    op.create_table(
        "two_factor",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_two_factor_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_two_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_recovery_code_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")
        ),
    )
    op.add_column(
        "user_account",
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    )
    op.add_column(
        "user_account",
        sa.Column("phone_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "uq_user_account_phone",
        "user_account",
        ["phone"],
        unique=True,
        postgresql_where=sa.text("phone_verified"),
    )
    op.add_column(
        "user_account",
        sa.Column("username_skeleton", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    _fill_skeletons()
    op.alter_column("user_account", "username_skeleton", nullable=False)
    op.create_unique_constraint(
        op.f("uq_user_account_username_skeleton"), "user_account", ["username_skeleton"]
    )


def downgrade() -> None:
    """Without them"""
    op.drop_constraint(op.f("uq_user_account_username_skeleton"), "user_account", type_="unique")
    op.drop_index("uq_user_account_phone", "user_account")
    for column in ("username_skeleton", "phone_verified", "phone"):
        op.drop_column("user_account", column)
    op.drop_table("recovery_code")
    op.drop_table("two_factor")
    op.drop_table("auth_challenge")
    op.execute("DROP TYPE challengepurpose")
