"""What people of a session do together."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0023"
down_revision: str | Sequence[str] | None = "0022"


def upgrade() -> None:
    """What people of a session do together."""
    op.execute("ALTER TYPE filepurpose ADD VALUE IF NOT EXISTS 'SESSION'")
    op.create_table(
        "attention_batch",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["study_session.id"],
            name=op.f("fk_attention_batch_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_attention_batch_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "session_id", "user_id", "sequence", name=op.f("pk_attention_batch")
        ),
    )
    op.create_index(
        op.f("ix_attention_batch_user_id"), "attention_batch", ["user_id"], unique=False
    )
    op.create_table(
        "attention_minute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("focused", sa.Integer(), nullable=False),
        sa.Column("distractions", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "0 <= focused AND focused <= samples AND samples > 0",
            name=op.f("ck_attention_minute_samples"),
        ),
        sa.CheckConstraint(
            "distractions >= 0 AND minute >= 0", name=op.f("ck_attention_minute_counts")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["study_session.id"],
            name=op.f("fk_attention_minute_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_attention_minute_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention_minute")),
        sa.UniqueConstraint(
            "session_id",
            "user_id",
            "minute",
            name=op.f("uq_attention_minute_session_id_user_id_minute"),
        ),
    )
    op.create_index(
        op.f("ix_attention_minute_user_id"), "attention_minute", ["user_id"], unique=False
    )
    op.create_table(
        "session_note",
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
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            sa.Enum("GENERAL", "KEY_POINT", "QUESTION", "ACTION_ITEM", name="sessionnotetype"),
            nullable=False,
        ),
        sa.Column("content", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at_seconds", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.CheckConstraint("at_seconds >= 0", name=op.f("ck_session_note_at_seconds")),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_session_note_author_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["study_session.id"],
            name=op.f("fk_session_note_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_note")),
    )
    op.create_index(op.f("ix_session_note_author_id"), "session_note", ["author_id"], unique=False)
    op.create_index(
        "ix_session_note_session_id_author_id",
        "session_note",
        ["session_id", "author_id"],
        unique=False,
    )
    op.create_table(
        "session_recording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column(
            "provider", sa.Enum("DAILY", "S3", "MINIO", name="recordingprovider"), nullable=False
        ),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("started_at < ended_at", name=op.f("ck_session_recording_times")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["study_session.id"],
            name=op.f("fk_session_recording_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_recording")),
        sa.UniqueConstraint("session_id", "url", name=op.f("uq_session_recording_session_id_url")),
    )
    op.create_table(
        "session_resource",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("shared_by_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Enum("LINK", "FILE", name="sessionresourcetype"), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(type = 'LINK') = (url IS NOT NULL) AND (type = 'FILE') = (file_id IS NOT NULL)",
            name=op.f("ck_session_resource_link_or_file"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_file.id"],
            name=op.f("fk_session_resource_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["study_session.id"],
            name=op.f("fk_session_resource_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shared_by_id"],
            ["user_account.id"],
            name=op.f("fk_session_resource_shared_by_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_resource")),
        sa.UniqueConstraint("file_id", name=op.f("uq_session_resource_file_id")),
    )
    op.create_index(
        op.f("ix_session_resource_session_id"), "session_resource", ["session_id"], unique=False
    )
    op.create_index(
        op.f("ix_session_resource_shared_by_id"), "session_resource", ["shared_by_id"], unique=False
    )
    op.create_table(
        "session_whiteboard",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["study_session.id"],
            name=op.f("fk_session_whiteboard_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_whiteboard")),
    )
    op.create_table(
        "session_answer_rating",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["session_answer.id"],
            name=op.f("fk_session_answer_rating_answer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_session_answer_rating_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", "user_id", name=op.f("pk_session_answer_rating")),
    )
    op.create_index(
        op.f("ix_session_answer_rating_user_id"), "session_answer_rating", ["user_id"], unique=False
    )
    op.create_table(
        "session_whiteboard_update",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_session_whiteboard_update_author_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session_whiteboard.session_id"],
            name=op.f("fk_session_whiteboard_update_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_whiteboard_update")),
        sa.UniqueConstraint(
            "session_id", "sequence", name=op.f("uq_session_whiteboard_update_session_id_sequence")
        ),
    )
    op.create_index(
        op.f("ix_session_whiteboard_update_author_id"),
        "session_whiteboard_update",
        ["author_id"],
        unique=False,
    )
    op.create_table(
        "transcript_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("corrected_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"],
            ["user_account.id"],
            name=op.f("fk_transcript_correction_corrected_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["transcript_segment.id"],
            name=op.f("fk_transcript_correction_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_correction")),
        sa.UniqueConstraint(
            "segment_id", "version", name=op.f("uq_transcript_correction_segment_id_version")
        ),
    )
    op.create_index(
        op.f("ix_transcript_correction_corrected_by_id"),
        "transcript_correction",
        ["corrected_by_id"],
        unique=False,
    )
    op.add_column(
        "session_participant",
        sa.Column("hand_raised_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "session_summary", sa.Column("attempt", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "session_summary", sa.Column("renewed_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("study_session", sa.Column("screen_sharer_id", sa.Uuid(), nullable=True))
    op.create_index(
        op.f("ix_study_session_screen_sharer_id"),
        "study_session",
        ["screen_sharer_id"],
        unique=False,
    )
    op.create_foreign_key(
        op.f("fk_study_session_screen_sharer_id"),
        "study_session",
        "user_account",
        ["screen_sharer_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column(
        "transcript_segment", sa.Column("version", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    """Back."""
    op.drop_column("transcript_segment", "version")
    op.drop_constraint(
        op.f("fk_study_session_screen_sharer_id"), "study_session", type_="foreignkey"
    )
    op.drop_index(op.f("ix_study_session_screen_sharer_id"), table_name="study_session")
    op.drop_column("study_session", "screen_sharer_id")
    op.drop_column("session_summary", "renewed_since")
    op.drop_column("session_summary", "attempt")
    op.drop_column("session_participant", "hand_raised_at")
    op.drop_index(
        op.f("ix_transcript_correction_corrected_by_id"), table_name="transcript_correction"
    )
    op.drop_table("transcript_correction")
    op.drop_index(
        op.f("ix_session_whiteboard_update_author_id"), table_name="session_whiteboard_update"
    )
    op.drop_table("session_whiteboard_update")
    op.drop_index(op.f("ix_session_answer_rating_user_id"), table_name="session_answer_rating")
    op.drop_table("session_answer_rating")
    op.drop_table("session_whiteboard")
    op.drop_index(op.f("ix_session_resource_shared_by_id"), table_name="session_resource")
    op.drop_index(op.f("ix_session_resource_session_id"), table_name="session_resource")
    op.drop_table("session_resource")
    op.drop_table("session_recording")
    op.drop_index("ix_session_note_session_id_author_id", table_name="session_note")
    op.drop_index(op.f("ix_session_note_author_id"), table_name="session_note")
    op.drop_table("session_note")
    op.drop_index(op.f("ix_attention_minute_user_id"), table_name="attention_minute")
    op.drop_table("attention_minute")
    op.drop_index(op.f("ix_attention_batch_user_id"), table_name="attention_batch")
    op.drop_table("attention_batch")
    op.execute("DROP TYPE recordingprovider")
    op.execute("DROP TYPE sessionnotetype")
    op.execute("DROP TYPE sessionresourcetype")
