"""Who sees and does what in study sessions."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import col, select

from app.core.viewer import Asker, Viewer
from app.sessions.models import (
    AttentionMinute,
    Participant,
    ParticipantStatus,
    SessionAnswer,
    SessionNote,
    StudySession,
)

# Of fewer people together the host is told nothing: their attention would show.
LEAST_PEOPLE = 3


def member(viewer: Asker, session: type[StudySession] = StudySession) -> ColumnElement[bool]:
    """Sessions that the viewer takes part in: as the host, or invited and not declined."""
    return exists(
        select(Participant.user_id).where(
            Participant.session_id == session.id,
            Participant.user_id == viewer.user_id,
            Participant.status != ParticipantStatus.DECLINED,
        )
    )


def visible(viewer: Asker, session: type[StudySession] = StudySession) -> ColumnElement[bool]:
    """Public sessions, and those that the viewer takes part in."""
    return or_(col(session.public), member(viewer, session))


def hears(viewer: Asker, session_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is told what happens in a session."""
    return exists(select(StudySession.id).where(StudySession.id == session_id, member(viewer)))


def in_call(viewer: Asker, session_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is in a session's call."""
    return exists(
        select(Participant.user_id).where(
            Participant.session_id == session_id,
            Participant.user_id == viewer.user_id,
            col(Participant.joined_at).is_not(None),
        )
    )


def hears_answer(viewer: Asker, answer_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is told what the AI answers."""
    return exists(
        select(SessionAnswer.id).where(
            SessionAnswer.id == answer_id, of_member(viewer, SessionAnswer)
        )
    )


def of_member(viewer: Asker, table: Any) -> ColumnElement[bool]:
    """What belongs to a session that the viewer takes part in: transcript, insights, summary."""
    session_id: ColumnElement[UUID] = table.session_id
    return session_id.in_(select(StudySession.id).where(member(viewer)))


def visible_note(viewer: Asker, note: type[SessionNote] = SessionNote) -> ColumnElement[bool]:
    """The viewer's own, and those that are shared in a session that they take part in."""
    own: ColumnElement[bool] = col(note.author_id) == viewer.user_id
    return or_(own, and_(col(note.shared), of_member(viewer, note)))


def own_part(viewer: Asker, part: type[Participant] = Participant) -> ColumnElement[bool]:
    """The viewer's own part in a session that they haven't declined."""
    mine: ColumnElement[bool] = col(part.user_id) == viewer.user_id
    return and_(mine, col(part.status) != ParticipantStatus.DECLINED)


def of_others(minute: type[AttentionMinute], session: Any) -> ColumnElement[bool]:
    """The minutes of those who take part in a session and don't host it."""
    return and_(col(minute.session_id) == session.id, col(minute.user_id) != session.host_id)


def sees_group(viewer: Asker, session: type[StudySession] = StudySession) -> ColumnElement[bool]:
    """Sessions that the viewer hosts, where enough others had their attention recorded."""
    people = (
        select(func.count(col(AttentionMinute.user_id).distinct()))
        .where(of_others(AttentionMinute, session))
        .correlate(session)
        .scalar_subquery()
    )
    return and_(col(session.host_id) == viewer.user_id, people >= LEAST_PEOPLE)


def can_host(viewer: Viewer, session: StudySession) -> bool:
    """Whether the viewer runs this session."""
    return session.host_id == viewer.user_id
