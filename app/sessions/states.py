"""The life of a session: which step is possible in which state, and where it leads."""

from typing import Final

from app.sessions.errors import WrongState
from app.sessions.models import SessionStatus, StudySession

# Every other step is refused.
STEPS: Final[dict[str, tuple[frozenset[SessionStatus], SessionStatus]]] = {
    "start": (frozenset({SessionStatus.SCHEDULED}), SessionStatus.LIVE),
    "end": (frozenset({SessionStatus.LIVE}), SessionStatus.ENDED),
    "cancel": (frozenset({SessionStatus.SCHEDULED}), SessionStatus.CANCELLED),
}
# It is yet to begin, or running: people come and go.
OPEN: Final = frozenset({SessionStatus.SCHEDULED, SessionStatus.LIVE})


def take_step(session: StudySession, name: str) -> None:
    """Lead a session into its next state; `WrongState` if there is no such step from here."""
    sources, target = STEPS[name]
    if session.status not in sources:
        raise WrongState(f"You can't {name} a session that is {session.status.value}.")
    session.status = target
