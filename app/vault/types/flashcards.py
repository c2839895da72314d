"""What the schema shows of resources: decks, their cards, when each is due."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col, select

from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    one,
    pages,
    reads,
    reads_kinds,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference.types.taxonomy import Subject
from app.vault import models, policy
from app.vault.models import FlashcardRating, FlashcardState, ResourceKind

describe(
    ResourceKind,
    "What a resource is.",
    {ResourceKind.FLASHCARDS: "A deck of flashcards."},
)
describe(
    FlashcardState,
    "How well a flashcard is known.",
    {
        FlashcardState.NEW: "It was never reviewed.",
        FlashcardState.LEARNING: "It comes again within minutes.",
        FlashcardState.REVIEW: "It comes again after days.",
        FlashcardState.RELEARNING: "It was forgotten, and comes again within minutes.",
    },
)
describe(
    FlashcardRating,
    "How a flashcard was answered.",
    {
        FlashcardRating.AGAIN: "Not at all, or wrong.",
        FlashcardRating.HARD: "With an effort.",
        FlashcardRating.GOOD: "After a moment's thought.",
        FlashcardRating.EASY: "At once.",
    },
)


def _cards(_: Asker, card: type[models.Flashcard], deck: type[models.Resource]) -> Rows:
    return Rows(
        col(card.resource_id) == deck.id,
        Order("cards", ("position", "id")),
        # Who sees a deck sees its cards.
        visible=true(),
    )


def _size(_: Asker, deck: type[models.Resource]) -> ColumnElement[int]:
    count = select(func.count()).where(models.Flashcard.resource_id == deck.id)
    return whole(count.scalar_subquery())


def _schedule(
    viewer: Asker, schedule: type[models.FlashcardSchedule], card: type[models.Flashcard]
) -> ColumnElement[bool]:
    return and_(col(schedule.card_id) == card.id, col(schedule.user_id) == viewer.user_id)


@reads(
    models.FlashcardSchedule,
    visible=policy.scheduled,
    description="What is known of a flashcard and the viewer, and when it comes again.",
)
class FlashcardSchedule(Node):
    """By FSRS 6 with its own parameters, without fuzz."""

    prefix = "fsc"

    card: "Flashcard | None" = edge("card_id", "The card.")
    state: FlashcardState = column("How well it is known.")
    version: int = column(
        "On how many reviews this rests: `flashcardReview` has to be told, so that of two devices"
        " one counts."
    )
    due: datetime = column("When it comes again; a new one has been due since it was made.")
    last_review: datetime | None = column("When it was last reviewed.")
    stability: float | None = column(
        "In how many days the chance to know it falls to 90 percent; null while it is new."
    )
    difficulty: float | None = column("How hard it is, from 1 to 10; null while it is new.")


@reads(models.Flashcard, visible=policy.visible_card, description="A card with two sides.")
class Flashcard(Node):
    """Of a deck."""

    prefix = "fla"

    position: int = column("Its place in its deck, from 0 on.")
    front: str = column("What it asks, as Markdown.")
    back: str = column("What answers it, as Markdown.")
    deck: "Resource | None" = edge("resource_id", "The deck that it belongs to.")
    schedule: FlashcardSchedule | None = one(_schedule, "When it comes again to the viewer.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")


@reads_kinds(
    models.Resource,
    told_by="kind",
    visible=policy.visible,
    description="Something that a user put in the vault.",
)
class Resource(Node):
    """Of one kind."""

    prefix = "rsc"

    kind: ResourceKind = column("What it is.")
    title: str = column("What it is called.")
    description: str = column("What it is about.")
    subject: Subject | None = edge("subject_id", "What it is a part of.")
    owner: User | None = edge("owner_id", "Who put it in.")
    created_at: datetime = column("When it was put in.")
    updated_at: datetime = column("When it was last changed.")


@reads(models.Resource, kind=ResourceKind.FLASHCARDS, description="A deck of flashcards.")
class FlashcardDeck(Resource):
    """To be reviewed card by card."""

    card_count: int = computed(_size, "How many cards it has.")
    cards: Connection[Flashcard] = pages(_cards, "Its cards, in their order.")


RESOURCES = [FlashcardDeck]

ResourceId = Annotated[strawberry.ID, id_argument("The resource.", Resource.prefix)]
