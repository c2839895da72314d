"""Root mutations of the calendar."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from app.calendar.models import EventKind, RsvpStatus
from app.calendar.service import events, feeds, guests
from app.calendar.service.events import Scope
from app.calendar.types import CalendarEvent, EventRsvp
from app.classes.types.classes import Class
from app.core.access import IN_PERSON, SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import AUTH
from app.courses.mutations.inputs import errors, keys, maybe
from app.pods.types import Pod


@strawberry.input(description="What an event can have.")
class EventFields:
    """What making and changing an event have in common."""

    kind: EventKind | None = maybe("What it is for: to study, at first.")
    description: str | None = maybe("More about it, at most 10,000 characters.")
    location: str | None = maybe("Where it takes place, at most 255 characters.")
    starts_at: datetime | None = maybe("When it begins, if it begins at a time.")
    start_date: date | None = maybe("The day on which it begins, if it takes whole days.")
    minutes: int | None = maybe(
        "How long it takes, if it begins at a time: 60 minutes at first, at most 31 days."
    )
    days: int | None = maybe("How many whole days it takes: 1 at first, at most 31.")
    time_zone: str | None = maybe("By whose clocks it goes, such as Europe/Berlin; UTC at first.")
    recurrence: str | None = maybe(
        "How it recurs, as an RRULE of RFC 5545: DAILY, WEEKLY, MONTHLY or YEARLY, with INTERVAL,"
        " COUNT (at most 1000) or UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST. It happens"
        " on the day on which it begins."
    )
    reminders: list[int] | None = maybe(
        "How many minutes before it begins people are reminded: at most five numbers, up to four"
        " weeks."
    )
    capacity: int | None = maybe(
        "How many guests can come to the event of a class or a pod: 1 to 100,000."
    )


@strawberry.input(description="An event to make, at a time or on whole days.")
class EventCreateInput(EventFields):
    """With `startsAt` or with `startDate`."""

    title: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    class_id: strawberry.ID | None = maybe(
        "The class that it is for, if you teach it, or manage classes. With neither a class nor a"
        " pod it is your own."
    )
    pod_id: strawberry.ID | None = maybe(
        "The pod that it is for, if you are an owner, admin or moderator of it."
    )


@strawberry.input(description="What is to be another way in an event. What isn't given stays.")
class EventUpdateInput(EventFields):
    """In one occurrence only title, description, location and time."""

    id: strawberry.ID = strawberry.field(description="The event.")
    scope: Scope = strawberry.field(default=Scope.ALL, description="How much of it is meant.")
    occurrence: date | None = maybe(
        "Which occurrence, by the day of a calendar's entry; with another scope than `ALL`."
    )
    title: str | None = maybe("What it is called, 1 to 255 characters.")


@strawberry.input(description="How much of an event to delete.")
class EventDeleteInput:
    """All of it, unless something else is said."""

    id: strawberry.ID = strawberry.field(description="The event.")
    scope: Scope = strawberry.field(default=Scope.ALL, description="How much of it is meant.")
    occurrence: date | None = maybe(
        "Which occurrence, by the day of a calendar's entry; with another scope than `ALL`."
    )


@strawberry.input(description="Whether the viewer comes to an event.")
class EventRsvpInput:
    """To all its occurrences."""

    id: strawberry.ID = strawberry.field(
        description="The event, of a class or a pod that you are in."
    )
    status: RsvpStatus = strawberry.field(description="Whether you come.")


@strawberry.type
class _EventPayload:
    event: CalendarEvent | None = edge("event_key", "The event.")
    event_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `eventCreate`.")
class EventCreatePayload(_EventPayload):
    """The event."""


@strawberry.type(description="The answer to `eventUpdate`.")
class EventUpdatePayload(_EventPayload):
    """The event that has what was changed: another one, where a series was split."""


@strawberry.type(description="The answer to `eventDelete`.")
class EventDeletePayload(_EventPayload):
    """What is left of the event; null if nothing."""


@strawberry.type(description="The answer to `eventRsvp`.")
class EventRsvpPayload(_EventPayload):
    """The event with its counts, and what the viewer said."""

    rsvp: EventRsvp | None = edge("rsvp_key", "What the viewer said.")
    rsvp_key: strawberry.Private[UUID | None] = None


@strawberry.type(description="The answer to `calendarFeedReset`.")
class CalendarFeedResetPayload:
    """The address is seen only here."""

    url: str | None = strawberry.field(
        default=None,
        description="The secret address of the viewer's calendar, for programs that read"
        " iCalendar (RFC 5545): whoever knows it reads 90 days back and 366 days ahead.",
    )
    errors: list[UserError] = errors()


def _key(input: Any) -> UUID:
    return from_global(CalendarEvent.prefix, input.id)


def _day(input: Any) -> date | None:
    return None if input.occurrence is strawberry.UNSET else input.occurrence


@strawberry.type
class CalendarMutation:
    """Plan, and say whether you come."""

    @mutation(SIGNED_IN)
    async def event_create(self, info: Info, input: EventCreateInput) -> EventCreatePayload:
        """Make an event: your own, or one of a class that you teach, or of a pod that you run,
        which its members see.
        """
        more = keys(input, class_id=Class.prefix, pod_id=Pod.prefix)
        data = to_data(events.EventData, input, **more)
        async with info.context.begin() as uow:
            event = await events.create(uow, info.context.me, data)
        return EventCreatePayload(event_key=event.id)

    @mutation(SIGNED_IN)
    async def event_update(self, info: Info, input: EventUpdateInput) -> EventUpdatePayload:
        """Change one occurrence of an event, one and all after it, or all. What is changed in all
        is so in each of them; another day or another recurrence makes all of them anew.
        """
        data = to_data(events.EventChanges, input)
        async with info.context.begin() as uow:
            event = await events.update(
                uow, info.context.me, _key(input), input.scope, _day(input), data
            )
        return EventUpdatePayload(event_key=event.id)

    @mutation(SIGNED_IN)
    async def event_delete(self, info: Info, input: EventDeleteInput) -> EventDeletePayload:
        """Delete one occurrence of an event, one and all after it, or all."""
        key = _key(input)
        async with info.context.begin() as uow:
            await events.delete(uow, info.context.me, key, input.scope, _day(input))
        return EventDeletePayload(event_key=key)

    @mutation(SIGNED_IN)
    async def event_rsvp(self, info: Info, input: EventRsvpInput) -> EventRsvpPayload:
        """Say whether you come to an event of a class or a pod that you are in. You can say
        something else later; where there is room for so many, `EVENT_FULL` is for those who come
        too late.
        """
        key = _key(input)
        async with info.context.begin() as uow:
            rsvp = await guests.answer(uow, info.context.me, key, input.status)
        return EventRsvpPayload(event_key=key, rsvp_key=rsvp.id)

    @mutation(IN_PERSON, AUTH)
    async def calendar_feed_reset(self, info: Info) -> CalendarFeedResetPayload:
        """Give your calendar a new secret address, at which programs read it without signing in.
        The one that it had ends at once.
        """
        base_url = str(info.context.request.base_url)
        async with info.context.begin() as uow:
            url = await feeds.reset(uow, info.context.me, base_url)
        return CalendarFeedResetPayload(url=url)
