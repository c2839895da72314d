"""Mutations of sessions: make them, take part, speak, ask."""

from datetime import datetime
from uuid import UUID

import strawberry
from starlette.datastructures import UploadFile

from app.accounts.types import User
from app.core.access import permitted
from app.core.errors import BadRequest
from app.core.graph.context import Context, Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.graph.scalars import Upload
from app.core.ids import from_global
from app.core.limits import AI, AI_HOURLY, AUDIO, INVITATIONS
from app.sessions.models import SessionKind, VideoKind
from app.sessions.mutations.payloads import (
    SessionInput,
    SessionPayload,
    errors,
    key_of,
    the_session,
)
from app.sessions.service import acceptance, lifecycle, planning, understanding
from app.sessions.types.session import CallCredentials
from app.sessions.types.transcript import AudioChunk
from app.sessions.types.understanding import SessionAnswer


@strawberry.input(description="A session to make.")
class SessionCreateInput:
    """Name and kind are needed; the rest has sensible values."""

    name: str = strawberry.field(description="What it is called.")
    kind: SessionKind = strawberry.field(
        default=SessionKind.GROUP, description="Who studies together."
    )
    description: str = strawberry.field(default="", description="What it is about.")
    topics: list[str] = strawberry.field(default_factory=list, description="Subjects to study.")
    goals: list[str] = strawberry.field(default_factory=list, description="What is to be learned.")
    scheduled_start: datetime | None = strawberry.field(
        default=None, description="When it is to begin; now, if not given."
    )
    planned_minutes: int = strawberry.field(default=60, description="5 to 720 minutes.")
    time_zone: str = strawberry.field(default="UTC", description="Such as Europe/Berlin.")
    recurrence: str | None = strawberry.field(
        default=None,
        description="How it recurs, as an RRULE of RFC 5545 that holds on the day of its start.",
    )
    max_participants: int | None = strawberry.field(
        default=None, description="Seats: 1, 2, up to 50 or up to 100, by kind."
    )
    video_kind: VideoKind = strawberry.field(
        default=VideoKind.WEBRTC, description="How the call is carried."
    )
    ai_listening: bool = strawberry.field(
        default=False, description="Whether the speech of those who consent becomes a transcript."
    )
    recording: bool = strawberry.field(
        default=False, description="Whether the call is recorded, if all consent."
    )
    public: bool = strawberry.field(default=False, description="Whether anybody may join.")


@strawberry.input(description="What changes in a session.")
class SessionUpdateInput:
    """What isn't given stays."""

    session_id: strawberry.ID = the_session()
    name: str | None = strawberry.field(default=None, description="What it is called.")
    description: str | None = strawberry.field(default=None, description="What it is about.")
    topics: list[str] | None = strawberry.field(default=None, description="Subjects to study.")
    goals: list[str] | None = strawberry.field(default=None, description="What is to be learned.")
    scheduled_start: datetime | None = strawberry.field(
        default=None, description="When it is to begin, while it hasn't."
    )
    planned_minutes: int | None = strawberry.field(default=None, description="5 to 720 minutes.")
    ai_listening: bool | None = strawberry.field(
        default=None, description="Whether speech becomes a transcript, from now on."
    )
    recording: bool | None = strawberry.field(
        default=None, description="Whether the call is recorded."
    )
    public: bool | None = strawberry.field(default=None, description="Whether anybody may join.")


@strawberry.input(description="Whom to invite.")
class SessionInviteInput:
    """By id, by username, or both."""

    session_id: strawberry.ID = the_session()
    user_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="People by id."
    )
    usernames: list[str] = strawberry.field(default_factory=list, description="People by name.")


@strawberry.input(description="An answer to an invitation.")
class SessionRespondInput:
    """Yes or no."""

    session_id: strawberry.ID = the_session()
    accept: bool = strawberry.field(description="Whether you come.")


