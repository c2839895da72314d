"""How well two people fit who are on the same course: 0 to 100 points.

| for | points |
|---|---|
| the context | 20, for the course is the same; 10 more where both are at the same section of it |
| the week | 35 for 10 hours or more at which both can study, in proportion below |
| the level | 15 for the same level in the course's subject, 10 for the next one, else 0 |
| the style | 10 for the same way to learn, 7 where one of them likes all ways, else 2 |
| the pace | 10 for the same, 5 for the next one, else 0 |

What one of the two hasn't said counts half, rounded down. The week is the one that begins now,
in whole minutes. The same people at the same moment get the same points; of equal ones those
with more time in common come first, and then those with the smaller key.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Enum, Integer, case, cast, func, literal

from app.accounts.models import LearningStyle
from app.buddies.models import StudyPace
from app.courses.models import CourseLevel

SAME_COURSE: Final = 20
SAME_SECTION: Final = 10
WEEK: Final = 35
WHOLE_WEEK_MINUTES: Final = 600
# By how many steps apart the two are; more are worth nothing.
LEVEL: Final = (15, 10)
PACE: Final = (10, 5)
STYLE: Final = 10
MIXED_STYLE: Final = 7
OTHER_STYLE: Final = 2


def week(overlap: ColumnElement[Any]) -> ColumnElement[int]:
    """Points for minutes in common."""
    return func.div(WEEK * func.least(overlap, WHOLE_WEEK_MINUTES), WHOLE_WEEK_MINUTES)


def level(theirs: Any, mine: CourseLevel | None) -> ColumnElement[int]:
    """Points for levels."""
    return _near(theirs, mine, list(CourseLevel), LEVEL)


def pace(theirs: Any, mine: StudyPace | None) -> ColumnElement[int]:
    """Points for paces."""
    return _near(theirs, mine, list(StudyPace), PACE)


def style(theirs: Any, mine: LearningStyle | None) -> ColumnElement[int]:
    """Points for ways to learn."""
    if mine is None:
        return literal(STYLE // 2, Integer)
    other = MIXED_STYLE if mine is LearningStyle.MIXED else OTHER_STYLE
    return case(
        (theirs.is_(None), STYLE // 2),
        (theirs == mine, STYLE),
        (theirs == LearningStyle.MIXED, MIXED_STYLE),
        else_=other,
    )


def _near(theirs: Any, mine: Any, steps: list[Any], points: tuple[int, ...]) -> ColumnElement[int]:
    if mine is None:
        return literal(points[0] // 2, Integer)
    kind: Any = Enum(type(mine))
    place = steps.index(mine)
    worth = {
        each: points[apart] if (apart := abs(steps.index(each) - place)) < len(points) else 0
        for each in steps
    }
    given = [(theirs == cast(literal(each, kind), kind), value) for each, value in worth.items()]
    return case(*given, else_=points[0] // 2)
