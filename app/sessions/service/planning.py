"""Sessions to come: make them, change them, invite, answer."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field

from app.accounts.locales import time_zone
from app.accounts.store import blocks
from app.core import recurrence
from app.core.clock import PlannedTime, now
from app.core.errors import InvalidInput, NotFound
from app.core.text import line, or_empty, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import service as messaging
from app.messaging.models import ConversationKind
from app.sessions.errors import SessionFull, WrongState
from app.sessions.events import ParticipantChanged, SessionChanged
from app.sessions.models import (
    Participant,
    ParticipantRole,
    ParticipantStatus,
    SessionKind,
    SessionStatus,
    StudySession,
    VideoKind,
)
from app.sessions.service.taking_part import hosted, seen
from app.sessions.states import OPEN
from app.sessions.store import lifecycle as store

# Seats of each kind: what is usual, and what is possible.
SEATS = {
    SessionKind.INDIVIDUAL: (1, 1),
    SessionKind.BUDDY: (2, 2),
    SessionKind.GROUP: (8, 50),
    SessionKind.POD: (20, 100),
}

# As many as there are seats in the largest kind.
MOST_INVITED: Final = 100
_START: Final = ("input", "scheduledStart")


Line = Annotated[str, AfterValidator(line(255))]
Lines = Annotated[list[Line], Field(max_length=50)]
Description = Annotated[str, AfterValidator(or_empty(text(5000)))]
Zone = Annotated[str, AfterValidator(time_zone)]
Minutes = Annotated[int, Field(ge=5, le=720)]


class SessionData(BaseModel):
    """A session to make."""

    name: Line
    kind: SessionKind
    description: Description = ""
    topics: Lines = []
    goals: Lines = []
    scheduled_start: PlannedTime | None = None
    planned_minutes: Minutes = 60
    time_zone: Zone = "UTC"
    recurrence: str | None = None
    max_participants: int | None = Field(default=None, ge=1)
    video_kind: VideoKind = VideoKind.WEBRTC
    ai_listening: bool = False
    recording: bool = False
    public: bool = False


class SessionChanges(BaseModel):
    """What a host changes; what isn't given stays."""

    name: Line | None = None
    description: Description | None = None
    topics: Lines | None = None
    goals: Lines | None = None
    scheduled_start: PlannedTime | None = None
    planned_minutes: Minutes | None = None
    ai_listening: bool | None = None
    recording: bool | None = None
    public: bool | None = None


async def create(uow: UnitOfWork, viewer: Viewer, data: SessionData) -> StudySession:
    """A scheduled session with the viewer as its host, and its chat."""
    usual, most = SEATS[data.kind]
    if data.max_participants is not None and data.max_participants > most:
        raise InvalidInput(
            f"A session of this kind has at most {most} seats.", field=("input", "maxParticipants")
        )
    conversation = await messaging.open_conversation(uow, ConversationKind.SESSION, data.name)
    start = data.scheduled_start or now()
    values = data.model_dump() | {
        "max_participants": data.max_participants or usual,
        "scheduled_start": start,
        "recurrence": _rule(data.recurrence, start, data.time_zone, ("input", "recurrence")),
    }
    session = StudySession(
        host_id=viewer.user_id,
        conversation_id=conversation.id,
        video_room=secrets.token_urlsafe(12),
        **values,
    )
    uow.session.add(session)
    await uow.session.flush()
    uow.session.add(
        Participant(
            session_id=session.id,
            user_id=viewer.user_id,
            role=ParticipantRole.HOST,
            status=ParticipantStatus.ACCEPTED,
        )
    )
    await messaging.admit(uow, conversation.id, viewer.user_id)
    uow.publish(SessionChanged(session_id=session.id))
    return session


def _rule(given: str | None, start: datetime, zone: str, field: tuple[str, str]) -> str | None:
    """A recurrence as it is written usually, if it holds for its first day."""
    if given is None:
        return None
    shown = start.astimezone(ZoneInfo(zone))
    try:
        rule = recurrence.parse(given, shown.time(), ZoneInfo(zone))
        recurrence.last_day(rule, shown.date())
    except ValueError as error:
        raise InvalidInput(str(error), field=field) from None
    return rule.text()


async def update(
    uow: UnitOfWork, viewer: Viewer, key: UUID, changes: SessionChanges
) -> StudySession:
    """Change a session that isn't over."""
    session = await hosted(uow, viewer, key)
    if session.status not in OPEN:
        raise WrongState(f"You can't change a session that is {session.status.value}.")
    given = {name: value for name, value in changes.model_dump().items() if value is not None}
    if session.status is SessionStatus.LIVE and "scheduled_start" in given:
        raise WrongState("A session that is live has begun: its start can't be moved.")
    if "scheduled_start" in given:
        _rule(session.recurrence, given["scheduled_start"], session.time_zone, _START)
    for name, value in given.items():
        setattr(session, name, value)
    uow.publish(SessionChanged(session_id=key))
    return session


async def invite(
    uow: UnitOfWork, viewer: Viewer, key: UUID, user_ids: Sequence[UUID], usernames: Sequence[str]
) -> StudySession:
    """Invite people; those who are already invited stay as they are.

    Where one of the two has blocked the other, there is nobody to invite.
    """
    session = await hosted(uow, viewer, key)
    if session.status not in OPEN:
        raise WrongState(f"You can't invite to a session that is {session.status.value}.")
    if len(user_ids) + len(usernames) > MOST_INVITED:
        raise InvalidInput(f"At most {MOST_INVITED} people at a time.", field=("input", "userIds"))
    found = await blocks.approachable(uow.session, viewer, user_ids, usernames)
    known = {user.id for user in found}
    if not known.issuperset(user_ids):
        raise NotFound("One of these people doesn't exist.", field=("input", "userIds"))
    called = {user.username.casefold() for user in found}
    for name in usernames:
        if name.casefold() not in called:
            raise NotFound(f"Nobody is called '{name[:80]}'.", field=("input", "usernames"))
    for user_id in sorted(known):
        await _invite_one(uow, session, user_id)
    if await store.seats_promised(uow.session, key) > session.max_participants:
        raise SessionFull(f"This session has {session.max_participants} seats.")
    return session


async def _invite_one(uow: UnitOfWork, session: StudySession, user_id: UUID) -> None:
    known = await store.participant(uow.session, session.id, user_id)
    if known is not None and known.status is not ParticipantStatus.DECLINED:
        return
    if known is None:
        uow.session.add(Participant(session_id=session.id, user_id=user_id))
    else:
        known.status = ParticipantStatus.INVITED
    await uow.session.flush()
    uow.publish(ParticipantChanged(session_id=session.id, user_id=user_id))


async def respond(uow: UnitOfWork, viewer: Viewer, key: UUID, *, accept: bool) -> StudySession:
    """Accept or decline an invitation."""
    session = await seen(uow, viewer, key)
    mine = await store.participant(uow.session, key, viewer.user_id)
    if mine is None or mine.role is ParticipantRole.HOST:
        raise NotFound("You aren't invited to this session.")
    if session.status not in OPEN or mine.joined_at is not None:
        raise WrongState("This invitation can no longer be answered.")
    mine.status = ParticipantStatus.ACCEPTED if accept else ParticipantStatus.DECLINED
    if not accept:
        await messaging.dismiss(uow, session.conversation_id, viewer.user_id)
    uow.publish(ParticipantChanged(session_id=key, user_id=viewer.user_id))
    return session
