"""Root queries of the vault."""

import strawberry

from app.vault.queries.flashcards import FlashcardQuery


@strawberry.type
class VaultQuery(FlashcardQuery):
    """Read one's own vault."""
