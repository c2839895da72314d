"""What somebody puts in their vault: decks of flashcards."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from app.core import text
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.models import Subject
from app.vault.events import ResourceChanged, ResourceCreated, ResourceDeleted
from app.vault.models import Flashcard, FlashcardSchedule, Resource, ResourceKind
from app.vault.store import flashcards as store

MOST_CARDS = 1000

Title = Annotated[str, AfterValidator(text.line(255))]
# A text that may be empty.
Description = Annotated[str, AfterValidator(lambda value: value and text.text(20_000)(value))]
Side = Annotated[str, AfterValidator(text.text(10_000))]


class CardData(BaseModel):
    """A card; with an `id`, one that the deck has already."""

    id: UUID | None = None
    front: Side
    back: Side


class FlashcardsData(BaseModel):
    """A deck."""

    cards: list[CardData] = Field(default_factory=list, max_length=MOST_CARDS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        known = [card.id for card in self.cards if card.id is not None]
        if len(set(known)) < len(known):
            raise ValueError("A card stands in its deck once.")
        return self


class ContentData(BaseModel):
    """What a resource is: a deck."""

    flashcards: FlashcardsData


class ResourceData(BaseModel):
    """A resource to put in."""

    title: Title
    description: Description = ""
    subject_id: UUID | None = None
    content: ContentData


class ResourceChanges(BaseModel):
    """What is to be another way; what isn't given stays.

    Of a deck's cards, those with an id stay, with what is known of them, the others are new, and
    those that aren't there go.
    """

    title: Title = ""
    description: Description = ""
    subject_id: UUID | None = None
    content: ContentData | None = None


async def create(uow: UnitOfWork, viewer: Viewer, data: ResourceData) -> Resource:
    """Put a resource in."""
    await _check_subject(uow, data.subject_id)
    row = Resource(
        owner_id=viewer.user_id,
        kind=ResourceKind.FLASHCARDS,
        **data.model_dump(exclude={"content"}),
    )
    uow.session.add(row)
    await uow.session.flush()
    await _set_cards(uow, row, data.content.flashcards.cards)
    uow.publish(ResourceCreated(user_id=viewer.user_id, resource_id=row.id))
    return row


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: ResourceChanges) -> Resource:
    """Change what is given."""
    row = await _held(uow, viewer, key)
    await _check_subject(uow, data.subject_id)
    for name, value in data.model_dump(exclude_unset=True, exclude={"content"}).items():
        setattr(row, name, value)
    # Changed by its cards as well.
    row.updated_at = now()
    if data.content is not None:
        await _set_cards(uow, row, data.content.flashcards.cards)
    uow.publish(ResourceChanged(user_id=viewer.user_id, resource_id=key))
    return row


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Take a resource out, with all in it."""
    await _held(uow, viewer, key)
    await store.delete_resource(uow.session, key)
    uow.publish(ResourceDeleted(user_id=viewer.user_id, resource_id=key))


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Resource:
    row = await store.hold(uow.session, viewer, key)
    if row is None:
        raise NotFound(field=("input", "id"))
    return row


async def _check_subject(uow: UnitOfWork, subject_id: UUID | None) -> None:
    if subject_id is not None and await uow.session.get(Subject, subject_id) is None:
        raise NotFound("There is no such subject.", field=("input", "subjectId"))


async def _set_cards(uow: UnitOfWork, deck: Resource, given: Sequence[CardData]) -> None:
    """Make the cards of a held deck those that are given, in their order."""
    there = {card.id: card for card in await store.cards(uow.session, deck.id)}
    unknown = [str(card.id) for card in given if card.id is not None and card.id not in there]
    if unknown:
        raise InvalidInput(
            "Some of these cards aren't in this deck.",
            field=("input", "content", "flashcards", "cards"),
        )
    kept = {card.id for card in given}
    for key, card in there.items():
        if key not in kept:
            await uow.session.delete(card)
    moment = now()
    added = []
    for position, each in enumerate(given):
        known = there.get(each.id) if each.id is not None else None
        if known is not None:
            known.front, known.back, known.position = each.front, each.back, position
            continue
        added.append(
            Flashcard(resource_id=deck.id, position=position, front=each.front, back=each.back)
        )
    uow.session.add(*added)
    await uow.session.flush()
    uow.session.add(
        *[FlashcardSchedule(user_id=deck.owner_id, card_id=each.id, due=moment) for each in added]
    )
