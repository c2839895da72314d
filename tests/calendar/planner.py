"""Events as somebody makes them, and a calendar as they see it."""

from datetime import timedelta
from typing import Any

from app.core.clock import now
from tests.client import Api, Payload
from tests.factories import Person

EVENT = """
    event { id kind title description location allDay startsAt startDate timeZone minutes recurrence
            reminders capacity attendingCount maybeCount declinedCount viewerRsvp { status } }
"""
_CALENDAR = """
    query ($from: Date!, $to: Date!, $zone: String!) {
      calendar(from: $from, to: $to, timeZone: $zone) {
        kind title description location allDay startsAt endsAt startDate endDate occurrence
        event { id } session { id } class { id } lecture { id } quizAttempt { id }
      }
    }
"""


def day(ahead: int) -> str:
    """A day from today."""
    return (now() + timedelta(days=ahead)).date().isoformat()


async def make(api: Api, who: Person, **given: Any) -> str:
    """The id of a new event."""
    values = {"title": "Biology", "startsAt": "2026-03-23T08:00:00Z", **given}
    made: str = (await api.mutate("eventCreate", values, EVENT, as_=who)).ok()["event"]["id"]
    return made


async def change(api: Api, who: Person, id: str, **given: Any) -> Payload:
    """What becomes of changing an event."""
    return await api.mutate("eventUpdate", {"id": id, **given}, EVENT, as_=who)


async def delete(api: Api, who: Person, id: str, **given: Any) -> Payload:
    """What becomes of deleting an event."""
    return await api.mutate("eventDelete", {"id": id, **given}, "event { id }", as_=who)


async def calendar(
    api: Api, who: Person, first: str, last: str, zone: str = "UTC"
) -> list[dict[str, Any]]:
    """Somebody's entries from one day to another."""
    given = {"from": first, "to": last, "zone": zone}
    found: list[dict[str, Any]] = (await api.execute(_CALENDAR, given, as_=who)).ok()["calendar"]
    for each in found:
        for name in ("startsAt", "endsAt"):
            each[name] = each[name] and each[name].replace("+00:00", "Z")
    return found


async def starts(api: Api, who: Person, first: str, last: str) -> list[tuple[str, str]]:
    """When what is called how begins."""
    found = await calendar(api, who, first, last)
    return [(each["title"], each["startsAt"] or each["startDate"]) for each in found]


async def refused(api: Api, who: Person, **given: Any) -> list[str]:
    """The codes with which a calendar isn't shown."""
    values = {"from": "2026-01-01", "to": "2026-01-31", "zone": "UTC", **given}
    return (await api.execute(_CALENDAR, values, as_=who)).codes
