"""What pays: how much XP there is for what, and how often a day."""

from dataclasses import dataclass
from typing import Final

from app.gamification.models import XpKind


@dataclass(frozen=True)
class Pay:
    """So many XP, so many times a day of the user's own; what comes beyond is written with 0.

    What is timed and took less than `least_minutes` isn't written at all.
    """

    xp: int
    most_a_day: int
    least_minutes: int = 0


# What takes longer pays more. A limit lets a hard day's work through, and no machine.
PAYS: Final[dict[XpKind, Pay]] = {
    XpKind.LESSON: Pay(10, 20),
    XpKind.QUIZ: Pay(20, 20),
    XpKind.ASSIGNMENT: Pay(30, 10),
    XpKind.CODING: Pay(20, 20),
    # A section of a course, with every lesson of it.
    XpKind.MODULE: Pay(50, 10),
    XpKind.COURSE: Pay(100, 5),
    XpKind.PRACTICE_SESSION: Pay(15, 4, least_minutes=5),
    XpKind.STUDY_SESSION: Pay(15, 4, least_minutes=5),
    # A card, on a day.
    XpKind.FLASHCARD: Pay(1, 50),
    # A whole week of days in a row.
    XpKind.STREAK: Pay(50, 1),
}

# A streak pays whenever it has come to a multiple of this.
STREAK_DAYS: Final = 7

# What a day of learning is: XP of other kinds makes none.
LEARNING: Final = frozenset(PAYS) - {XpKind.STREAK}
