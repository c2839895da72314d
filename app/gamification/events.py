"""What happens to somebody's XP, level, streak and badges."""

from uuid import UUID

from app.core.events import PersistedEvent

_GAMIFICATION = "gamification:"


def gamification_stream(user_id: UUID | str) -> str:
    """What one user achieves."""
    return f"{_GAMIFICATION}{user_id}"


class _GamificationEvent(PersistedEvent):
    user_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return gamification_stream(self.user_id)


class XpChanged(_GamificationEvent):
    """There is a new line in the ledger."""

    kind = "gamification.xp_changed"
    entry_id: UUID
    # A name of `XpKind`.
    earned_for: str
    amount: int


class LevelReached(_GamificationEvent):
    """They have come to a higher level."""

    kind = "gamification.level_reached"
    level: int


class StreakChanged(_GamificationEvent):
    """They have learned on so many days in a row."""

    kind = "gamification.streak_changed"
    days: int


class AchievementUnlocked(_GamificationEvent):
    """They have unlocked an achievement."""

    kind = "gamification.achievement_unlocked"
    user_achievement_id: UUID


class ChallengeCompleted(_GamificationEvent):
    """They have done what a challenge asks for."""

    kind = "gamification.challenge_completed"
    participation_id: UUID
