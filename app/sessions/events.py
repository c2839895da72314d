"""What happens in study sessions, and the work that they leave to do."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import PersistedEvent, TransientEvent
from app.core.jobs import Job, Queue

_SESSION = "session:"


def session_stream(session_id: UUID) -> str:
    """Who is there, and in what state the session is."""
    return f"{_SESSION}{session_id}"


def session_of(stream: str) -> UUID:
    """The session whose `session_stream` this is."""
    return UUID(stream.removeprefix(_SESSION))


def transcript_stream(session_id: UUID) -> str:
    """What is being said."""
    return f"transcript:{session_id}"


def insight_stream(session_id: UUID) -> str:
    """What the AI notices."""
    return f"insight:{session_id}"


def answer_stream(answer_id: UUID) -> str:
    """An answer as it is written."""
    return f"answer:{answer_id}"


def signal_stream(session_id: UUID) -> str:
    """What those in the call tell each other to connect."""
    return f"signals:{session_id}"


def whiteboard_stream(session_id: UUID) -> str:
    """What is drawn."""
    return f"whiteboard:{session_id}"


def notes_stream(session_id: UUID) -> str:
    """The notes that are shared."""
    return f"session-notes:{session_id}"


def resources_stream(session_id: UUID) -> str:
    """The links, files and recordings that are shared."""
    return f"session-resources:{session_id}"


class _SessionEvent(PersistedEvent):
    session_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return session_stream(self.session_id)


class SessionChanged(_SessionEvent):
    """Its status or settings are others now."""

    kind = "session.changed"


class ParticipantChanged(_SessionEvent):
    """Somebody was invited, answered, joined or left."""

    kind = "session.participant_changed"
    user_id: UUID


class SummaryReady(_SessionEvent):
    """The summary is written, or it is known that there will be none."""

    kind = "session.summary_ready"


class _TranscriptEvent(PersistedEvent):
    session_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return transcript_stream(self.session_id)


class SegmentAdded(_TranscriptEvent):
    """Words are final."""

    kind = "transcript.segment_added"
    segment_id: UUID


class SegmentCorrected(_TranscriptEvent):
    """Somebody corrected words that were final."""

    kind = "transcript.segment_corrected"
    segment_id: UUID


class TranscriptDeleted(_TranscriptEvent):
    """Everything that was said until now is deleted."""

    kind = "transcript.deleted"


class ChunkRejected(_TranscriptEvent):
    """A chunk turned out to be no audio when it was read; only its speaker is told."""

    kind = "transcript.chunk_rejected"
    speaker_id: UUID
    sequence: int
    code: str
    message: str


class ProvisionalText(TransientEvent):
    """What a speaker seems to be saying; replaced by the next, or by final words."""

    kind = "transcript.provisional"
    session_id: UUID
    speaker_id: UUID
    text: str
    start_ms: int
    end_ms: int
    confidence: float
    language: str
    chunk_sequence: int

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return transcript_stream(self.session_id)


class SignalKind(StrEnum):
    """What a signal is."""

    OFFER = "offer"
    ANSWER = "answer"
    CANDIDATE = "candidate"


class _CallEvent(TransientEvent):
    session_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return signal_stream(self.session_id)


class Signal(_CallEvent):
    """From one participant to another; what it says, only their clients understand."""

    kind = "call.signal"
    from_id: UUID
    to_id: UUID
    signal: SignalKind
    payload: str


class PeerChanged(_CallEvent):
    """Somebody entered the call, or left it."""

    kind = "call.peer_changed"
    user_id: UUID
    present: bool


class _WhiteboardEvent(PersistedEvent):
    session_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return whiteboard_stream(self.session_id)


class WhiteboardChanged(_WhiteboardEvent):
    """An update arrived. Its row is there until it is folded."""

    kind = "whiteboard.changed"
    update_id: UUID


class WhiteboardFolded(_WhiteboardEvent):
    """All updates until now are in the whiteboard's state, and nowhere else."""

    kind = "whiteboard.folded"


class _NotesEvent(PersistedEvent):
    session_id: UUID
    note_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return notes_stream(self.session_id)


class NoteSaved(_NotesEvent):
    """A shared note is new, or another now."""

    kind = "session_note.saved"


class NoteRemoved(_NotesEvent):
    """A shared note is deleted, or private now."""

    kind = "session_note.removed"


class _ResourcesEvent(PersistedEvent):
    session_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return resources_stream(self.session_id)


class ResourceAdded(_ResourcesEvent):
    """Somebody shared a link or a file."""

    kind = "session_resource.added"
    resource_id: UUID


class ResourceRemoved(_ResourcesEvent):
    """It is shared no longer."""

    kind = "session_resource.removed"
    resource_id: UUID


class RecordingAdded(_ResourcesEvent):
    """A recording can be watched."""

    kind = "session_recording.added"
    recording_id: UUID


class _InsightEvent(PersistedEvent):
    session_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return insight_stream(self.session_id)


class InsightAdded(_InsightEvent):
    """The AI noticed something."""

    kind = "insight.added"
    insight_id: UUID


class InsightUnavailable(_InsightEvent):
    """The AI had nothing that holds, and says so."""

    kind = "insight.unavailable"
    notice: str


class AnswerText(TransientEvent):
    """The next piece of an answer, at its place in characters."""

    kind = "answer.text"
    answer_id: UUID
    offset: int
    text: str

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return answer_stream(self.answer_id)


class AnswerFinished(PersistedEvent):
    """The answer is stored, or it is known that there will be none."""

    kind = "answer.finished"
    answer_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return answer_stream(self.answer_id)


class TranscribeSpeech(Job):
    """Understand what a speaker's accepted chunks hold, in their order."""

    name = "sessions.transcribe_speech"
    queue: ClassVar[Queue] = "speech"
    session_id: UUID
    speaker_id: UUID


class FinishSpeech(Job):
    """Make final what is still provisional, if no chunk followed this one."""

    name = "sessions.finish_speech"
    queue: ClassVar[Queue] = "speech"
    session_id: UUID
    speaker_id: UUID
    sequence: int


class FindInsights(Job):
    """Look at what was said since the last time."""

    name = "sessions.find_insights"
    queue: ClassVar[Queue] = "ai"
    session_id: UUID
    # The last segment to look at: makes the job repeatable.
    upto: int


class AnswerQuestion(Job):
    """Answer a question about a session."""

    name = "sessions.answer_question"
    queue: ClassVar[Queue] = "ai"
    answer_id: UUID


class SummarizeSession(Job):
    """Write a session's summary once its last words are text."""

    name = "sessions.summarize_session"
    queue: ClassVar[Queue] = "ai"
    session_id: UUID
    # Which one of the summary's attempts.
    attempt: int = 0
