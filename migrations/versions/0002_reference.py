"""Reference data"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import folding

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"


# What a prompt has as `$name` or `${name}`.
_VARIABLES = r"""
    UPDATE prompt_template SET title = key, shipped = version, variables = ARRAY(
        SELECT DISTINCT found[1] FROM regexp_matches("user", '\$\{?([a-z_]+)', 'g') AS found
        ORDER BY found[1]
    )
"""


# Before, nobody minded older versions that could have run.
_RETIRED = """
    UPDATE prompt_template AS old SET status = 'RETIRED'
    FROM prompt_template AS new
    WHERE old.status = 'PUBLISHED' AND new.status = 'PUBLISHED'
    AND new.key = old.key AND new.version > old.version
"""


def upgrade() -> None:
    """Reference data"""
    op.execute(folding.CREATE_FOLDED)
    op.create_table(
        "currency",
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
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("symbol", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("minor_units", sa.Integer(), nullable=False),
        sa.Column(
            "folded_name",
            sa.Text(),
            sa.Computed("folded(name || ' ' || code || ' ' || symbol)", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_currency")),
        sa.UniqueConstraint("code", name=op.f("uq_currency_code")),
    )
    op.create_index(
        "ix_currency_folded_name_trigrams",
        "currency",
        ["folded_name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.create_table(
        "language",
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
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("code3", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("native_name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=True),
        sa.Column("major", sa.Boolean(), nullable=False),
        sa.Column(
            "folded_name", sa.Text(), sa.Computed("folded(name)", persisted=True), nullable=False
        ),
        sa.Column(
            "search",
            sa.Text(),
            sa.Computed(
                "folded(name || ' ' || coalesce(native_name, '') || ' ' || code)", persisted=True
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_language")),
        sa.UniqueConstraint("code", name=op.f("uq_language_code")),
        sa.UniqueConstraint("code3", name=op.f("uq_language_code3")),
    )
    op.create_index("ix_language_place", "language", ["folded_name", "id"], unique=False)
    op.create_index(
        "ix_language_search_trigrams",
        "language",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "place_release",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("release", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_place_release")),
    )
    op.create_table(
        "ai_model",
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
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column(
            "kind", sa.Enum("LANGUAGE", "SPEECH", "EMBEDDING", name="aimodelkind"), nullable=False
        ),
        sa.Column("best_for", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("context_tokens", sa.Integer(), nullable=True),
        sa.Column("input_cost", sa.Numeric(), nullable=True),
        sa.Column("output_cost", sa.Numeric(), nullable=True),
        sa.Column("cost_currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=True),
        sa.Column(
            "status", sa.Enum("ACTIVE", "INACTIVE", "RETIRED", name="aimodelstatus"), nullable=False
        ),
        sa.Column(
            "default_for",
            sa.Enum("LANGUAGE", "SPEECH", "EMBEDDING", name="aimodelkind"),
            nullable=True,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "default_for IS NULL OR default_for = kind",
            name=op.f("ck_ai_model_default_of_its_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_ai_model_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_model")),
        sa.UniqueConstraint("default_for", name=op.f("uq_ai_model_default_for")),
        sa.UniqueConstraint(
            "provider", "name", "version", name=op.f("uq_ai_model_provider_name_version")
        ),
    )
    op.create_index(op.f("ix_ai_model_saved_by_id"), "ai_model", ["saved_by_id"], unique=False)
    op.create_table(
        "country",
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
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("code3", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("official_name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=True),
        sa.Column("flag", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("calling_code", sa.Integer(), nullable=True),
        sa.Column("currency_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name", sa.Text(), sa.Computed("folded(name)", persisted=True), nullable=False
        ),
        sa.Column(
            "search",
            sa.Text(),
            sa.Computed(
                "folded(name || ' ' || coalesce(official_name, '') || ' ' || code)", persisted=True
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["currency_id"], ["currency.id"], name=op.f("fk_country_currency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_country")),
        sa.UniqueConstraint("code", name=op.f("uq_country_code")),
        sa.UniqueConstraint("code3", name=op.f("uq_country_code3")),
        sa.UniqueConstraint("number", name=op.f("uq_country_number")),
    )
    op.create_index(op.f("ix_country_currency_id"), "country", ["currency_id"], unique=False)
    op.create_index("ix_country_place", "country", ["folded_name", "id"], unique=False)
    op.create_index(
        "ix_country_search_trigrams",
        "country",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "subject",
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
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("category", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("icon_url", sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name",
            sa.Text(),
            sa.Computed("folded(name::text)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "folded_category",
            sa.Text(),
            sa.Computed("folded(category)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_subject_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("name", name=op.f("uq_subject_name")),
    )
    op.create_index(
        "ix_subject_folded_name_trigrams",
        "subject",
        ["folded_name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_subject_place", "subject", ["folded_category", "folded_name", "id"], unique=False
    )
    op.create_index(op.f("ix_subject_saved_by_id"), "subject", ["saved_by_id"], unique=False)
    op.create_table(
        "subscription_plan",
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
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency_code", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("interval", sa.Enum("MONTH", "YEAR", name="billinginterval"), nullable=False),
        sa.Column("trial_days", sa.Integer(), nullable=False),
        sa.Column("features", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("ai_requests_per_day", sa.Integer(), nullable=True),
        sa.Column("storage_megabytes", sa.Integer(), nullable=True),
        sa.Column("session_participants", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["currency_code"], ["currency.code"], name=op.f("fk_subscription_plan_currency_code")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_subscription_plan_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_plan")),
        sa.UniqueConstraint("code", name=op.f("uq_subscription_plan_code")),
    )
    op.create_index(
        op.f("ix_subscription_plan_currency_code"),
        "subscription_plan",
        ["currency_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscription_plan_saved_by_id"), "subscription_plan", ["saved_by_id"], unique=False
    )
    op.create_table(
        "tag_group",
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
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name",
            sa.Text(),
            sa.Computed("folded(name::text)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_tag_group_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_group")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_group_name")),
    )
    op.create_index(op.f("ix_tag_group_saved_by_id"), "tag_group", ["saved_by_id"], unique=False)
    op.create_table(
        "state",
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
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("country_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name", sa.Text(), sa.Computed("folded(name)", persisted=True), nullable=False
        ),
        sa.ForeignKeyConstraint(["country_id"], ["country.id"], name=op.f("fk_state_country_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["state.id"], name=op.f("fk_state_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state")),
        sa.UniqueConstraint("code", name=op.f("uq_state_code")),
    )
    op.create_index(op.f("ix_state_country_id"), "state", ["country_id"], unique=False)
    op.create_index(
        "ix_state_folded_name_trigrams",
        "state",
        ["folded_name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_state_parent_id"), "state", ["parent_id"], unique=False)
    op.create_index("ix_state_place", "state", ["folded_name", "id"], unique=False)
    op.create_table(
        "tag_category",
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
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name",
            sa.Text(),
            sa.Computed("folded(name::text)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["tag_group.id"], name=op.f("fk_tag_category_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_tag_category_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_category")),
    )
    op.create_index(
        op.f("ix_tag_category_saved_by_id"), "tag_category", ["saved_by_id"], unique=False
    )
    op.create_index(
        "uq_tag_category_group_id_name", "tag_category", ["group_id", "name"], unique=True
    )
    op.create_table(
        "time_zone",
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
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("comment", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("country_id", sa.Uuid(), nullable=True),
        sa.Column(
            "search",
            sa.Text(),
            sa.Computed(
                "folded(replace(name, '_', ' ') || ' ' || coalesce(comment, ''))", persisted=True
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["country_id"], ["country.id"], name=op.f("fk_time_zone_country_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_zone")),
        sa.UniqueConstraint("name", name=op.f("uq_time_zone_name")),
    )
    op.create_index(op.f("ix_time_zone_country_id"), "time_zone", ["country_id"], unique=False)
    op.create_index(
        "ix_time_zone_search_trigrams",
        "time_zone",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "city",
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
        sa.Column("geoname_id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("country_id", sa.Uuid(), nullable=False),
        sa.Column("state_id", sa.Uuid(), nullable=True),
        sa.Column("time_zone_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name", sa.Text(), sa.Computed("folded(name)", persisted=True), nullable=False
        ),
        sa.ForeignKeyConstraint(["country_id"], ["country.id"], name=op.f("fk_city_country_id")),
        sa.ForeignKeyConstraint(["state_id"], ["state.id"], name=op.f("fk_city_state_id")),
        sa.ForeignKeyConstraint(
            ["time_zone_id"], ["time_zone.id"], name=op.f("fk_city_time_zone_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
        sa.UniqueConstraint("geoname_id", name=op.f("uq_city_geoname_id")),
    )
    op.create_index(
        "ix_city_country",
        "city",
        ["country_id", sa.literal_column("population DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_city_folded_name_trigrams",
        "city",
        ["folded_name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_city_size",
        "city",
        [sa.literal_column("population DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_city_state_id"), "city", ["state_id"], unique=False)
    op.create_index(
        "ix_city_time_zone",
        "city",
        ["time_zone_id", sa.literal_column("population DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "tag",
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
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("name", postgresql.CITEXT(), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("image_url", sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("saved_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "folded_name",
            sa.Text(),
            sa.Computed("folded(name::text)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["tag_category.id"], name=op.f("fk_tag_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["user_account.id"],
            name=op.f("fk_tag_saved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_index(
        "ix_tag_place", "tag", ["category_id", "position", "folded_name", "id"], unique=False
    )
    op.create_index(op.f("ix_tag_saved_by_id"), "tag", ["saved_by_id"], unique=False)
    op.create_table(
        "tag_term",
        sa.Column("term", postgresql.CITEXT(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.Column("synonym", sa.Boolean(), nullable=False),
        sa.Column(
            "folded_term",
            sa.Text(),
            sa.Computed("folded(term::text)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_tag_term_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_tag_term")),
    )
    op.create_index(
        "ix_tag_term_folded_term_trigrams",
        "tag_term",
        ["folded_term"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"folded_term": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_tag_term_tag_id"), "tag_term", ["tag_id"], unique=False)
    op.add_column("prompt_template", sa.Column("shipped", sa.Integer(), nullable=True))
    op.add_column(
        "prompt_template",
        sa.Column(
            "title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False, server_default=""
        ),
    )
    op.add_column(
        "prompt_template",
        sa.Column("variables", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "prompt_template",
        sa.Column("usage", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""),
    )
    op.add_column(
        "prompt_template",
        sa.Column("applies_to", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "prompt_template",
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "prompt_template",
        sa.Column("example_input", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "prompt_template",
        sa.Column("example_output", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column("prompt_template", sa.Column("model_id", sa.Uuid(), nullable=True))
    op.add_column("prompt_template", sa.Column("saved_by_id", sa.Uuid(), nullable=True))
    op.execute(_VARIABLES)
    op.execute(_RETIRED)
    op.alter_column("prompt_template", "title", server_default=None)
    op.alter_column("prompt_template", "usage", server_default=None)
    op.create_index(
        op.f("ix_prompt_template_model_id"), "prompt_template", ["model_id"], unique=False
    )
    op.create_index(
        op.f("ix_prompt_template_saved_by_id"), "prompt_template", ["saved_by_id"], unique=False
    )
    op.create_index(
        "uq_prompt_template_published",
        "prompt_template",
        ["key"],
        unique=True,
        postgresql_where=sa.text("status = 'PUBLISHED'"),
    )
    op.create_foreign_key(
        op.f("fk_prompt_template_saved_by_id"),
        "prompt_template",
        "user_account",
        ["saved_by_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_prompt_template_model_id"),
        "prompt_template",
        "ai_model",
        ["model_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_constraint(op.f("fk_prompt_template_model_id"), "prompt_template", type_="foreignkey")
    op.drop_constraint(
        op.f("fk_prompt_template_saved_by_id"), "prompt_template", type_="foreignkey"
    )
    op.drop_index(
        "uq_prompt_template_published",
        table_name="prompt_template",
        postgresql_where=sa.text("status = 'PUBLISHED'"),
    )
    op.drop_index(op.f("ix_prompt_template_saved_by_id"), table_name="prompt_template")
    op.drop_index(op.f("ix_prompt_template_model_id"), table_name="prompt_template")
    op.drop_column("prompt_template", "saved_by_id")
    op.drop_column("prompt_template", "model_id")
    op.drop_column("prompt_template", "example_output")
    op.drop_column("prompt_template", "example_input")
    op.drop_column("prompt_template", "tags")
    op.drop_column("prompt_template", "applies_to")
    op.drop_column("prompt_template", "usage")
    op.drop_column("prompt_template", "variables")
    op.drop_column("prompt_template", "title")
    op.drop_column("prompt_template", "shipped")
    op.drop_index(op.f("ix_tag_term_tag_id"), table_name="tag_term")
    op.drop_index(
        "ix_tag_term_folded_term_trigrams",
        table_name="tag_term",
        postgresql_using="gin",
        postgresql_ops={"folded_term": "gin_trgm_ops"},
    )
    op.drop_table("tag_term")
    op.drop_index(op.f("ix_tag_saved_by_id"), table_name="tag")
    op.drop_index("ix_tag_place", table_name="tag")
    op.drop_table("tag")
    op.drop_index("ix_city_time_zone", table_name="city")
    op.drop_index(op.f("ix_city_state_id"), table_name="city")
    op.drop_index("ix_city_size", table_name="city")
    op.drop_index(
        "ix_city_folded_name_trigrams",
        table_name="city",
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.drop_index("ix_city_country", table_name="city")
    op.drop_table("city")
    op.drop_index(
        "ix_time_zone_search_trigrams",
        table_name="time_zone",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index(op.f("ix_time_zone_country_id"), table_name="time_zone")
    op.drop_table("time_zone")
    op.drop_index("uq_tag_category_group_id_name", table_name="tag_category")
    op.drop_index(op.f("ix_tag_category_saved_by_id"), table_name="tag_category")
    op.drop_table("tag_category")
    op.drop_index("ix_state_place", table_name="state")
    op.drop_index(op.f("ix_state_parent_id"), table_name="state")
    op.drop_index(
        "ix_state_folded_name_trigrams",
        table_name="state",
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.drop_index(op.f("ix_state_country_id"), table_name="state")
    op.drop_table("state")
    op.drop_index(op.f("ix_tag_group_saved_by_id"), table_name="tag_group")
    op.drop_table("tag_group")
    op.drop_index(op.f("ix_subscription_plan_saved_by_id"), table_name="subscription_plan")
    op.drop_index(op.f("ix_subscription_plan_currency_code"), table_name="subscription_plan")
    op.drop_table("subscription_plan")
    op.drop_index(op.f("ix_subject_saved_by_id"), table_name="subject")
    op.drop_index("ix_subject_place", table_name="subject")
    op.drop_index(
        "ix_subject_folded_name_trigrams",
        table_name="subject",
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.drop_table("subject")
    op.drop_index(
        "ix_country_search_trigrams",
        table_name="country",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_country_place", table_name="country")
    op.drop_index(op.f("ix_country_currency_id"), table_name="country")
    op.drop_table("country")
    op.drop_index(op.f("ix_ai_model_saved_by_id"), table_name="ai_model")
    op.drop_table("ai_model")
    op.drop_table("place_release")
    op.drop_index(
        "ix_language_search_trigrams",
        table_name="language",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_language_place", table_name="language")
    op.drop_table("language")
    op.drop_index(
        "ix_currency_folded_name_trigrams",
        table_name="currency",
        postgresql_using="gin",
        postgresql_ops={"folded_name": "gin_trgm_ops"},
    )
    op.drop_table("currency")
    for name in ("aimodelkind", "aimodelstatus", "billinginterval"):
        op.execute(f"DROP TYPE {name}")
    op.execute(folding.DROP_FOLDED)
