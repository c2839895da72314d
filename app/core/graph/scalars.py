"""The schema's scalars beside the built-in ones."""

import re
from datetime import UTC, date, datetime
from typing import NewType

from dateutil.parser import isoparse
from graphql import GraphQLError
from strawberry import scalar
from strawberry.types.scalar import ScalarDefinition

from app.core.graph.printing import print_time

Upload = NewType("Upload", object)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _parse_time(value: object) -> datetime:
    try:
        parsed: datetime = isoparse(str(value))
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError(f"'{value}' isn't a time in ISO 8601.") from None
    raise GraphQLError(f"'{value}' has no time zone: end it with Z or an offset.")


def _print_time(value: datetime) -> str:
    # The driver reads PostgreSQL's infinite times as the last and the first that Python has.
    if value.replace(tzinfo=None) in (datetime.max, datetime.min):  # noqa: DTZ901
        raise GraphQLError("This time isn't finite.")
    return print_time(value)


def _parse_date(value: object) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError(f"'{value}' isn't a date, such as 2001-12-31.")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: scalar(
        name="DateTime",
        description="A time in ISO 8601 with its offset; answers are in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_print_time,
        parse_value=_parse_time,
    ),
    date: scalar(
        name="Date",
        description="A day of the calendar in ISO 8601: year, month, day.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    Upload: scalar(
        name="Upload",
        description="A file, sent by the GraphQL multipart request specification.",
        specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
        serialize=str,
        parse_value=lambda value: value,
    ),
}
