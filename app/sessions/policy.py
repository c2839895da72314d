"""Who sees and does what in study sessions."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import col, select

from app.core.viewer import Asker, Viewer
from app.sessions.models import Participant, ParticipantStatus, SessionAnswer, StudySession


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


def can_host(viewer: Viewer, session: StudySession) -> bool:
    """Whether the viewer runs this session."""
    return session.host_id == viewer.user_id
