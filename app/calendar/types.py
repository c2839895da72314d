"""What the schema shows of the calendar."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col, select

from app.accounts.types import User
from app.calendar import models, policy
from app.calendar.models import EventKind, RsvpStatus
from app.calendar.series import EntryKind, Occurrence, Window
from app.calendar.service.events import Scope
from app.classes.types.classes import Class
from app.classes.types.lectures import Lecture
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    called,
    column,
    computed,
    edge,
    one,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses.types.quizzes import QuizAttempt
from app.pods.types import Pod
from app.sessions.types.session import StudySession

describe(
    EventKind,
    "What an event is for.",
    {
        EventKind.STUDY: "To learn.",
        EventKind.EXAM: "To be examined.",
        EventKind.ASSIGNMENT: "To work on something that is handed in.",
        EventKind.MEETING: "To meet.",
        EventKind.DEADLINE: "Something is to be done by then.",
    },
)
describe(
    RsvpStatus,
    "Whether a guest comes to an event.",
    {
        RsvpStatus.ATTENDING: "They do.",
        RsvpStatus.MAYBE: "They may.",
        RsvpStatus.DECLINED: "They don't.",
    },
)
describe(
    Scope,
    "How much of a recurring event is meant.",
    {
        Scope.THIS: "One occurrence alone.",
        Scope.FOLLOWING: "An occurrence and all after it: they become an event of their own.",
        Scope.ALL: "The whole event.",
    },
)
describe(
    EntryKind,
    "What an entry of a calendar is about.",
    {
        EntryKind.EVENT: "An event of the viewer's own, of a class, or of a pod.",
        EntryKind.SESSION: "A study session that the viewer takes part in.",
        EntryKind.MEETING: "A meeting of a class that the viewer teaches or attends.",
        EntryKind.LECTURE: "A lecture that the viewer gives, or has a seat at.",
        EntryKind.DEADLINE: "The end of the time for a quiz that the viewer has begun, or the last"
        " day on which students can join a class that the viewer teaches.",
    },
)


@reads(
    models.EventRsvp,
    visible=policy.visible_rsvp,
    description="Whether somebody comes to an event.",
)
class EventRsvp(Node):
    """For them, and for those who keep the event."""

    prefix = "rsv"

    event: "CalendarEvent | None" = edge("event_id", "The event.")
    user: User | None = edge("user_id", "Who said so.")
    status: RsvpStatus = column("What they said.")
    created_at: datetime = column("When they first said something.")


def _all_day(_: Asker, event: type[models.CalendarEvent]) -> ColumnElement[bool]:
    return col(event.starts_time).is_(None)


def _count(status: RsvpStatus) -> Callable[..., ColumnElement[int]]:
    def counted(_: Asker, event: type[models.CalendarEvent]) -> ColumnElement[int]:
        rsvp = models.EventRsvp
        found = (
            select(func.count())
            .where(rsvp.event_id == event.id, rsvp.status == status)
            .correlate(event)
        )
        return whole(found.scalar_subquery())

    return counted


def _mine(
    viewer: Asker, rsvp: type[models.EventRsvp], event: type[models.CalendarEvent]
) -> ColumnElement[bool]:
    return and_(col(rsvp.event_id) == event.id, col(rsvp.user_id) == viewer.user_id)


def _rsvps(viewer: Asker, rsvp: type[models.EventRsvp], event: type[models.CalendarEvent]) -> Rows:
    return Rows(
        col(rsvp.event_id) == event.id,
        Order("eventRsvps"),
        visible=true(),
        exists=policy.keeps(viewer, event),
    )


@reads(
    models.CalendarEvent,
    visible=policy.visible,
    description="Something with a time, once or again and again: the viewer's own, a class's,"
    " or a pod's.",
    needs=("reminders",),
)
class CalendarEvent(Node):
    """By the clocks of its own time zone, so that it keeps its hour when they change."""

    prefix = "cev"

    owner: User | None = edge("owner_id", "Who made it.")
    class_: Class | None = called(
        "class", edge("class_id", "The class that it is for, if it is for one.")
    )
    pod: Pod | None = edge("pod_id", "The pod that it is for, if it is for one.")
    kind: EventKind = column("What it is for.")
    title: str = column("What it is called.")
    description: str = column("More about it; may be empty.")
    location: str = column("Where it takes place; may be empty.")
    all_day: bool = computed(_all_day, "Whether it takes whole days.")
    starts_at: datetime | None = column("When it first begins; null for one that takes whole days.")
    start_date: date = column("The day on which it first begins, in its time zone.", "starts_on")
    time_zone: str = column("The time zone whose clocks it goes by, such as Europe/Berlin.")
    minutes: int = column("How long it takes, in minutes: 1440 for each whole day.")
    recurrence: str | None = column(
        "How it recurs, as an RRULE of RFC 5545; null for once. UNTIL is the last day on which it"
        " may happen, in its time zone."
    )
    capacity: int | None = column("How many guests can come; null for any number.")
    attending_count: int = computed(_count(RsvpStatus.ATTENDING), "How many guests come.")
    maybe_count: int = computed(_count(RsvpStatus.MAYBE), "How many may come.")
    declined_count: int = computed(_count(RsvpStatus.DECLINED), "How many don't come.")
    viewer_rsvp: EventRsvp | None = one(
        _mine, "What the viewer said; null if nothing.", visible=true()
    )
    rsvps: Connection[EventRsvp] | None = pages(
        _rsvps, "What everybody said; null unless the viewer keeps the event."
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")

    @strawberry.field(
        description="How many minutes before it begins people are reminded; at most five numbers."
    )
    def reminders(self) -> list[int]:
        """From a column of numbers."""
        found: list[int] = vars(self)["reminders"]
        return found


@strawberry.type(description="Something that takes place in the viewer's calendar.")
class CalendarEntry:
    """One occurrence of what it is about; of the objects below there is one."""

    kind: EntryKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="More about it; may be empty.")
    location: str = strawberry.field(description="Where it takes place; may be empty.")
    all_day: bool = strawberry.field(description="Whether it takes whole days.")
    starts_at: datetime | None = strawberry.field(
        description="When it begins; null if it takes whole days."
    )
    ends_at: datetime | None = strawberry.field(
        description="When it ends; null if it takes whole days."
    )
    start_date: date = strawberry.field(
        description="The day on which it begins: in the time zone that was asked for, but whole"
        " days are the same everywhere."
    )
    end_date: date = strawberry.field(description="The day on which it ends, in the same way.")
    occurrence: date | None = strawberry.field(
        description="If it recurs: the day that tells this occurrence from the others, wherever it"
        " was moved. `eventUpdate` and `eventDelete` take it."
    )
    event: CalendarEvent | None = edge("event_key", "The event.")
    session: StudySession | None = edge("session_key", "The study session.")
    class_: Class | None = called(
        "class", edge("class_key", "The class that meets, or that can be joined until then.")
    )
    lecture: Lecture | None = edge("lecture_key", "The lecture.")
    quiz_attempt: QuizAttempt | None = edge("attempt_key", "The try at a quiz.")
    event_key: strawberry.Private[UUID | None] = None
    session_key: strawberry.Private[UUID | None] = None
    class_key: strawberry.Private[UUID | None] = None
    lecture_key: strawberry.Private[UUID | None] = None
    attempt_key: strawberry.Private[UUID | None] = None


def entry_of(found: Occurrence, window: Window) -> CalendarEntry:
    """An occurrence as the schema shows it."""
    series, whole_days = found.series, found.starts_time is None
    begins, ends = found.begins, found.ends
    # What ends at midnight ends on the day before it.
    last = max(begins, ends - timedelta(microseconds=1)).astimezone(window.zone).date()
    keys: dict[str, Any] = {_key_of(found): series.key}
    return CalendarEntry(
        kind=series.kind,
        title=found.title,
        description=found.description,
        location=found.location,
        all_day=whole_days,
        starts_at=None if whole_days else begins,
        ends_at=None if whole_days else ends,
        start_date=found.starts_on if whole_days else begins.astimezone(window.zone).date(),
        end_date=found.last_day if whole_days else last,
        occurrence=None if series.rule is None else found.day,
        **keys,
    )


_KEYS: Final = {
    EntryKind.EVENT: "event_key",
    EntryKind.SESSION: "session_key",
    EntryKind.MEETING: "class_key",
    EntryKind.LECTURE: "lecture_key",
}


def _key_of(found: Occurrence) -> str:
    kind = found.series.kind
    if kind is EntryKind.DEADLINE:
        return "class_key" if found.starts_time is None else "attempt_key"
    return _KEYS[kind]
