"""Where programs read a calendar: `GET /calendar/<token>.ics`."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.calendar.service import feeds
from app.calendar.service.feeds import Feed
from app.core import limits
from app.core.errors import BadRequest, RateLimited
from app.core.links import FEEDS
from app.core.resources import Resources

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


async def _feed(request: Request) -> Response:
    resources: Resources = request.app.state.resources
    token = request.path_params["token"]
    address = request.client.host if request.client else ""
    try:
        await resources.limiter.take(address, limits.FEEDS)
        found = await feeds.find(resources, token) if _TOKEN.fullmatch(token) else None
        if found is None:
            return _missing()
        await resources.limiter.take(str(found.user_id), limits.FEED)
        feed = await feeds.read(resources, found)
    except RateLimited as error:
        wait = str(error.extensions["retryAfter"])
        return PlainTextResponse(f"{error.message}\n", 429, headers={"retry-after": wait})
    except BadRequest:
        return PlainTextResponse("This calendar is too long to be read at once.\n", 413)
    return _missing() if feed is None else _answer(request, feed)


def _missing() -> Response:
    return PlainTextResponse(
        "There is no such calendar.\n", 404, headers={"cache-control": "no-store"}
    )


def _answer(request: Request, feed: Feed) -> Response:
    headers = {
        "etag": f'"{feed.digest}"',
        "last-modified": format_datetime(feed.changed_at.astimezone(UTC), usegmt=True),
        # For the reader alone, and never without asking: a feed that was reset is gone at once.
        "cache-control": "private, no-cache",
    }
    if _is_known(request, feed):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = 'inline; filename="calendar.ics"'
    return Response(feed.body, headers=headers, media_type="text/calendar; charset=utf-8")


def _is_known(request: Request, feed: Feed) -> bool:
    """Whether the reader has it already."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return "*" in known or f'"{feed.digest}"' in known
    since = _time(request.headers.get("if-modified-since", ""))
    return since is not None and feed.changed_at.replace(microsecond=0) <= since


def _time(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


ROUTES = (Route(f"{FEEDS}{{token}}.ics", _feed, methods=["GET"]),)
