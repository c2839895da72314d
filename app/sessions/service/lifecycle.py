"""Make, invite, join, start, leave, end."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.accounts.store import blocks as accounts_blocks
from app.accounts.store import users as accounts_users
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.settings import Settings
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import service as messaging
from app.messaging.models import ConversationKind
from app.sessions.errors import (
    NotHost,
    NotInSession,
    SessionExpired,
    SessionFull,
    WrongState,
)
from app.sessions.events import (
    FinishSpeech,
    ParticipantChanged,
    PeerChanged,
    SessionChanged,
    SummarizeSession,
)
from app.sessions.models import (
    Participant,
    ParticipantRole,
    ParticipantStatus,
    SessionKind,
    SessionStatus,
    SessionSummary,
    StudySession,
    VideoKind,
)
from app.sessions.policy import can_host
from app.sessions.store import lifecycle as store
from app.sessions.store import speech as speech_store

# Which step leads where; every other step is refused.
STEPS: dict[str, tuple[frozenset[SessionStatus], SessionStatus]] = {
    "start": (frozenset({SessionStatus.SCHEDULED}), SessionStatus.LIVE),
    "end": (frozenset({SessionStatus.LIVE}), SessionStatus.ENDED),
    "cancel": (frozenset({SessionStatus.SCHEDULED}), SessionStatus.CANCELLED),
}
OPEN = frozenset({SessionStatus.SCHEDULED, SessionStatus.LIVE})

# Seats of each kind: what is usual, and what is possible.
SEATS = {
    SessionKind.INDIVIDUAL: (1, 1),
    SessionKind.BUDDY: (2, 2),
    SessionKind.GROUP: (8, 50),
    SessionKind.POD: (20, 100),
}

# How long after its planned end a session can still be joined or started.
GRACE = timedelta(hours=4)
LONGEST = timedelta(hours=12)
CREDENTIAL_LIFETIME = timedelta(hours=4)


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"'{value}' isn't a time zone, such as Europe/Berlin.") from None
    return value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Lines = Annotated[list[Line], Field(max_length=50)]


class SessionData(BaseModel):
    """A session to make."""

    name: Line
    kind: SessionKind
    description: str = Field(default="", max_length=5000)
    topics: Lines = []
    goals: Lines = []
    scheduled_start: datetime | None = None
    planned_minutes: int = Field(default=60, ge=5, le=720)
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    recurrence: str | None = Field(default=None, max_length=255)
    max_participants: int | None = Field(default=None, ge=1)
    video_kind: VideoKind = VideoKind.WEBRTC
    ai_listening: bool = False
    recording: bool = False
    public: bool = False


class SessionChanges(BaseModel):
    """What a host changes; what isn't given stays."""

    name: Line | None = None
    description: str | None = Field(default=None, max_length=5000)
    topics: Lines | None = None
    goals: Lines | None = None
    scheduled_start: datetime | None = None
    planned_minutes: int | None = Field(default=None, ge=5, le=720)
    ai_listening: bool | None = None
    recording: bool | None = None
    public: bool | None = None


@dataclass(frozen=True)
class CallCredentials:
    """What a participant's client needs to enter the call."""

    room: str
    stun_urls: Sequence[str]
    turn_urls: Sequence[str]
    turn_username: str | None
    turn_credential: str | None
    expires_at: datetime


