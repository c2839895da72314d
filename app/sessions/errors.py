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
