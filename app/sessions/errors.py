"""Expected failures of study sessions."""

from app.core.errors import DomainError


class WrongState(DomainError):
    """The session's status doesn't allow this step."""

    code = "SESSION_WRONG_STATE"


class SessionFull(DomainError):
    """No seat is left."""

    code = "SESSION_FULL"
    message = "This session is full."


class SessionExpired(DomainError):
    """Its time is long over."""

    code = "SESSION_EXPIRED"
    message = "This session's time is over."


class NotHost(DomainError):
    """Only the host may do this."""

    code = "NOT_HOST"
    message = "Only the session's host may do this."


class NotInSession(DomainError):
    """The person takes no part in the call right now."""

    code = "NOT_IN_SESSION"
    message = "Join the session first."


class ListeningOff(DomainError):
    """AI listening is off, so audio isn't taken."""

    code = "AI_LISTENING_OFF"
    message = "AI listening is off in this session."


class ConsentMissing(DomainError):
    """The speaker hasn't agreed to AI processing."""

    code = "CONSENT_MISSING"
    message = "You haven't agreed to AI processing of what you say: agree with consentSet."


class ChunkTooLarge(DomainError):
    """More bytes than a chunk may have."""

    code = "AUDIO_TOO_LARGE"
    message = "A chunk of audio has at most 5 MB."


class ChunkTooLate(DomainError):
    """The transcript has gone on without this chunk."""

    code = "AUDIO_TOO_LATE"
    message = "This chunk came too late: the transcript has gone on without it."


class ChunkTooEarly(DomainError):
    """A sequence number far beyond the next one."""

    code = "AUDIO_OUT_OF_ORDER"
    message = "This chunk's number is far beyond the next one: number chunks one by one."


class ScreenShared(DomainError):
    """Somebody else shares their screen."""

    code = "SCREEN_ALREADY_SHARED"
    message = "Somebody else shares their screen: one does at a time."


class WasNotThere(DomainError):
    """The person never came to the session."""

    code = "WAS_NOT_THERE"
    message = "Only those who were in the session may do this."


class SegmentChanged(DomainError):
    """Somebody corrected the segment meanwhile."""

    code = "SEGMENT_CHANGED"
    message = "Somebody has corrected this segment meanwhile: read it again."


class NotAnswered(DomainError):
    """There is no answer to rate."""

    code = "NOT_ANSWERED"
    message = "This question has no answer yet."


class SummaryInProgress(DomainError):
    """A summary is being written."""

    code = "SUMMARY_IN_PROGRESS"
    message = "This session's summary is being written."


class WhiteboardUpdateInvalid(DomainError):
    """Not a Yjs update."""

    code = "WHITEBOARD_UPDATE_INVALID"
    message = "This isn't an update of a Yjs document, in base64."


class WhiteboardFull(DomainError):
    """The whiteboard has no room for this."""

    code = "WHITEBOARD_FULL"
    message = "The whiteboard is full."


class SessionLimitReached(DomainError):
    """As many as a session takes."""

    code = "SESSION_LIMIT_REACHED"


class RecordingOff(DomainError):
    """The session isn't recorded."""

    code = "RECORDING_OFF"
    message = "Recording is off in this session."


class RecordingConsentMissing(DomainError):
    """Not everybody agrees to be recorded."""

    code = "RECORDING_CONSENT_MISSING"
    message = "Not everybody in the call has agreed to be recorded."


class AttentionConsentMissing(DomainError):
    """The person hasn't agreed that their attention is recorded."""

    code = "ATTENTION_CONSENT_MISSING"
    message = "You haven't agreed to attention tracking: agree with consentSet."
