"""Which boards there are."""

from enum import StrEnum

from app.core.graph.enums import describe


class LeaderboardScope(StrEnum):
    """Among whom a board ranks."""

    GLOBAL = "global"
    CLASS = "class"


class LeaderboardMetric(StrEnum):
    """By what a board ranks: the column of a standing."""

    POINTS = "points"
    STUDY_TIME = "study_minutes"
    STREAK = "streak_days"


describe(
    LeaderboardScope,
    "Among whom a leaderboard ranks.",
    {
        LeaderboardScope.GLOBAL: "Everybody.",
        LeaderboardScope.CLASS: "The members of a class.",
    },
)
describe(
    LeaderboardMetric,
    "By what a leaderboard ranks.",
    {
        LeaderboardMetric.POINTS: "By XP.",
        LeaderboardMetric.STUDY_TIME: "By minutes of practice and of study sessions.",
        LeaderboardMetric.STREAK: "By the longest streak, in days.",
    },
)
