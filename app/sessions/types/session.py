"""The session and who takes part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import strawberry
from sqlalchemy import ColumnElement, func
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    items,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.messaging.types import Conversation
from app.sessions import models, policy
from app.sessions.events import (
    insight_stream,
    notes_stream,
    resources_stream,
    session_stream,
    transcript_stream,
    whiteboard_stream,
)
from app.sessions.models import (
    ParticipantRole,
    ParticipantStatus,
    SessionKind,
    SessionStatus,
    VideoKind,
)
from app.sessions.service.lifecycle import CallCredentials as CoreCallCredentials
from app.sessions.types.sharing import (
    SessionNote,
    SessionRecording,
    SessionResource,
    Whiteboard,
    recordings,
    shared_notes,
    shared_resources,
)

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


_SECONDS_PER_MINUTE = 60


def _present(_: Asker, part: type[models.Participant]) -> ColumnElement[bool]:
    return col(part.joined_at).is_not(None)


@reads(
    models.Participant,
    description="A person's part in a session.",
    needs=("session_id", "user_id"),
)
class SessionParticipant:
    """Invited, there, or gone."""

    role: ParticipantRole = column("What they may do.")
    status: ParticipantStatus = column("What became of the invitation.")
    present: bool = computed(_present, "Whether they are in the call now.")
    joined_at: datetime | None = column("When they entered the call.")
    left_at: datetime | None = column("When they last left it.")
    attended_seconds: int = column("Time in the call up to the last leaving, in seconds.")
    hand_raised_at: datetime | None = column("Since when their hand is up; null while it is not.")
    user: User | None = edge("user_id", "Who.")

    @strawberry.field(
        description="Whether a device of theirs follows `sessionUpdated` now; null, with an"
        " error, while that can't be said.",
    )
    async def connected(self, info: Info) -> bool | None:
        """From Redis."""
        presence, part = info.context.resources.presence, vars(self)

        async def batch(places: Sequence[str]) -> dict[str, set[str]]:
            return {place: await presence.members(place) for place in places}

        place = session_stream(part["session_id"])
        members = await info.context.load("present_members", batch, place)
        return str(part["user_id"]) in (members or ())


def _updates(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(session_stream, session.id)


def _transcript(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(transcript_stream, session.id)


def _insights(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(insight_stream, session.id)


def _whiteboard(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(whiteboard_stream, session.id)


def _notes(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(notes_stream, session.id)


def _resources(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(resources_stream, session.id)


@reads(
    models.StudySession,
    description="The places of a session's streams: read first, then subscribe.",
)
class SessionCursors:
    """One for each subscription of a session."""

    updates: str = computed(_updates, "For `sessionUpdated`.")
    transcript: str = computed(_transcript, "For `transcriptAdded`.")
    insights: str = computed(_insights, "For `insightAdded`.")
    whiteboard: str = computed(_whiteboard, "For `whiteboardUpdated`.")
    notes: str = computed(_notes, "For `sessionNotesUpdated`.")
    resources: str = computed(_resources, "For `sessionResourcesUpdated`.")


def _participants(
    _: Asker, part: type[models.Participant], session: type[models.StudySession]
) -> Rows:
    return Rows(col(part.session_id) == session.id, Order("participants", ("created_at", "id")))


def _hands(_: Asker, part: type[models.Participant], session: type[models.StudySession]) -> Rows:
    up = (col(part.session_id) == session.id) & col(part.hand_raised_at).is_not(None)
    return Rows(up, Order("raisedHands", ("hand_raised_at", "id")))


def _duration(_: Asker, session: type[models.StudySession]) -> ColumnElement[int]:
    seconds = func.extract("epoch", col(session.ended_at) - col(session.started_at))
    return whole(func.round(seconds / _SECONDS_PER_MINUTE))


@reads(models.StudySession, visible=policy.visible, description="People studying together live.")
class StudySession(Node):
    """Scheduled, live, or over."""

    prefix = "sts"

    kind: SessionKind = column("Who studies together.")
    status: SessionStatus = column("Where it is in its life.")
    name: str = column("What it is called.")
    description: str = column("What it is about.")
    topics: list[str] = column("The subjects to study.")
    goals: list[str] = column("What is to be learned.")
    scheduled_start: datetime = column("When it is to begin.")
    planned_minutes: int = column("How long it is to take, in minutes.")
    time_zone: str = column("The time zone that it was planned in.")
    recurrence: str | None = column("How it recurs, as an RRULE.")
    max_participants: int = column("How many seats it has.")
    video_kind: VideoKind = column("How the call is carried.")
    ai_listening: bool = column("Whether speech becomes a transcript.")
    recording: bool = column("Whether the call is recorded.")
    public: bool = column("Whether anybody may see and join it.")
    started_at: datetime | None = column("When it began.")
    ended_at: datetime | None = column("When it ended.")
    created_at: datetime = column("When it was made.")
    host: User | None = edge("host_id", "Who runs it.")
    participants: list[SessionParticipant] = items(
        _participants, "Everybody who was invited or came, in the order of coming.", most=100
    )
    screen_sharer: User | None = edge(
        "screen_sharer_id", "Who shares their screen; null while nobody does."
    )
    raised_hands: list[SessionParticipant] = items(
        _hands, "Those whose hand is up, in the order in which they raised it.", most=100
    )
    whiteboard: Whiteboard | None = edge("id", "Its whiteboard; null for those who aren't in it.")
    notes: Connection[SessionNote] = pages(
        shared_notes, "The viewer's own notes, and those that others share, oldest first."
    )
    resources: Connection[SessionResource] = pages(
        shared_resources, "Links and files that were shared, oldest first."
    )
    recordings: list[SessionRecording] = items(recordings, "Where its recordings lie.", most=50)
    conversation: Conversation | None = edge(
        "conversation_id", "Its chat; null for those who aren't in it."
    )
    duration_minutes: int | None = computed(
        _duration, "How long it was live, in minutes; null until it has ended."
    )
    cursors: SessionCursors = edge("id", "Where its streams stand now.")


SessionId = Annotated[strawberry.ID, id_argument("The session.", StudySession.prefix)]


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
