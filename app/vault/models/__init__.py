"""The tables of the vault."""

from app.vault.models.files import FilePurpose, FileStatus, ScanStatus, StoredFile
from app.vault.models.flashcards import (
    Flashcard,
    FlashcardRating,
    FlashcardReview,
    FlashcardSchedule,
    FlashcardState,
    Resource,
    ResourceKind,
)

__all__ = [
    "FilePurpose",
    "FileStatus",
    "Flashcard",
    "FlashcardRating",
    "FlashcardReview",
    "FlashcardSchedule",
    "FlashcardState",
    "Resource",
    "ResourceKind",
    "ScanStatus",
    "StoredFile",
]