@strawberry.input(description="A chunk of recorded speech.")
class AudioChunkSubmitInput:
    """What a browser's MediaRecorder gives, sent by the GraphQL multipart request."""

    session_id: strawberry.ID = the_session()
    sequence: int = strawberry.field(
        description="Counts your chunks in this session, from `nextAudioSequence` of `sessionJoin`."
    )
    audio: Upload = strawberry.field(
        description="WebM, Ogg, MP4 or WAV: at most 30 s and 5 MB. A continuing recording has its"
        " header in the first chunk only."
    )
    recorded_at: datetime | None = strawberry.field(
        default=None, description="When its recording began; else it is taken to end on arrival."
    )
    last: bool = strawberry.field(
        default=False, description="Whether you stop speaking here: makes all words final."
    )


@strawberry.input(description="A question about a session.")
class SessionAskInput:
    """In plain words."""

    session_id: strawberry.ID = the_session()
    question: str = strawberry.field(description="3 to 1,000 characters.")


@strawberry.type(description="The answer to `sessionCreate`.")
class SessionCreatePayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionUpdate`.")
class SessionUpdatePayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionCancel`.")
class SessionCancelPayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionInvite`.")
class SessionInvitePayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionRespond`.")
class SessionRespondPayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionJoin`.")
class SessionJoinPayload(SessionPayload):
    """The session and the way into its call."""

    call: CallCredentials | None = strawberry.field(
        default=None, description="What the client needs to enter the call."
    )
    next_audio_sequence: int | None = strawberry.field(
        default=None, description="The number of your next chunk of audio."
    )


@strawberry.type(description="The answer to `sessionLeave`.")
class SessionLeavePayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionStart`.")
class SessionStartPayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `sessionEnd`.")
class SessionEndPayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `audioChunkSubmit`.")
class AudioChunkSubmitPayload:
    """The chunk."""

    chunk: AudioChunk | None = strawberry.field(default=None, description="The accepted chunk.")
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionAsk`.")
class SessionAskPayload:
    """The question; its answer follows."""

    answer: SessionAnswer | None = edge(
        "answer_key", "Pending: `sessionAnswerStreamed` brings its text."
    )
    answer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


def _signalling(context: Context) -> str:
    url = context.request.url
    return str(url.replace(scheme="wss" if url.scheme in ("https", "wss") else "ws", query=""))


@strawberry.type
class SessionMutation:
    """Make sessions, take part, speak, ask."""

    @mutation(permitted("session.create"))
    async def session_create(self, info: Info, input: SessionCreateInput) -> SessionCreatePayload:
        """Make a session with yourself as its host, and its chat."""
        data = to_data(planning.SessionData, input)
        async with info.context.begin() as uow:
            session = await planning.create(uow, info.context.me, data)
        return SessionCreatePayload(session_key=session.id)

    @mutation(permitted("session.create"))
    async def session_update(self, info: Info, input: SessionUpdateInput) -> SessionUpdatePayload:
        """Change a session that you host. `sessionUpdated` tells its participants."""
        data = to_data(planning.SessionChanges, input)
        async with info.context.begin() as uow:
            session = await planning.update(uow, info.context.me, key_of(input.session_id), data)
        return SessionUpdatePayload(session_key=session.id)

    @mutation(permitted("session.create"))
    async def session_cancel(self, info: Info, input: SessionInput) -> SessionCancelPayload:
        """Call off a scheduled session that you host. `sessionUpdated` tells its participants."""
        async with info.context.begin() as uow:
            session = await lifecycle.cancel(uow, info.context.me, key_of(input.session_id))
        return SessionCancelPayload(session_key=session.id)

    @mutation(permitted("session.create"), INVITATIONS)
    async def session_invite(self, info: Info, input: SessionInviteInput) -> SessionInvitePayload:
        """Invite people to a session that you host, at most 100 at a time. `sessionUpdated` tells
        its participants.
        """
        async with info.context.begin() as uow:
            session = await planning.invite(
                uow,
                info.context.me,
                key_of(input.session_id),
                [from_global(User.prefix, user_id) for user_id in input.user_ids],
                input.usernames,
            )
        return SessionInvitePayload(session_key=session.id)

    @mutation(permitted("session.join"))
    async def session_respond(
        self, info: Info, input: SessionRespondInput
    ) -> SessionRespondPayload:
        """Accept or decline an invitation. `sessionUpdated` tells the others."""
        async with info.context.begin() as uow:
            session = await planning.respond(
                uow, info.context.me, key_of(input.session_id), accept=input.accept
            )
        return SessionRespondPayload(session_key=session.id)

    @mutation(permitted("session.join"))
    async def session_join(self, info: Info, input: SessionInput) -> SessionJoinPayload:
        """Enter a session's call. `sessionUpdated` tells the others; its chat opens to you."""
        key, context = key_of(input.session_id), info.context
        async with context.begin() as uow:
            session, call = await lifecycle.join(uow, context.me, key, context.resources.settings)
            following = await acceptance.next_sequence(uow.session, key, context.me.user_id)
        return SessionJoinPayload(
            session_key=session.id,
            call=CallCredentials.of(call, _signalling(context)),
            next_audio_sequence=following,
        )

    @mutation(permitted("session.join"))
    async def session_leave(self, info: Info, input: SessionInput) -> SessionLeavePayload:
        """Leave a session's call. `sessionUpdated` tells the others."""
        async with info.context.begin() as uow:
            session = await lifecycle.leave(uow, info.context.me, key_of(input.session_id))
        return SessionLeavePayload(session_key=session.id)

    @mutation(permitted("session.create"))
    async def session_start(self, info: Info, input: SessionInput) -> SessionStartPayload:
        """Begin a session that you host: from here on its clock runs. `sessionUpdated` tells."""
        async with info.context.begin() as uow:
            session = await lifecycle.start(uow, info.context.me, key_of(input.session_id))
        return SessionStartPayload(session_key=session.id)

    @mutation(permitted("session.create"))
    async def session_end(self, info: Info, input: SessionInput) -> SessionEndPayload:
        """End a session that you host, for everybody. `sessionUpdated` tells, and tells again
        once the summary is written.
        """
        async with info.context.begin() as uow:
            session = await lifecycle.end(uow, info.context.me, key_of(input.session_id))
        return SessionEndPayload(session_key=session.id)

    @mutation(permitted("session.join"), AUDIO)
    async def audio_chunk_submit(
        self, info: Info, input: AudioChunkSubmitInput
    ) -> AudioChunkSubmitPayload:
        """Send recorded speech, while AI listening is on and you consent to AI processing.

        The audio is kept, sealed, until it is text, and then destroyed. `transcriptAdded`
        brings the words. A chunk that is sent again is taken once.
        """
        audio = input.audio
        if not isinstance(audio, UploadFile):
            raise BadRequest("Send the audio as a file of a GraphQL multipart request.")
        data = to_data(
            acceptance.ChunkData,
            input,
            session_id=key_of(input.session_id),
            # One byte more than allowed is enough to know.
            audio=await audio.read(acceptance.LARGEST + 1),
        )
        chunk = await acceptance.submit(info.context.resources, info.context.me, data)
        return AudioChunkSubmitPayload(chunk=AudioChunk.of(chunk))

    @mutation(permitted("session.ask"), AI, AI_HOURLY)
    async def session_ask(self, info: Info, input: SessionAskInput) -> SessionAskPayload:
        """Ask the AI about what was said. `sessionAnswerStreamed` brings the answer."""
        data = to_data(understanding.QuestionData, input, session_id=key_of(input.session_id))
        async with info.context.begin() as uow:
            answer = await understanding.ask(uow, info.context.me, data)
        return SessionAskPayload(answer_key=answer.id)
