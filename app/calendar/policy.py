"""Who sees and does what in the calendar."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, false, or_, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.calendar.models import CalendarEvent, EventRsvp
from app.classes import policy as classes
from app.core.viewer import Asker
from app.pods import policy as pods
from app.pods.states import PodAction


def _own(viewer: Asker, event: type[CalendarEvent]) -> ColumnElement[bool]:
    return and_(
        col(event.class_id).is_(None),
        col(event.pod_id).is_(None),
        col(event.owner_id) == viewer.user_id,
    )


def keeps(viewer: Asker, event: type[CalendarEvent] = CalendarEvent) -> ColumnElement[bool]:
    """The viewer's own events, those of classes that they teach, or manage, and those of pods
    that they run.
    """
    if not viewer.signed_in:
        return false()
    return or_(
        _own(viewer, event),
        and_(col(event.class_id).is_not(None), classes.keeps(viewer, event.class_id)),
        pods.may(viewer, PodAction.PLAN, event.pod_id),
    )


def visible(viewer: Asker, event: type[CalendarEvent] = CalendarEvent) -> ColumnElement[bool]:
    """The viewer's own events, and those of their pods and of classes that they teach, manage or
    attend.
    """
    if not viewer.signed_in:
        return false()
    return or_(keeps(viewer, event), is_guest(viewer, event))


def in_calendar(viewer: Asker) -> ColumnElement[bool]:
    """Those of them that are in the viewer's calendar: not of classes that they only manage.

    Each way to an event has an index; all of them in one condition would read every event.
    """
    event = aliased(CalendarEvent)
    ways = (_own(viewer, event), *_as_guest(viewer, event))
    return col(CalendarEvent.id).in_(union_all(*[select(event.id).where(way) for way in ways]))


def is_guest(viewer: Asker, event: type[CalendarEvent] = CalendarEvent) -> ColumnElement[bool]:
    """Whether the viewer is in the class or the pod of an event, or teaches it."""
    return or_(*_as_guest(viewer, event))


def _as_guest(viewer: Asker, event: type[CalendarEvent]) -> Sequence[ColumnElement[bool]]:
    return (
        classes.leads(viewer, event.class_id),
        classes.attends(viewer, event.class_id),
        pods.belongs(viewer, event.pod_id),
    )


def visible_rsvp(viewer: Asker, rsvp: type[EventRsvp] = EventRsvp) -> ColumnElement[bool]:
    """One's own, and those to events that the viewer keeps."""
    if not viewer.signed_in:
        return false()
    kept = exists(
        select(CalendarEvent.id)
        .where(CalendarEvent.id == rsvp.event_id, keeps(viewer))
        .correlate(rsvp)
    )
    return or_(col(rsvp.user_id) == viewer.user_id, kept)
