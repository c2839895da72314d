"""Deletions, exports, retention"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"


def upgrade() -> None:
    """Deletions, exports, retention"""
    _host("SET NULL", nullable=True)
    op.create_table(
        "account_deletion",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_account_deletion")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_deletion_token_hash")),
    )
    op.create_index(op.f("ix_account_deletion_erase_after"), "account_deletion", ["erase_after"])
    _exports()
    _policies()
    _holds()


def _host(on_delete: str, *, nullable: bool) -> None:
    name = op.f("fk_study_session_host_id")
    op.drop_constraint(name, "study_session", type_="foreignkey")
    op.alter_column("study_session", "host_id", nullable=nullable)
    op.create_foreign_key(
        name, "study_session", "user_account", ["host_id"], ["id"], ondelete=on_delete
    )


def _exports() -> None:
    op.create_table(
        "data_export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("PENDING", "READY", "EXPIRED", "FAILED", name="exportstatus"),
            nullable=False,
        ),
        sa.Column("object_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_data_export_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
    )
    op.create_index(op.f("ix_data_export_status"), "data_export", ["status"])
    op.create_index("ix_data_export_user_id_id", "data_export", ["user_id", "id"])
    op.create_index(
        "uq_data_export_pending",
        "data_export",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("status = 'PENDING'"),
    )


def _policies() -> None:
    op.create_table(
        "retention_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "data_type",
            sa.Enum(
                "TRANSCRIPTS",
                "SESSION_DATA",
                "SIGN_INS",
                "FAILED_JOBS",
                "PROGRAM_RUNS",
                name="retaineddata",
            ),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("days BETWEEN 1 AND 3650", name=op.f("ck_retention_policy_days")),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_retention_policy_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_policy")),
        sa.UniqueConstraint("data_type", name=op.f("uq_retention_policy_data_type")),
    )
    op.create_index(op.f("ix_retention_policy_saved_by_id"), "retention_policy", ["saved_by_id"])


def _holds() -> None:
    op.create_table(
        "retention_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(user_id, session_id) = 1", name=op.f("ck_retention_hold_one_subject")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_retention_hold_{column}"),
                ondelete=on_delete,
            )
            for column, table, on_delete in (
                ("policy_id", "retention_policy", "CASCADE"),
                ("user_id", "user_account", "CASCADE"),
                ("session_id", "study_session", "CASCADE"),
                ("placed_by_id", "user_account", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_hold")),
    )
    for column in ("policy_id", "user_id", "session_id", "placed_by_id"):
        op.create_index(op.f(f"ix_retention_hold_{column}"), "retention_hold", [column])


def downgrade() -> None:
    """Deletions, exports, retention, gone; with them the sessions that have no host."""
    for table in ("retention_hold", "retention_policy", "data_export", "account_deletion"):
        op.drop_table(table)
    for name in ("exportstatus", "retaineddata"):
        op.execute(f"DROP TYPE {name}")
    op.execute("DELETE FROM study_session WHERE host_id IS NULL")
    _host("CASCADE", nullable=False)
