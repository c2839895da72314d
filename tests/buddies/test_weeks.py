"""Weeks of people in different zones, also where clocks are put forward or back."""

from datetime import UTC, datetime

import pytest

from app.buddies import weeks
from app.buddies.weeks import Span

# A Monday on which both continents have their usual offsets: six hours apart.
_WINTER = datetime(2026, 1, 5, tzinfo=UTC)
_HOUR, _DAY = 60, 1440


def _common(mine: list[Span], zone: str, theirs: list[Span], other: str, moment: datetime) -> int:
    """The minutes that two have in common, as the database counts them."""
    shown = weeks.shown(weeks.from_now(mine, zone, moment), other, moment)
    return sum(
        max(0, min(last, ends) - max(first, begins))
        for first, last in shown
        for begins, ends in theirs
    )


@pytest.mark.parametrize(
    ("mine", "zone", "theirs", "other", "moment", "minutes"),
    [
        # The same clock.
        ([(600, 660)], "UTC", [(630, 700)], "UTC", _WINTER, 30),
        # Ends where the other begins.
        ([(600, 660)], "UTC", [(660, 700)], "UTC", _WINTER, 0),
        # 18:00 to 20:00 in Berlin is noon to 14:00 in New York.
        ([(18 * 60, 20 * 60)], "Europe/Berlin", [(12 * 60, 13 * 60)], "America/New_York",
         _WINTER, 60),
        # In the weeks between, New York has changed its clocks and Berlin hasn't: 13:00 to 15:00.
        ([(18 * 60, 20 * 60)], "Europe/Berlin", [(12 * 60, 13 * 60)], "America/New_York",
         datetime(2026, 3, 16, tzinfo=UTC), 0),
        ([(18 * 60, 20 * 60)], "Europe/Berlin", [(13 * 60, 14 * 60)], "America/New_York",
         datetime(2026, 3, 16, tzinfo=UTC), 60),
        # Monday morning in Auckland is Sunday in Los Angeles: past the end of the week.
        ([(8 * 60, 9 * 60)], "Pacific/Auckland", [(6 * _DAY, 7 * _DAY)], "America/Los_Angeles",
         _WINTER, 60),
        # Half hours, and three quarters.
        ([(0, 60)], "Asia/Kathmandu", [(6 * _DAY + 18 * 60, 6 * _DAY + 20 * 60)], "UTC",
         _WINTER, 60),
        # All the time, with all the time.
        ([(0, 7 * _DAY)], "Asia/Kathmandu", [(0, 7 * _DAY)], "Pacific/Chatham", _WINTER, 7 * _DAY),
        # In the middle of an interval, the week has its second half first.
        ([(600, 660)], "UTC", [(600, 660)], "UTC", datetime(2026, 1, 5, 10, 20, tzinfo=UTC), 60),
        # Clocks are put forward on Sunday, 29 March: there is no 02:00 to 03:00 in Berlin.
        ([(6 * _DAY + 60, 6 * _DAY + 240)], "Europe/Berlin", [(0, 7 * _DAY)], "UTC",
         datetime(2026, 3, 23, tzinfo=UTC), 120),
        # And back on 25 October: there it is twice.
        ([(6 * _DAY + 60, 6 * _DAY + 240)], "Europe/Berlin", [(0, 7 * _DAY)], "UTC",
         datetime(2026, 10, 19, tzinfo=UTC), 240),
        # Before the change and after it the offset is another one.
        ([(5 * _DAY + 600, 5 * _DAY + 660), (6 * _DAY + 600, 6 * _DAY + 660)], "Europe/Berlin",
         [(5 * _DAY + 540, 5 * _DAY + 600), (6 * _DAY + 480, 6 * _DAY + 540)], "UTC",
         datetime(2026, 3, 23, tzinfo=UTC), 120),
        # A zone that is none any more is UTC.
        ([(600, 660)], "Middle/Earth", [(600, 660)], "UTC", _WINTER, 60),
    ],
)  # fmt: skip
def test_in_common(
    mine: list[Span], zone: str, theirs: list[Span], other: str, moment: datetime, minutes: int
) -> None:
    assert _common(mine, zone, theirs, other, moment) == minutes
    # Whichever of the two looks.
    assert _common(theirs, other, mine, zone, moment) == minutes
