"""The session and who takes part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from app.accounts.types import User, load_user
from app.core.db import ReadSession
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node, loads_nodes
from app.core.outbox import last_sequence
from app.core.realtime.streams import event_cursor
from app.core.viewer import Viewer
from app.messaging.types import Conversation, conversations_by_id
from app.sessions import models
from app.sessions.events import insight_stream, session_stream, transcript_stream
from app.sessions.models import (
    ParticipantRole,
    ParticipantStatus,
    SessionKind,
    SessionStatus,
    VideoKind,
)
from app.sessions.service.lifecycle import CallCredentials as CoreCallCredentials
from app.sessions.store import lifecycle as store

describe(
    SessionKind,
    "Who studies together.",
    {
        SessionKind.INDIVIDUAL: "One person alone.",
        SessionKind.BUDDY: "Two people.",
        SessionKind.GROUP: "A group of up to 50.",
        SessionKind.POD: "A pod of up to 100.",
    },
)
describe(
    SessionStatus,
    "Where a session is in its life.",
    {
        SessionStatus.SCHEDULED: "It is yet to begin.",
        SessionStatus.LIVE: "It is running.",
        SessionStatus.ENDED: "It is over.",
        SessionStatus.CANCELLED: "It was called off before it began.",
    },
)
describe(
    VideoKind,
    "How the call is carried.",
    {
        VideoKind.WEBRTC: "From browser to browser.",
        VideoKind.DAILY: "By the service Daily.",
        VideoKind.SFU: "By a forwarding unit of the installation.",
    },
)
describe(
    ParticipantStatus,
    "What became of an invitation.",
    {
        ParticipantStatus.INVITED: "It is not answered yet.",
        ParticipantStatus.ACCEPTED: "The person comes, or is there.",
        ParticipantStatus.DECLINED: "The person does not come.",
        ParticipantStatus.ATTENDED: "The person was there.",
        ParticipantStatus.MISSED: "The person never came.",
    },
)
describe(
    ParticipantRole,
    "What a participant may do.",
    {
        ParticipantRole.HOST: "Runs the session.",
        ParticipantRole.PARTICIPANT: "Takes part in it.",
    },
)


SessionId = Annotated[strawberry.ID, strawberry.argument(description="The session.")]


@strawberry.type(description="A person's part in a session.")
class SessionParticipant:
    """Invited, there, or gone."""

    role: ParticipantRole = strawberry.field(description="What they may do.")
    status: ParticipantStatus = strawberry.field(description="What became of the invitation.")
    present: bool = strawberry.field(description="Whether they are in the call now.")
    joined_at: datetime | None = strawberry.field(description="When they entered the call.")
    left_at: datetime | None = strawberry.field(description="When they last left it.")
    attended_seconds: int = strawberry.field(
        description="Time in the call up to the last leaving, in seconds."
    )
    user_key: strawberry.Private[UUID]

    @strawberry.field(description="Who.")
    async def user(self, info: Info) -> User | None:
        """Edge to the user."""
        return await load_user(info, self.user_key)

    @classmethod
    def of(cls, row: models.Participant) -> Self:
        """From its row."""
        return cls(
            role=row.role,
            status=row.status,
            present=row.joined_at is not None,
            joined_at=row.joined_at,
            left_at=row.left_at,
            attended_seconds=row.attended_seconds,
            user_key=row.user_id,
        )


async def sessions_by_id(
    session: ReadSession, viewer: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.StudySession]:
    """Batch function: sessions that the viewer can see."""
    return {} if viewer is None else await store.sessions_by_id(session, viewer, keys)


async def participants_by_session(
    session: ReadSession, _: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, list[models.Participant]]:
    """Batch function: everybody's part, by session."""
    return await store.participants(session, keys)


@strawberry.type(description="The places of a session's streams: read first, then subscribe.")
class SessionCursors:
    """One for each subscription of a session."""

    updates: str = strawberry.field(description="For `sessionUpdated`.")
    transcript: str = strawberry.field(description="For `transcriptAdded`.")
    insights: str = strawberry.field(description="For `insightAdded`.")


