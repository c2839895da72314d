"""Root mutations of the vault."""

import strawberry

from app.vault.mutations.flashcards import FlashcardMutation
from app.vault.mutations.uploads import UploadMutation


@strawberry.type
class VaultMutation(UploadMutation, FlashcardMutation):
    """Put things in the vault, and work with them."""
