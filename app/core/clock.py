"""The time, in one place, so that every timestamp is aware and in UTC."""

from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime

# What things are planned for is between these days: whatever is counted from there is a day too.
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 12, 31)


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


def _planned(value: datetime) -> datetime:
    if not EARLIEST < value.date() < LATEST:
        raise ValueError(f"Things are planned for {EARLIEST.year} to {LATEST.year}.")
    return value


PlannedTime = Annotated[AwareDatetime, AfterValidator(_planned)]