@strawberry.type(description="People studying together live.")
class StudySession(Node):
    """Scheduled, live, or over."""

    prefix = "sts"

    kind: SessionKind = strawberry.field(description="Who studies together.")
    status: SessionStatus = strawberry.field(description="Where it is in its life.")
    name: str = strawberry.field(description="What it is called.")
    description: str = strawberry.field(description="What it is about.")
    topics: list[str] = strawberry.field(description="The subjects to study.")
    goals: list[str] = strawberry.field(description="What is to be learned.")
    scheduled_start: datetime = strawberry.field(description="When it is to begin.")
    planned_minutes: int = strawberry.field(description="How long it is to take, in minutes.")
    time_zone: str = strawberry.field(description="The time zone that it was planned in.")
    recurrence: str | None = strawberry.field(description="How it recurs, as an RRULE.")
    max_participants: int = strawberry.field(description="How many seats it has.")
    video_kind: VideoKind = strawberry.field(description="How the call is carried.")
    ai_listening: bool = strawberry.field(description="Whether speech becomes a transcript.")
    recording: bool = strawberry.field(description="Whether the call is recorded.")
    public: bool = strawberry.field(description="Whether anybody may see and join it.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    created_at: datetime = strawberry.field(description="When it was made.")
    host_key: strawberry.Private[UUID]
    conversation_key: strawberry.Private[UUID]

    @strawberry.field(description="Who runs it.")
    async def host(self, info: Info) -> User | None:
        """Edge to the user."""
        return await load_user(info, self.host_key)

    @strawberry.field(description="Everybody who was invited or came, in the order of coming.")
    async def participants(self, info: Info) -> list[SessionParticipant]:
        """Bounded by the session's seats."""
        rows = await info.context.load(participants_by_session, self.key)
        return [SessionParticipant.of(row) for row in rows or []]

    @strawberry.field(description="Its chat; null for those who aren't in it.")
    async def conversation(self, info: Info) -> Conversation | None:
        """Edge to the conversation."""
        row = await info.context.load(conversations_by_id, self.conversation_key)
        return None if row is None else Conversation.of(row)

    @strawberry.field(description="How long it was live, in minutes; null until it has ended.")
    def duration_minutes(self) -> int | None:
        """Rounded."""
        if self.started_at is None or self.ended_at is None:
            return None
        return round((self.ended_at - self.started_at).total_seconds() / 60)

    @strawberry.field(description="Where its streams stand now.")
    async def cursors(self, info: Info) -> SessionCursors:
        """For `after`."""
        names = [session_stream(self.key), transcript_stream(self.key), insight_stream(self.key)]
        async with info.context.read() as session:
            places = [event_cursor(name, await last_sequence(session, name)) for name in names]
        return SessionCursors(updates=places[0], transcript=places[1], insights=places[2])

    @classmethod
    def of(cls, row: models.StudySession) -> Self:
        """From its row."""
        return cls(
            key=row.id,
            kind=row.kind,
            status=row.status,
            name=row.name,
            description=row.description,
            topics=row.topics,
            goals=row.goals,
            scheduled_start=row.scheduled_start,
            planned_minutes=row.planned_minutes,
            time_zone=row.time_zone,
            recurrence=row.recurrence,
            max_participants=row.max_participants,
            video_kind=row.video_kind,
            ai_listening=row.ai_listening,
            recording=row.recording,
            public=row.public,
            started_at=row.started_at,
            ended_at=row.ended_at,
            created_at=row.created_at,
            host_key=row.host_id,
            conversation_key=row.conversation_id,
        )


loads_nodes(StudySession, sessions_by_id, StudySession.of)


@strawberry.type(description="What a participant's client needs to enter the call.")
class CallCredentials:
    """STUN is public; TURN's credentials are the participant's own and expire."""

    room: str = strawberry.field(description="The call's room.")
    signalling: str = strawberry.field(
        description="Where offers, answers and candidates go: the server's GraphQL socket."
    )
    stun_urls: list[str] = strawberry.field(description="STUN servers.")
    turn_urls: list[str] = strawberry.field(description="TURN servers; may be none.")
    turn_username: str | None = strawberry.field(description="The TURN user name.")
    turn_credential: str | None = strawberry.field(description="The TURN credential.")
    expires_at: datetime = strawberry.field(description="Until when the credentials are good.")

    @classmethod
    def of(cls, given: CoreCallCredentials, signalling: str) -> Self:
        """From what the service issued."""
        return cls(
            room=given.room,
            signalling=signalling,
            stun_urls=list(given.stun_urls),
            turn_urls=list(given.turn_urls),
            turn_username=given.turn_username,
            turn_credential=given.turn_credential,
            expires_at=given.expires_at,
        )
