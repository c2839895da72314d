"""XP, achievements, challenges and leaderboards."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from app.gamification import listing

revision: str = "0025"
down_revision: str | Sequence[str] | None = "0024"


def upgrade() -> None:
    """XP, achievements, challenges and leaderboards."""
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'LEVEL_REACHED'")
    op.execute("ALTER TYPE notificationtype ADD VALUE IF NOT EXISTS 'ACHIEVEMENT_UNLOCKED'")
    op.execute("ALTER TYPE notificationsubject ADD VALUE IF NOT EXISTS 'ACHIEVEMENT'")
    op.create_table(
        "achievement",
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
        sa.Column("icon", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=True),
        sa.Column("image_url", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column(
            "category",
            sa.Enum("STUDY", "SOCIAL", "MILESTONE", "SPECIAL", name="achievementcategory"),
            nullable=False,
        ),
        sa.Column(
            "rarity",
            sa.Enum("COMMON", "RARE", "EPIC", "LEGENDARY", name="achievementrarity"),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column(
            "metric",
            sa.Enum(
                "XP",
                "LEVEL",
                "STREAK_DAYS",
                "STUDY_MINUTES",
                "LESSONS",
                "QUIZZES",
                "ASSIGNMENTS",
                "CODING",
                "MODULES",
                "COURSES",
                "PRACTICE_SESSIONS",
                "STUDY_SESSIONS",
                "FLASHCARDS",
                name="learningmetric",
            ),
            nullable=False,
        ),
        sa.Column(
            "comparison", sa.Enum("AT_LEAST", "MORE_THAN", name="comparison"), nullable=False
        ),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=True),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "window_days IS NULL OR (window_days >= 1 AND metric NOT IN ('LEVEL', 'STREAK_DAYS'))",
            name=op.f("ck_achievement_window_makes_sense"),
        ),
        sa.CheckConstraint("points >= 0", name=op.f("ck_achievement_pays_or_not")),
        sa.CheckConstraint("threshold >= 1", name=op.f("ck_achievement_asks_for_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievement")),
    )
    op.create_table(
        "active_day",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=50), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_active_day_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_active_day")),
    )
    op.create_table(
        "learner_score",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("total_xp", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("study_minutes", sa.Integer(), nullable=False),
        sa.Column("streak_days", sa.Integer(), nullable=False),
        sa.Column("longest_streak", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("level >= 1", name=op.f("ck_learner_score_from_one_on")),
        sa.CheckConstraint(
            "longest_streak >= streak_days", name=op.f("ck_learner_score_longest_is_longest")
        ),
        sa.CheckConstraint("total_xp >= 0", name=op.f("ck_learner_score_never_below_zero")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_learner_score_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_learner_score")),
    )
    op.create_table(
        "user_achievement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("achievement_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name=op.f("fk_user_achievement_achievement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_user_achievement_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_achievement")),
        sa.UniqueConstraint(
            "user_id", "achievement_id", name=op.f("uq_user_achievement_user_id_achievement_id")
        ),
    )
    op.create_index(
        op.f("ix_user_achievement_achievement_id"),
        "user_achievement",
        ["achievement_id"],
        unique=False,
    )
    op.create_table(
        "xp_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "LESSON",
                "QUIZ",
                "ASSIGNMENT",
                "CODING",
                "MODULE",
                "COURSE",
                "PRACTICE_SESSION",
                "STUDY_SESSION",
                "FLASHCARD",
                "STREAK",
                "ACHIEVEMENT",
                "CHALLENGE",
                "AWARD",
                name="xpkind",
            ),
            nullable=False,
        ),
        sa.Column("source_key", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("awarded_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "amount >= 0 OR kind = 'AWARD'", name=op.f("ck_xp_entry_takes_by_hand_alone")
        ),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_xp_entry_takes_time")),
        sa.ForeignKeyConstraint(
            ["awarded_by_id"],
            ["user_account.id"],
            name=op.f("fk_xp_entry_awarded_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_xp_entry_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xp_entry")),
        sa.UniqueConstraint(
            "user_id", "kind", "source_key", name=op.f("uq_xp_entry_user_id_kind_source_key")
        ),
    )
    op.create_index(op.f("ix_xp_entry_awarded_by_id"), "xp_entry", ["awarded_by_id"], unique=False)
    op.create_index(
        "ix_xp_entry_user_id_happened_at", "xp_entry", ["user_id", "happened_at"], unique=False
    )
    op.create_table(
        "learning_challenge",
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
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "type",
            sa.Enum("DAILY", "WEEKLY", "MONTHLY", "SPECIAL", name="learningchallengetype"),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum("STUDY_TIME", "STREAK", "SOCIAL", "LEARNING", name="learningchallengecategory"),
            nullable=False,
        ),
        sa.Column(
            "metric",
            postgresql.ENUM(
                "XP",
                "LEVEL",
                "STREAK_DAYS",
                "STUDY_MINUTES",
                "LESSONS",
                "QUIZZES",
                "ASSIGNMENTS",
                "CODING",
                "MODULES",
                "COURSES",
                "PRACTICE_SESSIONS",
                "STUDY_SESSIONS",
                "FLASHCARDS",
                name="learningmetric",
                create_type=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "comparison",
            postgresql.ENUM("AT_LEAST", "MORE_THAN", name="comparison", create_type=False),
            nullable=False,
        ),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("reward_points", sa.Integer(), nullable=False),
        sa.Column("reward_achievement_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("max_participants", sa.Integer(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "metric <> 'LEVEL'", name=op.f("ck_learning_challenge_counts_from_joining")
        ),
        sa.CheckConstraint("max_participants >= 1", name=op.f("ck_learning_challenge_has_room")),
        sa.CheckConstraint("reward_points >= 0", name=op.f("ck_learning_challenge_pays_or_not")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_learning_challenge_lasts")),
        sa.CheckConstraint("threshold >= 1", name=op.f("ck_learning_challenge_asks_for_something")),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["class.id"],
            name=op.f("fk_learning_challenge_class_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reward_achievement_id"],
            ["achievement.id"],
            name=op.f("fk_learning_challenge_reward_achievement_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_challenge")),
    )
    op.create_index(
        op.f("ix_learning_challenge_class_id"), "learning_challenge", ["class_id"], unique=False
    )
    op.create_index(
        "ix_learning_challenge_ends_at_id", "learning_challenge", ["ends_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_learning_challenge_reward_achievement_id"),
        "learning_challenge",
        ["reward_achievement_id"],
        unique=False,
    )
    op.create_table(
        "standing",
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
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column(
            "scope_id",
            sa.Uuid(),
            sa.Computed(
                "coalesce(class_id, '00000000-0000-0000-0000-000000000000'::uuid)", persisted=True
            ),
            nullable=True,
        ),
        sa.Column(
            "period",
            sa.Enum("DAY", "WEEK", "MONTH", "ALL_TIME", name="leaderboardperiod"),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("study_minutes", sa.Integer(), nullable=False),
        sa.Column("streak_days", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class.id"], name=op.f("fk_standing_class_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_standing_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing")),
        sa.UniqueConstraint(
            "scope_id",
            "period",
            "starts_on",
            "user_id",
            name=op.f("uq_standing_scope_id_period_starts_on_user_id"),
        ),
    )
    op.create_index(op.f("ix_standing_class_id"), "standing", ["class_id"], unique=False)
    op.create_index(
        "ix_standing_points",
        "standing",
        ["scope_id", "period", "starts_on", "points", "id"],
        unique=False,
        postgresql_where=sa.text("listed"),
    )
    op.create_index(
        "ix_standing_streak_days",
        "standing",
        ["scope_id", "period", "starts_on", "streak_days", "id"],
        unique=False,
        postgresql_where=sa.text("listed"),
    )
    op.create_index(
        "ix_standing_study_minutes",
        "standing",
        ["scope_id", "period", "starts_on", "study_minutes", "id"],
        unique=False,
        postgresql_where=sa.text("listed"),
    )
    op.create_index(op.f("ix_standing_user_id"), "standing", ["user_id"], unique=False)
    op.create_table(
        "challenge_participation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("challenge_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("ACTIVE", "COMPLETED", "FAILED", "WITHDRAWN", name="participationstatus"),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points_earned", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'COMPLETED') = (completed_at IS NOT NULL)",
            name=op.f("ck_challenge_participation_completed_at_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["learning_challenge.id"],
            name=op.f("fk_challenge_participation_challenge_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_challenge_participation_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge_participation")),
        sa.UniqueConstraint(
            "challenge_id", "user_id", name=op.f("uq_challenge_participation_challenge_id_user_id")
        ),
    )
    op.create_index(
        "ix_challenge_participation_progress",
        "challenge_participation",
        ["challenge_id", "progress"],
        unique=False,
    )
    op.create_index(
        op.f("ix_challenge_participation_user_id"),
        "challenge_participation",
        ["user_id"],
        unique=False,
    )
    op.add_column(
        "user_account",
        sa.Column(
            "leaderboard_audience",
            postgresql.ENUM("EVERYBODY", "SIGNED_IN", "NOBODY", name="audience", create_type=False),
            server_default="SIGNED_IN",
            nullable=False,
        ),
    )
    for statement in listing.CREATE:
        op.execute(statement)


def downgrade() -> None:
    """Back."""
    for statement in listing.DROP:
        op.execute(statement)
    op.drop_column("user_account", "leaderboard_audience")
    op.drop_index(op.f("ix_challenge_participation_user_id"), table_name="challenge_participation")
    op.drop_index("ix_challenge_participation_progress", table_name="challenge_participation")
    op.drop_table("challenge_participation")
    op.drop_index(op.f("ix_standing_user_id"), table_name="standing")
    op.drop_index("ix_standing_study_minutes", table_name="standing")
    op.drop_index("ix_standing_streak_days", table_name="standing")
    op.drop_index("ix_standing_points", table_name="standing")
    op.drop_index(op.f("ix_standing_class_id"), table_name="standing")
    op.drop_table("standing")
    op.drop_index(
        op.f("ix_learning_challenge_reward_achievement_id"), table_name="learning_challenge"
    )
    op.drop_index("ix_learning_challenge_ends_at_id", table_name="learning_challenge")
    op.drop_index(op.f("ix_learning_challenge_class_id"), table_name="learning_challenge")
    op.drop_table("learning_challenge")
    op.drop_index("ix_xp_entry_user_id_happened_at", table_name="xp_entry")
    op.drop_index(op.f("ix_xp_entry_awarded_by_id"), table_name="xp_entry")
    op.drop_table("xp_entry")
    op.drop_index(op.f("ix_user_achievement_achievement_id"), table_name="user_achievement")
    op.drop_table("user_achievement")
    op.drop_table("learner_score")
    op.drop_table("active_day")
    op.drop_table("achievement")
    op.execute("DROP TYPE achievementcategory")
    op.execute("DROP TYPE achievementrarity")
    op.execute("DROP TYPE comparison")
    op.execute("DROP TYPE leaderboardperiod")
    op.execute("DROP TYPE learningchallengecategory")
    op.execute("DROP TYPE learningchallengetype")
    op.execute("DROP TYPE learningmetric")
    op.execute("DROP TYPE participationstatus")
    op.execute("DROP TYPE xpkind")
