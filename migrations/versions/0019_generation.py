"""Curricula, generated courses, certificates"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | Sequence[str] | None = "0018"


def upgrade() -> None:
    """Curricula, generated courses, certificates"""
    op.execute("ALTER TYPE aipurpose ADD VALUE 'COURSE_GENERATION'")
    op.execute("ALTER TYPE aipurpose ADD VALUE 'CURRICULUM_ADAPTATION'")
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("holder_name", sqlmodel.sql.sqltypes.AutoString(length=257), nullable=False),
        sa.Column("course_title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_name", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_certificate_course_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["user_account.id"],
            name=op.f("fk_certificate_holder_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint(
            "holder_id", "course_id", name=op.f("uq_certificate_holder_id_course_id")
        ),
    )
    op.create_index(op.f("ix_certificate_course_id"), "certificate", ["course_id"], unique=False)
    op.create_table(
        "course_generation",
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
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("goals", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("focus_areas", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("session_minutes", sa.Integer(), nullable=True),
        sa.Column("sessions_per_week", sa.Integer(), nullable=True),
        sa.Column(
            "difficulty",
            sa.Enum("EASY", "MODERATE", "CHALLENGING", name="difficulty"),
            nullable=True,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("notice", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_course_generation_course_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_course_generation_learner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_generation")),
        sa.UniqueConstraint("course_id", name=op.f("uq_course_generation_course_id")),
    )
    op.create_index(
        op.f("ix_course_generation_learner_id"), "course_generation", ["learner_id"], unique=False
    )
    op.create_table(
        "curriculum",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("WRITING", "SAVED", "PROPOSED", "ACCEPTED", name="curriculumstatus"),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum("GENERATED", "WRITTEN", "ADAPTED", name="curriculumorigin"),
            nullable=False,
        ),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("notice", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_curriculum_course_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum")),
        sa.UniqueConstraint("course_id", "version", name=op.f("uq_curriculum_course_id_version")),
    )
    op.create_table(
        "curriculum_node",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("curriculum_id", sa.Uuid(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum("MODULE", "LESSON", name="nodekind"), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("objectives", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "prerequisites", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("section_id", sa.Uuid(), nullable=True),
        sa.Column("lesson_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["curriculum_id"],
            ["curriculum.id"],
            name=op.f("fk_curriculum_node_curriculum_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_curriculum_node_lesson_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["curriculum_node.id"],
            name=op.f("fk_curriculum_node_parent_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["course_section.id"],
            name=op.f("fk_curriculum_node_section_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum_node")),
        sa.UniqueConstraint(
            "curriculum_id", "key", name=op.f("uq_curriculum_node_curriculum_id_key")
        ),
        sa.UniqueConstraint(
            "curriculum_id", "place", name=op.f("uq_curriculum_node_curriculum_id_place")
        ),
    )
    op.create_index(
        op.f("ix_curriculum_node_lesson_id"), "curriculum_node", ["lesson_id"], unique=False
    )
    op.create_index(
        op.f("ix_curriculum_node_parent_id"), "curriculum_node", ["parent_id"], unique=False
    )
    op.create_index(
        op.f("ix_curriculum_node_section_id"), "curriculum_node", ["section_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_curriculum_node_section_id"), table_name="curriculum_node")
    op.drop_index(op.f("ix_curriculum_node_parent_id"), table_name="curriculum_node")
    op.drop_index(op.f("ix_curriculum_node_lesson_id"), table_name="curriculum_node")
    op.drop_table("curriculum_node")
    op.drop_table("curriculum")
    op.drop_index(op.f("ix_course_generation_learner_id"), table_name="course_generation")
    op.drop_table("course_generation")
    op.drop_index(op.f("ix_certificate_course_id"), table_name="certificate")
    op.drop_table("certificate")
    op.execute("DROP TYPE curriculumorigin")
    op.execute("DROP TYPE curriculumstatus")
    op.execute("DROP TYPE difficulty")
    op.execute("DROP TYPE nodekind")
    op.execute("DELETE FROM ai_usage WHERE purpose <> 'SESSION_ANSWER'")
    op.execute("ALTER TYPE aipurpose RENAME TO aipurpose_old")
    op.execute("CREATE TYPE aipurpose AS ENUM ('SESSION_ANSWER')")
    op.execute(
        "ALTER TABLE ai_usage ALTER COLUMN purpose TYPE aipurpose USING purpose::text::aipurpose"
    )
    op.execute("DROP TYPE aipurpose_old")
