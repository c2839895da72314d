"""In and out of a session's call; its start, and its end."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.accounts.store import blocks
from app.core.clock import now
from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.messaging import service as messaging
from app.sessions.errors import (
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
    ParticipantStatus,
    SessionStatus,
    SessionSummary,
    StudySession,
)
from app.sessions.service.taking_part import hosted, seen
from app.sessions.states import OPEN, take_step
from app.sessions.store import lifecycle as store
from app.sessions.store import speech as speech_store

# How long after its planned end a session can still be joined or started.
GRACE = timedelta(hours=4)
LONGEST = timedelta(hours=12)
CREDENTIAL_LIFETIME = timedelta(hours=4)


@dataclass(frozen=True)
class CallCredentials:
    """What a participant's client needs to enter the call."""

    room: str
    stun_urls: Sequence[str]
    turn_urls: Sequence[str]
    turn_username: str | None
    turn_credential: str | None
    expires_at: datetime


def expires_at(session: StudySession) -> datetime:
    """When a session can no longer be joined."""
    if session.started_at is not None:
        return session.started_at + LONGEST
    return session.scheduled_start + timedelta(minutes=session.planned_minutes) + GRACE


async def join(
    uow: UnitOfWork, viewer: Viewer, key: UUID, settings: Settings
) -> tuple[StudySession, CallCredentials]:
    """Enter the call: invited people, and anybody where the session is public."""
    session = await seen(uow, viewer, key)
    mine = await store.participant(uow.session, key, viewer.user_id)
    if mine is None and not await _lets_in(uow, viewer, session):
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


async def _lets_in(uow: UnitOfWork, viewer: Viewer, session: StudySession) -> bool:
    """Whether somebody may come who wasn't invited: not where a block is between them and the
    host.
    """
    hosts = [session.host_id] if session.host_id else []
    return session.public and not await blocks.blocked_among(uow.session, viewer, hosts)


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
    session = await hosted(uow, viewer, key)
    if session.status is SessionStatus.SCHEDULED and expires_at(session) <= now():
        raise SessionExpired
    take_step(session, "start")
    session.started_at = now()
    uow.publish(SessionChanged(session_id=key))
    return session


async def leave(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """Leave the call; what was said stays, and what is not yet text becomes it."""
    session = await seen(uow, viewer, key)
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
    session = await hosted(uow, viewer, key)
    await _end(uow, session)
    return session


async def end_overdue(uow: UnitOfWork, key: UUID) -> None:
    """End a session that has been live for too long."""
    session = await store.lock_any_session(uow.session, key)
    if session is not None and session.status is SessionStatus.LIVE:
        await _end(uow, session)


async def cancel(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """Call a scheduled session off; who was there early is sent home."""
    session = await hosted(uow, viewer, key)
    take_step(session, "cancel")
    for each in (await store.participants(uow.session, [key]))[key]:
        _hang_up(uow, session, each)
    uow.publish(SessionChanged(session_id=key))
    return session


async def _end(uow: UnitOfWork, session: StudySession) -> None:
    take_step(session, "end")
    session.ended_at = now()
    began = session.started_at or session.ended_at
    everybody = (await store.participants(uow.session, [session.id]))[session.id]
    for each in everybody:
        if each.joined_at is not None:
            await _finish_speech(uow, session, each.user_id)
        _hang_up(uow, session, each)
        if each.status is not ParticipantStatus.DECLINED:
            # Who left before it began wasn't there.
            came = each.left_at is not None and each.left_at > began
            each.status = ParticipantStatus.ATTENDED if came else ParticipantStatus.MISSED
    uow.session.add(SessionSummary(session_id=session.id))
    uow.enqueue(SummarizeSession(session_id=session.id))
    uow.publish(SessionChanged(session_id=session.id))
