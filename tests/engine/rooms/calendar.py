"""Events of the calendar, and who comes to them."""

from datetime import datetime, time

from tests.engine.eyes import Eyes, Row, edge
from tests.engine.filling import Filling
from tests.engine.people import user
from tests.engine.room import Room
from tests.engine.rooms.classes import has_part, leads
from tests.engine.rooms.pods import STEWARDS, role_in


def _class(eyes: Eyes, event: Row) -> Row | None:
    return eyes.rows.one("class", event["class_id"])


def _keeps(eyes: Eyes, event: Row) -> bool:
    """Whether it is their own, of a class that they teach or manage, or of a pod that they run."""
    taught = _class(eyes, event)
    if event["pod_id"] is not None:
        return role_in(eyes, event["pod_id"]) in STEWARDS
    if taught is None:
        return eyes.me is not None and event["owner_id"] == eyes.me
    return eyes.may("class.manage") or leads(eyes, taught)


def _sees_event(eyes: Eyes, event: Row) -> bool:
    if event["pod_id"] is not None:
        return role_in(eyes, event["pod_id"]) is not None
    taught = _class(eyes, event)
    return _keeps(eyes, event) if taught is None else has_part(eyes, taught)


def _sees_rsvp(eyes: Eyes, rsvp: Row) -> bool:
    event = eyes.rows.one("calendar_event", rsvp["event_id"])
    assert event is not None
    return eyes.me is not None and (rsvp["user_id"] == eyes.me or _keeps(eyes, event))


def _own_rsvp(eyes: Eyes, event: Row) -> Row | None:
    found = eyes.rows.where("event_rsvp", event_id=event["id"], user_id=eyes.me)
    return next(iter(found), None)


def _rsvps(eyes: Eyes, event: Row) -> list[Row] | None:
    return eyes.rows.where("event_rsvp", event_id=event["id"]) if _keeps(eyes, event) else None


def _clock(filling: Filling, _: Row) -> time | None:
    return None if filling.chance(0.3) else time(filling.rng.randrange(24), 30)


def _recurrence(filling: Filling, _: Row) -> str | None:
    return None if filling.chance(0.5) else f"FREQ=WEEKLY;INTERVAL={filling.rng.randint(2, 9)}"


def _starts_at(filling: Filling, row: Row) -> datetime | None:
    return None if row["starts_time"] is None else filling.time()


def _minutes(filling: Filling, row: Row) -> int:
    return filling.rng.randint(1, 30) * (1440 if row["starts_time"] is None else 1)


def _reminders(filling: Filling, _: Row) -> list[int]:
    return sorted(filling.rng.sample(range(1000), filling.rng.randrange(6)))


ROOM = Room(
    sees={"CalendarEvent": _sees_event, "EventRsvp": _sees_rsvp},
    leads={
        ("CalendarEvent", "owner"): edge("user_account", "owner_id"),
        ("CalendarEvent", "class"): edge("class", "class_id"),
        ("CalendarEvent", "pod"): edge("pod", "pod_id"),
        ("EventRsvp", "event"): edge("calendar_event", "event_id"),
        ("EventRsvp", "user"): edge("user_account", "user_id"),
    },
    own={
        ("CalendarEvent", "viewerRsvp"): _own_rsvp,
        ("CalendarEvent", "rsvps"): _rsvps,
    },
    nodes={
        "CalendarEvent": ("calendar_event", "cev"),
        "EventRsvp": ("event_rsvp", "rsv"),
    },
    answered={"calendar": '(from: "2026-01-01", to: "2026-01-31")'},
    unread=frozenset({"calendar_occurrence", "calendar_feed"}),
    counts={"calendar_event": 40, "event_rsvp": 100, "calendar_occurrence": 10},
    rules={
        "calendar_event.owner_id": lambda filling, row: (
            None if filling.chance(0.2) else user(filling, row)
        ),
        "calendar_event.class_id": lambda filling, row: (
            None
            if row["owner_id"] is not None and filling.chance(0.5)
            else filling.one(filling.rows["class"])["id"]
        ),
        "calendar_event.pod_id": lambda filling, row: (
            None
            if row["class_id"] is not None or filling.chance(0.5)
            else filling.one(filling.rows["pod"])["id"]
        ),
        "calendar_event.time_zone": lambda filling, _: filling.rng.choice(("UTC", "Asia/Jakarta")),
        "calendar_event.recurrence": _recurrence,
        "calendar_event.starts_time": _clock,
        "calendar_event.starts_at": _starts_at,
        "calendar_event.minutes": _minutes,
        "calendar_event.reminders": _reminders,
        "calendar_event.capacity": lambda filling, row: (
            None
            if row["class_id"] is None and row["pod_id"] is None
            else filling.rng.randint(1, 100)
        ),
        "calendar_occurrence.starts_on": lambda filling, _: filling.past().date(),
        "calendar_occurrence.starts_time": _clock,
        "calendar_occurrence.minutes": lambda filling, _: filling.rng.randint(1, 1440),
        "event_rsvp.user_id": user,
    },
)
