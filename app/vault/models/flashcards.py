"""Decks of flashcards, when each card is due, and how it was answered."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


class ResourceKind(StrEnum):
    """What a resource is."""

    FLASHCARDS = "flashcards"


class FlashcardState(StrEnum):
    """How well a card is known."""

    NEW = "new"
    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"


class FlashcardRating(StrEnum):
    """How a card was answered."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


def _of_user() -> Any:
    return Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)


def _of_card() -> Any:
    return Column(ForeignKey("flashcard.id", ondelete="CASCADE"), nullable=False, index=True)


class Resource(MutableTable, table=True):
    """Something a user put in the vault."""

    __table_args__ = (Index("ix_resource_owner_id_id", "owner_id", "id"),)

    owner_id: UUID = Field(sa_column=_of_user())
    kind: ResourceKind
    title: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    description: str = Field(default="", sa_column_kwargs=PERSONAL)
    subject_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("subject.id", ondelete="SET NULL"), index=True)
    )


class Flashcard(MutableTable, table=True):
    """A card, at its position in a deck from 0 on."""

    __table_args__ = (
        UniqueConstraint("resource_id", "position", deferrable=True, initially="DEFERRED"),
    )

    resource_id: UUID = Field(
        sa_column=Column(ForeignKey("resource.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    position: int
    front: str = Field(sa_column_kwargs=PERSONAL)
    back: str = Field(sa_column_kwargs=PERSONAL)


class FlashcardSchedule(MutableTable, table=True):
    """What FSRS knows of a card and a person; `version` counts the reviews that it rests on."""

    __tablename__ = "flashcard_schedule"
    __table_args__ = (
        UniqueConstraint("user_id", "card_id"),
        Index("ix_flashcard_schedule_due", "user_id", "due", "id"),
        CheckConstraint(
            "(state = 'NEW') = (version = 0) AND (state = 'NEW') = (stability IS NULL)"
            " AND (state = 'NEW') = (difficulty IS NULL)"
            " AND (state = 'NEW') = (last_review IS NULL)"
            " AND (state IN ('LEARNING', 'RELEARNING')) = (step IS NOT NULL)",
            name="state_is_whole",
        ),
    )

    user_id: UUID = Field(sa_column=_of_user())
    card_id: UUID = Field(sa_column=_of_card())
    state: FlashcardState = FlashcardState.NEW
    version: int = 0
    # Which of the steps in minutes comes next, while it is learned or relearned.
    step: int | None = None
    # In how many days the chance to know it falls to 90 percent.
    stability: float | None = None
    # From 1 to 10.
    difficulty: float | None = None
    due: datetime = Field(sa_type=Timestamp)
    last_review: datetime | None = Field(default=None, sa_type=Timestamp)


class FlashcardReview(Table, table=True):
    """An answer: the `number`th of this person to this card, by the client's key once."""

    __tablename__ = "flashcard_review"
    __table_args__ = (
        UniqueConstraint("user_id", "client_key"),
        UniqueConstraint("user_id", "card_id", "number"),
        Index("ix_flashcard_review_day", "user_id", "number", "reviewed_at"),
    )

    user_id: UUID = Field(sa_column=_of_user())
    card_id: UUID = Field(sa_column=_of_card())
    number: int
    client_key: str = Field(max_length=64, sa_column_kwargs=PERSONAL)
    rating: FlashcardRating
    seconds: int
    reviewed_at: datetime = Field(sa_type=Timestamp)
