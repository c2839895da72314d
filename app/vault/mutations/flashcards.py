"""Root mutations of resources and flashcards."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.reference.types.taxonomy import Subject
from app.vault.models import FlashcardRating
from app.vault.service import resources as service
from app.vault.service import reviews
from app.vault.types.flashcards import Flashcard, FlashcardSchedule, Resource


def _needed(description: str) -> Any:
    return strawberry.field(description=description)


def _maybe(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing changed.")


@strawberry.input(description="A flashcard.")
class FlashcardInput:
    """New, or one that the deck has."""

    id: strawberry.ID | None = _maybe(
        "The card of the deck that this is: it keeps what is known of it."
    )
    front: str = _needed("What it asks, as Markdown: 1 to 10,000 characters.")
    back: str = _needed("What answers it, as Markdown: 1 to 10,000 characters.")


@strawberry.input(description="A deck of flashcards.")
class FlashcardsContentInput:
    """All of them."""

    cards: list[FlashcardInput] = _needed(
        "Its cards, in their order: at most 1,000. Those of the deck that aren't here go."
    )


@strawberry.input(one_of=True, description="What a resource is.")
class ResourceContentInput:
    """The kind of a resource is that of its content."""

    flashcards: FlashcardsContentInput | None = _maybe("A deck of flashcards.")


@strawberry.input(description="A resource to put in the vault.")
class ResourceCreateInput:
    """Of the viewer's own."""

    title: str = _needed("What it is called, 1 to 255 characters.")
    description: str | None = _maybe("What it is about, at most 20,000 characters.")
    subject_id: strawberry.ID | None = _maybe("What it is a part of.")
    content: ResourceContentInput = _needed("What it is.")


@strawberry.input(description="What is to be another way in a resource. What isn't given stays.")
class ResourceUpdateInput:
    """It stays of its kind."""

    id: strawberry.ID = _needed("The resource.")
    title: str | None = _maybe("What it is called, 1 to 255 characters.")
    description: str | None = _maybe("What it is about, at most 20,000 characters.")
    subject_id: strawberry.ID | None = _maybe("What it is a part of; null clears.")
    content: ResourceContentInput | None = _maybe("All of what it is, of the same kind.")


@strawberry.input(description="Which resource.")
class ResourceDeleteInput:
    """By its id."""

    id: strawberry.ID = _needed("The resource.")


@strawberry.input(description="An answer to a flashcard.")
class FlashcardReviewInput:
    """Counted once."""

    card_id: strawberry.ID = _needed("The card.")
    rating: FlashcardRating = _needed("How it was answered.")
    seconds: int = _needed("How long that took: 0 to 86,400 seconds.")
    version: int = _needed("The `version` of its schedule as you read it.")
    client_key: str = _needed(
        "A key of your own for this review, of 1 to 64 visible characters of ASCII: sent again"
        " with it, it counts once."
    )


@strawberry.type
class _ResourcePayload:
    resource: Resource | None = edge("resource_key", "The resource.")
    resource_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `resourceCreate`.")
class ResourceCreatePayload(_ResourcePayload):
    """The resource."""


@strawberry.type(description="The answer to `resourceUpdate`.")
class ResourceUpdatePayload(_ResourcePayload):
    """The resource."""


@strawberry.type(description="The answer to `resourceDelete`.")
class ResourceDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the resource that is gone."
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `flashcardReview`.")
class FlashcardReviewPayload:
    """When the card comes again."""

    schedule: FlashcardSchedule | None = edge("schedule_key", "When the card comes again.")
    schedule_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


def _more(input: ResourceCreateInput | ResourceUpdateInput) -> dict[str, Any]:
    """What of an input isn't data as it stands."""
    made: dict[str, Any] = {}
    if input.subject_id is not strawberry.UNSET:
        given = input.subject_id
        made["subject_id"] = None if given is None else from_global(Subject.prefix, given)
    if not isinstance(input.content, ResourceContentInput):
        return made
    deck = input.content.flashcards
    cards = deck.cards if isinstance(deck, FlashcardsContentInput) else []
    made["content"] = {"flashcards": {"cards": [_card(each) for each in cards]}}
    return made


def _card(given: FlashcardInput) -> dict[str, Any]:
    key = from_global(Flashcard.prefix, given.id) if given.id else None
    return {"id": key, "front": given.front, "back": given.back}


@strawberry.type
class FlashcardMutation:
    """Keep decks, and review their cards."""

    @mutation(SIGNED_IN)
    async def resource_create(
        self, info: Info, input: ResourceCreateInput
    ) -> ResourceCreatePayload:
        """Put a resource in your vault."""
        data = to_data(service.ResourceData, input, **_more(input))
        async with info.context.begin() as uow:
            row = await service.create(uow, info.context.me, data)
        return ResourceCreatePayload(resource_key=row.id)

    @mutation(SIGNED_IN)
    async def resource_update(
        self, info: Info, input: ResourceUpdateInput
    ) -> ResourceUpdatePayload:
        """Change a resource of yours. Cards with their ids keep what is known of them."""
        data = to_data(service.ResourceChanges, input, **_more(input))
        key = from_global(Resource.prefix, input.id)
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, key, data)
        return ResourceUpdatePayload(resource_key=key)

    @mutation(SIGNED_IN)
    async def resource_delete(
        self, info: Info, input: ResourceDeleteInput
    ) -> ResourceDeletePayload:
        """Take a resource of yours out of the vault, with all in it."""
        key = from_global(Resource.prefix, input.id)
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, key)
        return ResourceDeletePayload(deleted_id=input.id)

    @mutation(SIGNED_IN)
    async def flashcard_review(
        self, info: Info, input: FlashcardReviewInput
    ) -> FlashcardReviewPayload:
        """Answer a card, and learn when it comes again, by the server's clock. A repeat with the
        same `clientKey` counts once; `FLASHCARD_REVIEWED` if another answer came first.
        """
        more = {"card_id": from_global(Flashcard.prefix, input.card_id)}
        data = to_data(reviews.ReviewData, input, **more)
        async with info.context.begin() as uow:
            key = await reviews.review(uow, info.context.me, data)
        return FlashcardReviewPayload(schedule_key=key)
