"""Pods"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"


def upgrade() -> None:
    """Pods"""
    for value in ("POD_INVITED", "POD_APPROVED", "POD_ROLE_CHANGED"):
        op.execute(f"ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS '{value}'")
    op.execute("ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS 'POD'")
    op.create_table(
        "pod",
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
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column(
            "category",
            sa.Enum("ACADEMIC", "PROFESSIONAL", "HOBBY", name="podcategory"),
            nullable=True,
        ),
        sa.Column(
            "difficulty",
            sa.Enum("BEGINNER", "INTERMEDIATE", "ADVANCED", name="poddifficulty"),
            nullable=True,
        ),
        sa.Column("cover_image_url", sqlmodel.sql.sqltypes.AutoString(length=2048), nullable=True),
        sa.Column("icon", sqlmodel.sql.sqltypes.AutoString(length=50), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("max_members", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Uuid(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("rules", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "weekdays",
            postgresql.ARRAY(postgresql.ENUM(name="weekday", create_type=False)),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=35), nullable=False),
        sa.Column("status", sa.Enum("ACTIVE", "ARCHIVED", name="podstatus"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', name || ' ' || description)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(status = 'ARCHIVED') = (archived_at IS NOT NULL)", name=op.f("ck_pod_archived_once")
        ),
        sa.CheckConstraint(
            "(starts_at IS NULL) = (ends_at IS NULL)", name=op.f("ck_pod_whole_hours_or_none")
        ),
        sa.CheckConstraint("max_members > 0", name=op.f("ck_pod_has_room")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_pod_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["user_account.id"], name=op.f("fk_pod_creator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_pod_subject_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pod")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_pod_conversation_id")),
    )
    op.create_index("ix_pod_created_at_id", "pod", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_pod_creator_id"), "pod", ["creator_id"], unique=False)
    op.create_index("ix_pod_search", "pod", ["search"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_pod_subject_id"), "pod", ["subject_id"], unique=False)
    op.create_table(
        "pod_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("pod_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Enum("USER", "EMAIL", "CODE", name="podinvitationkind"), nullable=False
        ),
        sa.Column("inviter_id", sa.Uuid(), nullable=True),
        sa.Column("invitee_id", sa.Uuid(), nullable=True),
        sa.Column("email", postgresql.CITEXT(), nullable=True),
        sa.Column("code_selector", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("message", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("PENDING", "ACCEPTED", "DECLINED", "REVOKED", name="podinvitationstatus"),
            nullable=False,
        ),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'CODE') = (code_hash IS NOT NULL)"
            " AND (kind = 'CODE') = (code_selector IS NOT NULL)",
            name=op.f("ck_pod_invitation_code_for_codes"),
        ),
        sa.CheckConstraint(
            "(kind = 'EMAIL') = (email IS NOT NULL)",
            name=op.f("ck_pod_invitation_address_for_letters"),
        ),
        sa.CheckConstraint(
            "(kind = 'USER') = (invitee_id IS NOT NULL)",
            name=op.f("ck_pod_invitation_user_for_users"),
        ),
        sa.CheckConstraint(
            "uses BETWEEN 0 AND max_uses", name=op.f("ck_pod_invitation_uses_are_limited")
        ),
        sa.ForeignKeyConstraint(
            ["invitee_id"],
            ["user_account.id"],
            name=op.f("fk_pod_invitation_invitee_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["inviter_id"],
            ["user_account.id"],
            name=op.f("fk_pod_invitation_inviter_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["pod_id"], ["pod.id"], name=op.f("fk_pod_invitation_pod_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pod_invitation")),
        sa.UniqueConstraint("code_selector", name=op.f("uq_pod_invitation_code_selector")),
    )
    op.create_index(op.f("ix_pod_invitation_email"), "pod_invitation", ["email"], unique=False)
    op.create_index(
        op.f("ix_pod_invitation_expires_at"), "pod_invitation", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_pod_invitation_invitee_id"), "pod_invitation", ["invitee_id"], unique=False
    )
    op.create_index(
        op.f("ix_pod_invitation_inviter_id"), "pod_invitation", ["inviter_id"], unique=False
    )
    op.create_index(
        "ix_pod_invitation_place", "pod_invitation", ["pod_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "uq_pod_invitation_address",
        "pod_invitation",
        ["pod_id", "email"],
        unique=True,
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_index(
        "uq_pod_invitation_invitee",
        "pod_invitation",
        ["pod_id", "invitee_id"],
        unique=True,
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_table(
        "pod_member",
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
        sa.Column("pod_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role", sa.Enum("OWNER", "ADMIN", "MODERATOR", "MEMBER", name="podrole"), nullable=False
        ),
        sa.Column(
            "status", sa.Enum("ACTIVE", "PENDING", "BANNED", name="podmemberstatus"), nullable=False
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'ACTIVE') = (joined_at IS NOT NULL)",
            name=op.f("ck_pod_member_joined_while_active"),
        ),
        sa.CheckConstraint(
            "role = 'MEMBER' OR status = 'ACTIVE'",
            name=op.f("ck_pod_member_only_members_have_roles"),
        ),
        sa.ForeignKeyConstraint(
            ["pod_id"], ["pod.id"], name=op.f("fk_pod_member_pod_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_pod_member_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pod_member")),
        sa.UniqueConstraint("pod_id", "user_id", name=op.f("uq_pod_member_pod_id_user_id")),
    )
    op.create_index(
        "ix_pod_member_place", "pod_member", ["pod_id", "status", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_pod_member_user_id_status", "pod_member", ["user_id", "status"], unique=False
    )


def downgrade() -> None:
    """Back; the values that enums got stay, for PostgreSQL can't take any away."""
    op.drop_index("ix_pod_member_user_id_status", table_name="pod_member")
    op.drop_index("ix_pod_member_place", table_name="pod_member")
    op.drop_table("pod_member")
    op.drop_index(
        "uq_pod_invitation_invitee",
        table_name="pod_invitation",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_index(
        "uq_pod_invitation_address",
        table_name="pod_invitation",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_index("ix_pod_invitation_place", table_name="pod_invitation")
    op.drop_index(op.f("ix_pod_invitation_inviter_id"), table_name="pod_invitation")
    op.drop_index(op.f("ix_pod_invitation_invitee_id"), table_name="pod_invitation")
    op.drop_index(op.f("ix_pod_invitation_expires_at"), table_name="pod_invitation")
    op.drop_index(op.f("ix_pod_invitation_email"), table_name="pod_invitation")
    op.drop_table("pod_invitation")
    op.drop_index(op.f("ix_pod_subject_id"), table_name="pod")
    op.drop_index("ix_pod_search", table_name="pod", postgresql_using="gin")
    op.drop_index(op.f("ix_pod_creator_id"), table_name="pod")
    op.drop_index("ix_pod_created_at_id", table_name="pod")
    op.drop_table("pod")
    op.execute("DROP TYPE podcategory")
    op.execute("DROP TYPE poddifficulty")
    op.execute("DROP TYPE podinvitationkind")
    op.execute("DROP TYPE podinvitationstatus")
    op.execute("DROP TYPE podmemberstatus")
    op.execute("DROP TYPE podrole")
    op.execute("DROP TYPE podstatus")
