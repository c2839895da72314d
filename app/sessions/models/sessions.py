"""Study sessions, and who takes part."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE, IMPERSONAL, UNNAME, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp
from app.sessions.models.columns import person, session_key, texts


class SessionKind(StrEnum):
    """Who studies together."""

    INDIVIDUAL = "individual"
    BUDDY = "buddy"
    GROUP = "group"
    POD = "pod"


class SessionStatus(StrEnum):
    """Where a session is in its life."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class VideoKind(StrEnum):
    """How the call is carried."""

    WEBRTC = "webrtc"
    DAILY = "daily"
    SFU = "sfu"


class ParticipantStatus(StrEnum):
    """What became of an invitation."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ATTENDED = "attended"
    MISSED = "missed"


class ParticipantRole(StrEnum):
    """What a participant may do."""

    HOST = "host"
    PARTICIPANT = "participant"


class StudySession(MutableTable, table=True):
    """People studying together live."""

    __tablename__ = "study_session"

    # Nobody once their account is gone; what was yet to begin is off then.
    host_id: UUID | None = Field(
        foreign_key="user_account.id",
        index=True,
        ondelete="SET NULL",
        sa_column_kwargs=owner(
            Fate.ANONYMISE,
            along="conversation_id",
            then={
                "status": "CASE WHEN status = 'SCHEDULED' THEN 'CANCELLED' ELSE status END",
            },
        ),
    )
    kind: SessionKind
    status: SessionStatus = Field(default=SessionStatus.SCHEDULED, index=True)
    name: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    description: str = Field(default="", sa_column_kwargs=PERSONAL)
    topics: list[str] = Field(default_factory=list, sa_column=texts())
    goals: list[str] = Field(default_factory=list, sa_column=texts())
    scheduled_start: datetime = Field(sa_type=Timestamp, index=True)
    planned_minutes: int = 60
    time_zone: str = Field(default="UTC", max_length=50, sa_column_kwargs=IMPERSONAL)
    recurrence: str | None = Field(default=None, max_length=255, sa_column_kwargs=IMPERSONAL)
    max_participants: int
    video_kind: VideoKind = VideoKind.WEBRTC
    video_room: str = Field(max_length=64, sa_column_kwargs=IMPERSONAL)
    ai_listening: bool = False
    recording: bool = False
    public: bool = False
    conversation_id: UUID = Field(foreign_key="conversation.id")
    started_at: datetime | None = Field(default=None, sa_type=Timestamp)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # Numbers the transcript's segments without gaps; held under the row's lock.
    segment_count: int = 0
    words_unread: int = 0
    # The segments that the AI has looked at, and those that it has been asked to look at.
    insights_upto: int = 0
    insights_due: int = 0
    # One at a time; nobody once they have left.
    screen_sharer_id: UUID | None = Field(default=None, sa_column=person(UNNAME))


class Participant(Table, table=True):
    """A person's part in a session."""

    __tablename__ = "session_participant"
    __table_args__ = (UniqueConstraint("session_id", "user_id"),)

    session_id: UUID = Field(sa_column=session_key())
    user_id: UUID = Field(
        foreign_key="user_account.id", index=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    role: ParticipantRole = ParticipantRole.PARTICIPANT
    status: ParticipantStatus = ParticipantStatus.INVITED
    # Set while the person is in the call.
    joined_at: datetime | None = Field(default=None, sa_type=Timestamp)
    left_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attended_seconds: int = 0
    # Set while the hand is up: by the database, under the session's lock, so in the order of
    # raising.
    hand_raised_at: datetime | None = Field(default=None, sa_type=Timestamp)
