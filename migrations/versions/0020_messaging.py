"""Rooms, direct conversations, reactions, attachments and read positions"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"


def upgrade() -> None:
    """Rooms, direct conversations, reactions, attachments and read positions"""
    op.execute("ALTER TYPE filepurpose ADD VALUE IF NOT EXISTS 'MESSAGE'")
    op.create_table(
        "direct_conversation",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("lower_id", sa.Uuid(), nullable=False),
        sa.Column("upper_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_direct_conversation_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lower_id"],
            ["user_account.id"],
            name=op.f("fk_direct_conversation_lower_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["upper_id"],
            ["user_account.id"],
            name=op.f("fk_direct_conversation_upper_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_direct_conversation")),
        sa.UniqueConstraint(
            "lower_id", "upper_id", name=op.f("uq_direct_conversation_lower_id_upper_id")
        ),
    )
    op.create_index(
        op.f("ix_direct_conversation_upper_id"), "direct_conversation", ["upper_id"], unique=False
    )
    op.create_table(
        "message_attachment",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_file.id"],
            name=op.f("fk_message_attachment_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_message_attachment_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_message_attachment")),
    )
    op.create_index(
        op.f("ix_message_attachment_message_id"), "message_attachment", ["message_id"], unique=False
    )
    op.create_table(
        "message_reaction",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("emoji", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_message_reaction_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_message_reaction_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "emoji", "user_id", name=op.f("pk_message_reaction")),
    )
    op.create_index(
        "ix_message_reaction_first",
        "message_reaction",
        ["message_id", "emoji", "created_at", "user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_message_reaction_user_id"), "message_reaction", ["user_id"], unique=False
    )
    op.create_table(
        "message_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_message_revision_author_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_message_revision_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_revision")),
    )
    op.create_index(
        op.f("ix_message_revision_author_id"), "message_revision", ["author_id"], unique=False
    )
    op.create_index(
        "ix_message_revision_message_id_id", "message_revision", ["message_id", "id"], unique=False
    )
    op.create_table(
        "room",
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
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column(
            "type",
            sa.Enum("STUDY", "DISCUSSION", "HELP", "EXAM_PREPARATION", "SOCIAL", name="roomtype"),
            nullable=False,
        ),
        sa.Column("max_participants", sa.Integer(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("logo_url", sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True),
        sa.Column("join_code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("max_participants BETWEEN 2 AND 1000", name=op.f("ck_room_seats")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_room_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_room_owner_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_room_subject_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_room_conversation_id")),
    )
    op.create_index(op.f("ix_room_owner_id"), "room", ["owner_id"], unique=False)
    op.create_index("ix_room_subject_id_id", "room", ["subject_id", "id"], unique=False)
    op.add_column(
        "conversation",
        sa.Column(
            "active_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
    )
    op.add_column("conversation", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "conversation_member",
        sa.Column("removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("conversation_member", sa.Column("read_message_id", sa.Uuid(), nullable=True))
    op.add_column(
        "conversation_member", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "conversation_member",
        sa.Column("read_sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "conversation_member",
        sa.Column(
            "read_floor",
            sa.Uuid(),
            server_default=sa.text("'00000000-0000-0000-0000-000000000000'"),
            nullable=False,
        ),
    )
    op.add_column(
        "message",
        sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "user_account",
        sa.Column(
            "read_receipts_audience",
            postgresql.ENUM(name="audience", create_type=False),
            server_default="SIGNED_IN",
            nullable=False,
        ),
    )
    op.execute(
        """
        UPDATE message SET sequence = told.sequence FROM stream_event AS told
        WHERE told.kind = 'message.sent' AND told.data ->> 'message_id' = message.id::text
        """
    )
    op.execute(
        """
        UPDATE conversation SET active_at = coalesce(
            (SELECT max(created_at) FROM message WHERE conversation_id = conversation.id),
            created_at
        )
        """
    )
    # What was written before anybody could say what they had read counts as read.
    op.execute(
        """
        UPDATE conversation_member SET read_sequence = stream.last FROM stream
        WHERE stream.name = 'conversation:' || conversation_id::text
        """
    )


def downgrade() -> None:
    """Back."""
    op.drop_column("user_account", "read_receipts_audience")
    op.drop_column("message", "sequence")
    op.drop_column("conversation_member", "read_floor")
    op.drop_column("conversation_member", "read_sequence")
    op.drop_column("conversation_member", "read_at")
    op.drop_column("conversation_member", "read_message_id")
    op.drop_column("conversation_member", "removed")
    op.drop_column("conversation", "closed_at")
    op.drop_column("conversation", "active_at")
    op.drop_index("ix_room_subject_id_id", table_name="room")
    op.drop_index(op.f("ix_room_owner_id"), table_name="room")
    op.drop_table("room")
    op.drop_index("ix_message_revision_message_id_id", table_name="message_revision")
    op.drop_index(op.f("ix_message_revision_author_id"), table_name="message_revision")
    op.drop_table("message_revision")
    op.drop_index(op.f("ix_message_reaction_user_id"), table_name="message_reaction")
    op.drop_index("ix_message_reaction_first", table_name="message_reaction")
    op.drop_table("message_reaction")
    op.drop_index(op.f("ix_message_attachment_message_id"), table_name="message_attachment")
    op.drop_table("message_attachment")
    op.drop_index(op.f("ix_direct_conversation_upper_id"), table_name="direct_conversation")
    op.drop_table("direct_conversation")
    op.execute("DROP TYPE roomtype")
