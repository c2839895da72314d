"""Profiles, preferences, tags, blocks"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"

_ENUMS = {
    "educationlevel": ("HIGH_SCHOOL", "UNDERGRADUATE", "GRADUATE", "PROFESSIONAL"),
    "learningstyle": ("VISUAL", "AUDITORY", "KINESTHETIC", "READING", "MIXED"),
    "audience": ("EVERYBODY", "SIGNED_IN", "NOBODY"),
    "tagsource": ("MANUAL", "AI", "IMPORTED"),
}

# What people wrote by hand, where it is one of the levels.
_LEVEL = """
    CASE upper(regexp_replace(trim(education_level), '[ -]+', '_', 'g'))
        WHEN 'HIGH_SCHOOL' THEN 'HIGH_SCHOOL'::educationlevel
        WHEN 'UNDERGRADUATE' THEN 'UNDERGRADUATE'::educationlevel
        WHEN 'GRADUATE' THEN 'GRADUATE'::educationlevel
        WHEN 'PROFESSIONAL' THEN 'PROFESSIONAL'::educationlevel
    END
"""

_AUDIENCES = {
    "profile_audience": "SIGNED_IN",
    "email_audience": "NOBODY",
    "institution_audience": "SIGNED_IN",
    "location_audience": "SIGNED_IN",
    "birth_date_audience": "NOBODY",
}

_PROFILE = {
    "avatar_url": sqlmodel.sql.sqltypes.AutoString(length=1024),
    "bio": sa.Text(),
    "birth_date": sa.Date(),
    "major": sqlmodel.sql.sqltypes.AutoString(length=255),
    "graduation_year": sa.Integer(),
    "location": sqlmodel.sql.sqltypes.AutoString(length=255),
    "country_id": sa.Uuid(),
    "address": sqlmodel.sql.sqltypes.AutoString(length=1024),
    "city": sqlmodel.sql.sqltypes.AutoString(length=256),
    "state": sqlmodel.sql.sqltypes.AutoString(length=256),
    "postal_code": sqlmodel.sql.sqltypes.AutoString(length=50),
    "onboarding_completed_at": sa.DateTime(timezone=True),
    "reminder_daily_at": sqlmodel.sql.sqltypes.AutoString(length=5),
}

_FOLDED = {
    "folded_name": "folded(first_name || ' ' || coalesce(last_name, ''))",
    "search": "folded(username::text || ' ' || first_name || ' ' || coalesce(last_name, ''))",
    "folded_institution": "folded(coalesce(institution, ''))",
}


def _enum(name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*_ENUMS[name], name=name, create_type=False)


def upgrade() -> None:
    """Profiles, preferences, tags, blocks"""
    for name in _ENUMS:
        _enum(name).create(op.get_bind())
    _profiles()
    _preferences()
    _tags()
    op.create_table(
        "user_block",
        *_row(),
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_user_block_another")),
        _of_user("user_block", "blocker_id"),
        _of_user("user_block", "blocked_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_block")),
        sa.UniqueConstraint(
            "blocker_id", "blocked_id", name=op.f("uq_user_block_blocker_id_blocked_id")
        ),
    )
    op.create_index(op.f("ix_user_block_blocked_id"), "user_block", ["blocked_id"], unique=False)


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    ]


def _of_user(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["user_account.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def _profiles() -> None:
    op.alter_column(
        "user_account",
        "education_level",
        type_=_enum("educationlevel"),
        postgresql_using=_LEVEL,
    )
    for name, kind in _PROFILE.items():
        op.add_column("user_account", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_user_account_country_id"), "user_account", "country", ["country_id"], ["id"]
    )
    op.create_index(
        op.f("ix_user_account_country_id"), "user_account", ["country_id"], unique=False
    )
    for name, expression in _FOLDED.items():
        op.add_column(
            "user_account",
            sa.Column(name, sa.Text(), sa.Computed(expression, persisted=True), nullable=False),
        )
    op.create_index("ix_user_account_place", "user_account", ["folded_name", "id"], unique=False)
    for name in ("search", "folded_institution"):
        op.create_index(
            f"ix_user_account_{name}_trigrams",
            "user_account",
            [name],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={name: "gin_trgm_ops"},
        )


def _preferences() -> None:
    op.add_column(
        "user_account",
        sa.Column("session_minutes", sa.Integer(), server_default="60", nullable=False),
    )
    op.add_column("user_account", sa.Column("learning_style", _enum("learningstyle")))
    op.add_column(
        "user_account",
        sa.Column("reminder_minutes_before", sa.Integer(), server_default="15", nullable=True),
    )
    for name, default in _AUDIENCES.items():
        op.add_column(
            "user_account",
            sa.Column(name, _enum("audience"), server_default=default, nullable=False),
        )


def _tags() -> None:
    op.create_table(
        "user_tag",
        *_row(),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("value", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("source", _enum("tagsource"), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.CheckConstraint("rating BETWEEN 1 AND 10", name=op.f("ck_user_tag_rating")),
        sa.CheckConstraint(
            "accepted IS NOT NULL OR source = 'AI'", name=op.f("ck_user_tag_accepted")
        ),
        _of_user("user_tag", "user_id"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_user_tag_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_tag")),
        sa.UniqueConstraint("user_id", "tag_id", name=op.f("uq_user_tag_user_id_tag_id")),
    )
    op.create_index(op.f("ix_user_tag_tag_id"), "user_tag", ["tag_id"], unique=False)
    op.create_table(
        "user_subject",
        *_row(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        _of_user("user_subject", "user_id"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_user_subject_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_subject")),
        sa.UniqueConstraint(
            "user_id", "subject_id", name=op.f("uq_user_subject_user_id_subject_id")
        ),
    )
    op.create_index(op.f("ix_user_subject_subject_id"), "user_subject", ["subject_id"])


def downgrade() -> None:
    """Profiles, preferences, tags, blocks, gone"""
    for table in ("user_block", "user_subject", "user_tag"):
        op.drop_table(table)
    preferences = ("session_minutes", "learning_style", "reminder_minutes_before")
    for column in (*_AUDIENCES, *preferences, *_FOLDED, *_PROFILE):
        op.drop_column("user_account", column)
    op.alter_column(
        "user_account",
        "education_level",
        type_=sqlmodel.sql.sqltypes.AutoString(length=50),
        postgresql_using="lower(education_level::text)",
    )
    for name in _ENUMS:
        _enum(name).drop(op.get_bind())
