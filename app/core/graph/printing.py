"""How the ordinary execution prints what PostgreSQL prints for the compiled one.

`read/emit.py` is the other half.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson


def print_time(value: datetime) -> str:
    """ISO 8601 in UTC, to the digit as PostgreSQL's `to_json` prints it: `…:22.12+00:00`."""
    # What the driver makes of an infinite time has no zone, and can't be moved to another.
    there = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    day, _, rest = there.isoformat().partition(".")
    if not rest:
        return day
    fraction = rest[:6].rstrip("0")
    return f"{day}.{fraction}+00:00"


def _plain(number: float) -> orjson.Fragment:
    """A plain decimal, with the fewest digits that mean the number."""
    text = format(Decimal(repr(number)), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return orjson.Fragment("0" if text == "-0" else text)


def _printed(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _printed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_printed(each) for each in data]
    return _plain(data) if isinstance(data, float) else data


def to_json(data: Any) -> bytes:
    """An answer's data as JSON."""
    return orjson.dumps(_printed(data))