async def create(uow: UnitOfWork, viewer: Viewer, data: SessionData) -> StudySession:
    """A scheduled session with the viewer as its host, and its chat."""
    usual, most = SEATS[data.kind]
    if data.max_participants is not None and data.max_participants > most:
        raise InvalidInput(
            f"A session of this kind has at most {most} seats.", field=("input", "maxParticipants")
        )
    conversation = await messaging.open_conversation(uow, ConversationKind.SESSION, data.name)
    values = data.model_dump() | {
        "max_participants": data.max_participants or usual,
        "scheduled_start": data.scheduled_start or now(),
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


async def _locked(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    session = await store.lock_session(uow.session, viewer, key)
    if session is None:
        raise NotFound
    return session


async def _hosted(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    session = await _locked(uow, viewer, key)
    if not can_host(viewer, session):
        raise NotHost
    return session


def _step(session: StudySession, name: str) -> None:
    sources, target = STEPS[name]
    if session.status not in sources:
        raise WrongState(f"You can't {name} a session that is {session.status.value}.")
    session.status = target


async def update(
    uow: UnitOfWork, viewer: Viewer, key: UUID, changes: SessionChanges
) -> StudySession:
    """Change a session that isn't over."""
    session = await _hosted(uow, viewer, key)
    if session.status not in OPEN:
        raise WrongState(f"You can't change a session that is {session.status.value}.")
    given = {name: value for name, value in changes.model_dump().items() if value is not None}
    if session.status is SessionStatus.LIVE and "scheduled_start" in given:
        raise WrongState("A session that is live has begun: its start can't be moved.")
    for name, value in given.items():
        setattr(session, name, value)
    uow.publish(SessionChanged(session_id=key))
    return session


async def cancel(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """Call a scheduled session off."""
    session = await _hosted(uow, viewer, key)
    _step(session, "cancel")
    uow.publish(SessionChanged(session_id=key))
    return session


async def invite(
    uow: UnitOfWork, viewer: Viewer, key: UUID, user_ids: Sequence[UUID], usernames: Sequence[str]
) -> StudySession:
    """Invite people; those who are already invited stay as they are.

    Where one of the two has blocked the other, there is nobody to invite.
    """
    session = await _hosted(uow, viewer, key)
    if session.status not in OPEN:
        raise WrongState(f"You can't invite to a session that is {session.status.value}.")
    invited = set(await accounts_users.users_by_id(uow.session, list(user_ids)))
    invited -= await accounts_blocks.blocked_among(uow.session, viewer, invited)
    if len(invited) < len(set(user_ids)):
        raise NotFound("One of these people doesn't exist.", field=("input", "userIds"))
    for name in usernames:
        user = await accounts_users.user_by_login(uow.session, name)
        if (
            user is None
            or user.username.casefold() != name.casefold()
            or await accounts_blocks.blocked_among(uow.session, viewer, [user.id])
        ):
            raise NotFound(f"Nobody is called '{name[:80]}'.", field=("input", "usernames"))
        invited.add(user.id)
    for user_id in sorted(invited):
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
    session = await _locked(uow, viewer, key)
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


def expires_at(session: StudySession) -> datetime:
    """When a session can no longer be joined."""
    if session.started_at is not None:
        return session.started_at + LONGEST
    return session.scheduled_start + timedelta(minutes=session.planned_minutes) + GRACE


async def join(
    uow: UnitOfWork, viewer: Viewer, key: UUID, settings: Settings
) -> tuple[StudySession, CallCredentials]:
    """Enter the call: invited people, and anybody where the session is public."""
    session = await _locked(uow, viewer, key)
    mine = await store.participant(uow.session, key, viewer.user_id)
    if mine is None and not session.public:
        raise NotFound
    if session.status not in OPEN:
        raise WrongState(f"You can't join a session that is {session.status.value}.")
    if expires_at(session) <= now():
        raise SessionExpired
    if mine is None:
        mine = Participant(session_id=key, user_id=viewer.user_id)
        uow.session.add(mine)
    if mine.joined_at is None:
        if await store.present_count(uow.session, key) >= session.max_participants:
            raise SessionFull
        mine.joined_at, mine.left_at = now(), None
        mine.status = ParticipantStatus.ACCEPTED
        await messaging.admit(uow, session.conversation_id, viewer.user_id)
        uow.publish(ParticipantChanged(session_id=key, user_id=viewer.user_id))
        uow.publish(PeerChanged(session_id=key, user_id=viewer.user_id, present=True))
    return session, call_credentials(session, viewer, settings)


def call_credentials(session: StudySession, viewer: Viewer, settings: Settings) -> CallCredentials:
    """Credentials of the call, good for `CREDENTIAL_LIFETIME`.

    TURN's follow coturn's REST scheme: the user name carries the expiry, the credential is
    its HMAC-SHA1 under the secret that coturn shares.
    """
    expiry = now() + CREDENTIAL_LIFETIME
    username = credential = None
    if settings.turn_urls:
        username = f"{int(expiry.timestamp())}:{viewer.user_id}"
        key = settings.turn_secret.get_secret_value().encode()
        digest = hmac.new(key, username.encode(), hashlib.sha1).digest()
        credential = base64.b64encode(digest).decode()
    return CallCredentials(
        room=session.video_room,
        stun_urls=settings.stun_urls,
        turn_urls=settings.turn_urls,
        turn_username=username,
        turn_credential=credential,
        expires_at=expiry,
    )


async def start(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """Begin: from here on the transcript's clock runs."""
    session = await _hosted(uow, viewer, key)
    if session.status is SessionStatus.SCHEDULED and expires_at(session) <= now():
        raise SessionExpired
    _step(session, "start")
    session.started_at = now()
    uow.publish(SessionChanged(session_id=key))
    return session


async def leave(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """Leave the call; what was said stays, and what is not yet text becomes it."""
    session = await _locked(uow, viewer, key)
    mine = await store.participant(uow.session, key, viewer.user_id)
    if mine is None or mine.joined_at is None:
        raise NotInSession
    if session.screen_sharer_id == viewer.user_id:
        uow.publish(SessionChanged(session_id=key))
    _hang_up(uow, session, mine)
    await _finish_speech(uow, session, viewer.user_id)
    uow.publish(ParticipantChanged(session_id=key, user_id=viewer.user_id))
    return session


def _hang_up(uow: UnitOfWork, session: StudySession, part: Participant) -> None:
    """Out of the call, with what goes with it: the hand, the screen, the signals."""
    if part.joined_at is None:
        return
    part.left_at = now()
    part.attended_seconds += round((part.left_at - part.joined_at).total_seconds())
    part.joined_at = part.hand_raised_at = None
    if session.screen_sharer_id == part.user_id:
        session.screen_sharer_id = None
    uow.publish(PeerChanged(session_id=session.id, user_id=part.user_id, present=False))


async def _finish_speech(uow: UnitOfWork, session: StudySession, speaker_id: UUID) -> None:
    newest = await speech_store.newest_sequence(uow.session, session.id, speaker_id)
    if newest is not None:
        uow.enqueue(FinishSpeech(session_id=session.id, speaker_id=speaker_id, sequence=newest))


async def end(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """End a live session for everybody."""
    session = await _hosted(uow, viewer, key)
    await _end(uow, session)
    return session


async def end_overdue(uow: UnitOfWork, key: UUID) -> None:
    """End a session that has been live for too long."""
    session = await store.lock_any_session(uow.session, key)
    if session is not None and session.status is SessionStatus.LIVE:
        await _end(uow, session)


async def _end(uow: UnitOfWork, session: StudySession) -> None:
    _step(session, "end")
    session.ended_at = now()
    everybody = (await store.participants(uow.session, [session.id]))[session.id]
    for each in everybody:
        if each.joined_at is not None:
            await _finish_speech(uow, session, each.user_id)
        _hang_up(uow, session, each)
        if each.status is not ParticipantStatus.DECLINED:
            came = each.left_at is not None
            each.status = ParticipantStatus.ATTENDED if came else ParticipantStatus.MISSED
    uow.session.add(SessionSummary(session_id=session.id))
    uow.enqueue(SummarizeSession(session_id=session.id))
    uow.publish(SessionChanged(session_id=session.id))
