"""What happens in somebody's vault."""

from uuid import UUID

from app.core.events import PersistedEvent


def vault_stream(user_id: UUID) -> str:
    """Everything that happens in somebody's vault."""
    return f"vault:{user_id}"


class _VaultEvent(PersistedEvent):
    user_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return vault_stream(self.user_id)


class ResourceCreated(_VaultEvent):
    """There is something new."""

    kind = "resource.created"
    resource_id: UUID


class ResourceChanged(_VaultEvent):
    """Something is another now."""

    kind = "resource.changed"
    resource_id: UUID


class ResourceDeleted(_VaultEvent):
    """Something is gone."""

    kind = "resource.deleted"
    resource_id: UUID


class FlashcardAnswered(_VaultEvent):
    """A card was reviewed."""

    kind = "flashcard.reviewed"
    card_id: UUID
    review_id: UUID
