"""Who comes to the events of classes and pods."""

from uuid import UUID

from app.calendar.errors import EventFull, EventOver, EventWithoutGuests
from app.calendar.events import EventAnswered
from app.calendar.models import EventRsvp, RsvpStatus
from app.calendar.service import groups
from app.calendar.store import events as store
from app.calendar.store import guests
from app.core.clock import now
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


async def answer(uow: UnitOfWork, viewer: Viewer, key: UUID, status: RsvpStatus) -> EventRsvp:
    """Say whether the viewer comes, to all occurrences; the same again changes nothing."""
    found = await store.hold(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", "id"))
    event, _, guest = found
    if not groups.has_guests(event) or not guest:
        raise EventWithoutGuests
    over = event.spans_to is not None and event.spans_to <= now()
    if over or not await groups.meets(uow.session, event):
        raise EventOver
    row = await guests.rsvp(uow.session, key, viewer.user_id)
    if row is not None and row.status is status:
        return row
    if status is RsvpStatus.ATTENDING and event.capacity is not None:
        others = await guests.attending(uow.session, key, besides=viewer.user_id)
        if others >= event.capacity:
            raise EventFull
    row = row or EventRsvp(event_id=key, user_id=viewer.user_id, status=status)
    row.status = status
    uow.session.add(row)
    uow.publish(EventAnswered(event_id=key, user_id=viewer.user_id))
    return row
