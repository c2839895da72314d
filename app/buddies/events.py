"""What happens among study buddies."""

from uuid import UUID

from app.buddies.kinds import BuddyContextKind
from app.core.events import PersistedEvent
from app.core.jobs import Job


def buddies_stream(user_id: UUID) -> str:
    """What one user's requests and buddies come to; the other of the two has one as well."""
    return f"buddies:{user_id}"


class _BuddiesEvent(PersistedEvent):
    # Who is concerned without having done it; with BuddyMade, who had asked.
    user_id: UUID
    # Who did it.
    other_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return buddies_stream(self.user_id)


class BuddyRequested(_BuddiesEvent):
    """Somebody asks the user to study together."""

    kind = "buddies.requested"
    request_id: UUID


class BuddyRejected(_BuddiesEvent):
    """The user's request was rejected."""

    kind = "buddies.rejected"
    request_id: UUID


class BuddyMade(_BuddiesEvent):
    """Two people study together from now on."""

    kind = "buddies.made"
    buddy_id: UUID
    assignment_id: UUID
    context_kind: BuddyContextKind
    context_id: UUID


class BuddyEnded(_BuddiesEvent):
    """Two people don't study together any more."""

    kind = "buddies.ended"
    buddy_id: UUID


class AssignmentChanged(_BuddiesEvent):
    """What two buddies study was paused or resumed, or goes on with another section."""

    kind = "buddies.assignment_changed"
    buddy_id: UUID
    assignment_id: UUID


class AssignmentEnded(_BuddiesEvent):
    """Two buddies don't study something together any more."""

    kind = "buddies.assignment_ended"
    buddy_id: UUID
    assignment_id: UUID
    context_kind: BuddyContextKind
    context_id: UUID


class WordReason(Job):
    """Let a model say why somebody fits somebody."""

    name = "buddies.word_reason"
    queue = "ai"
    user_id: UUID
    other_id: UUID
    context_kind: BuddyContextKind
    context_id: UUID
