"""Decks as clients make them."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.core.ids import from_global
from app.core.resources import Resources
from app.vault.models import Flashcard, FlashcardReview, FlashcardSchedule
from tests.client import Api, Payload
from tests.factories import Person, writing

RESOURCE = """resource {
    __typename id kind title description subject { id } owner { id }
    ... on FlashcardDeck {
        cardCount
        cards(first: 100) {
            nodes { id position front back deck { id } schedule { id version state } }
        }
    }
}"""
SCHEDULE = """schedule {
    id card { id } state version due lastReview stability difficulty
}"""


def deck_of(*fronts: str) -> dict[str, Any]:
    """The content of a deck with such cards."""
    cards = [{"front": each, "back": f"About {each}"} for each in fronts]
    return {"flashcards": {"cards": cards}}


async def make_deck(api: Api, person: Person, *fronts: str, **more: Any) -> Any:
    """A deck, as `resourceCreate` answers."""
    given = {"title": "Leaves", "content": deck_of(*fronts), **more}
    return (await api.mutate("resourceCreate", given, RESOURCE, as_=person)).ok()["resource"]


def card_ids(deck: Any) -> list[str]:
    """The ids of a deck's cards, in their order."""
    return [each["id"] for each in deck["cards"]["nodes"]]


async def review(
    api: Api, person: Person, card: str, key: str, *, version: int = 0, **more: Any
) -> Payload:
    """Answer a card."""
    given = {"cardId": card, "rating": "GOOD", "seconds": 4, "version": version, "clientKey": key}
    return await api.mutate("flashcardReview", given | more, SCHEDULE, as_=person)


async def schedule_of(resources: Resources, card: str) -> FlashcardSchedule:
    """What is known of a card."""
    key = from_global("fla", card)
    async with resources.database.read() as reading:
        return await reading.value(
            select(FlashcardSchedule).where(FlashcardSchedule.card_id == key)
        )


async def change_schedule(resources: Resources, card: str, **values: Any) -> None:
    """Put what is known of a card into any state."""
    key = from_global("fla", card)
    async with writing(resources) as session:
        row = await session.value(select(FlashcardSchedule).where(FlashcardSchedule.card_id == key))
        for name, value in values.items():
            setattr(row, name, value)


async def reviews(resources: Resources) -> list[FlashcardReview]:
    """All reviews that count."""
    async with resources.database.read() as reading:
        return await reading.all(select(FlashcardReview).order_by(col(FlashcardReview.number)))


async def cards_there(resources: Resources) -> list[tuple[UUID, int, str]]:
    """All cards, by their positions."""
    async with resources.database.read() as reading:
        rows = await reading.all(select(Flashcard).order_by(col(Flashcard.position)))
    return [(each.id, each.position, each.front) for each in rows]
