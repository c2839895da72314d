"""Who sees and does what in study sessions."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from app.core.viewer import Viewer
from app.sessions.models import Participant, ParticipantStatus, StudySession


def member(viewer: Viewer) -> ColumnElement[bool]:
    """Sessions that the viewer takes part in: as the host, or invited and not declined."""
    return exists(
        select(Participant.user_id).where(
            Participant.session_id == StudySession.id,
            Participant.user_id == viewer.user_id,
            Participant.status != ParticipantStatus.DECLINED,
        )
    )


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Public sessions, and those that the viewer takes part in."""
    return or_(col(StudySession.public), member(viewer))


def of_member(viewer: Viewer, session_id: Mapped[UUID]) -> ColumnElement[bool]:
    """What belongs to a session that the viewer takes part in: transcript, insights, summary."""
    return session_id.in_(select(StudySession.id).where(member(viewer)))


def can_host(viewer: Viewer, session: StudySession) -> bool:
    """Whether the viewer runs this session."""
    return session.host_id == viewer.user_id
