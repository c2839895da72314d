"""Statements about who comes to events."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_
from sqlmodel import col, select

from app.accounts.models import User
from app.calendar.models import CalendarEvent, EventRsvp, RsvpStatus
from app.classes import policy as classes
from app.classes.models import Class, ClassStatus
from app.core.db import ReadSession, WriteSession
from app.courses.models import Cohort
from app.pods.models import Pod, PodMember, PodMemberStatus


async def attending(session: ReadSession, key: UUID, besides: UUID | None = None) -> int:
    """How many come, somebody left out."""
    where = [EventRsvp.event_id == key, EventRsvp.status == RsvpStatus.ATTENDING]
    if besides is not None:
        where.append(EventRsvp.user_id != besides)
    return await session.value(select(func.count()).select_from(EventRsvp).where(*where))


async def rsvp(session: ReadSession, key: UUID, user_id: UUID) -> EventRsvp | None:
    """What somebody said."""
    return await session.first(
        select(EventRsvp).where(EventRsvp.event_id == key, EventRsvp.user_id == user_id)
    )


async def rsvps(session: ReadSession, key: UUID) -> Sequence[EventRsvp]:
    """What everybody said."""
    return await session.all(
        select(EventRsvp).where(EventRsvp.event_id == key).order_by(col(EventRsvp.id))
    )


async def expected(session: ReadSession, event: CalendarEvent) -> Sequence[UUID]:
    """Who teaches the class of an event or is in it, or is in its pod, but for those who don't
    come; nobody of a class that is cancelled, or of a pod that is archived.
    """
    declined = exists().where(
        col(EventRsvp.event_id) == event.id,
        col(EventRsvp.user_id) == User.id,
        col(EventRsvp.status) == RsvpStatus.DECLINED,
    )
    invited = _in_class(event.class_id) if event.class_id else _in_pod(event.pod_id)
    return await session.all(select(User.id).where(invited, ~declined).order_by(col(User.id)))


def _in_class(class_id: UUID) -> ColumnElement[bool]:
    teaches = exists().where(col(Cohort.id) == class_id, col(Cohort.instructor_id) == User.id)
    takes_place = exists().where(
        col(Class.id) == class_id, col(Class.status) != ClassStatus.CANCELLED
    )
    return and_(or_(classes.is_member(User.id, class_id), teaches), takes_place)


def _in_pod(pod_id: UUID | None) -> ColumnElement[bool]:
    return exists().where(
        col(PodMember.pod_id) == pod_id,
        col(PodMember.user_id) == User.id,
        col(PodMember.status) == PodMemberStatus.ACTIVE,
        col(Pod.id) == PodMember.pod_id,
        col(Pod.archived_at).is_(None),
    )


async def take_back_answers(session: WriteSession, group_id: UUID, user_id: UUID) -> None:
    """Forget what somebody said about the events of a class or a pod in which they aren't."""
    events = select(CalendarEvent.id).where(
        or_(
            and_(col(CalendarEvent.class_id) == group_id, ~classes.is_member(user_id, group_id)),
            and_(
                col(CalendarEvent.pod_id) == group_id,
                ~exists().where(
                    col(PodMember.pod_id) == group_id,
                    col(PodMember.user_id) == user_id,
                    col(PodMember.status) == PodMemberStatus.ACTIVE,
                ),
            ),
        )
    )
    await session.execute(
        delete(EventRsvp).where(
            col(EventRsvp.user_id) == user_id, col(EventRsvp.event_id).in_(events)
        )
    )
