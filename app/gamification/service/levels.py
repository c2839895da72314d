"""Levels: the one formula, and its inverse."""

from math import isqrt
from typing import Final, TypeVar

from sqlalchemy import ColumnElement

Level = TypeVar("Level", int, ColumnElement[int])

# The XP that lead from level 1 to level 2; each level takes so many more than the one before.
STEP: Final = 100


def xp_of(level: Level) -> Level:
    """The total XP at which a level, from 1 on, begins: of a number, or in SQL.

    0, 100, 300, 600, 1000 and so on: 100 * (level - 1) * level / 2. These are triangular numbers,
    as in the table of experience points of the d20 System Reference Document 3.5, with 100 XP in
    place of its 1,000.
    """
    return STEP * (level - 1) * level // 2


def level_of(total_xp: int) -> int:
    """The level that a total of XP, from 0 on, has come to: the inverse of `xp_of`.

    The greatest n with n(n - 1) <= 2 * total / 100, in whole numbers.
    """
    return (1 + isqrt(1 + 4 * (2 * total_xp // STEP))) // 2
