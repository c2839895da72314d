"""SQL of decks, cards and reviews."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.vault import policy
from app.vault.models import Flashcard, FlashcardReview, FlashcardSchedule, Resource


async def hold(session: WriteSession, viewer: Viewer, key: UUID) -> Resource | None:
    """A resource of the viewer's as it is now, which nobody else changes until the end."""
    return await session.first(
        select(Resource)
        .where(Resource.id == key, policy.visible(viewer))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def cards(session: ReadSession, deck_id: UUID) -> Sequence[Flashcard]:
    """The cards of a deck, in their order."""
    return await session.all(
        select(Flashcard).where(Flashcard.resource_id == deck_id).order_by(col(Flashcard.position))
    )


async def delete_resource(session: WriteSession, key: UUID) -> None:
    """Delete a resource with all in it."""
    await session.execute(delete(Resource).where(col(Resource.id) == key))


async def schedule(
    session: WriteSession, viewer: Viewer, card_id: UUID
) -> FlashcardSchedule | None:
    """What is known of a card that the viewer sees; the card stays until the end."""
    return await session.first(
        select(FlashcardSchedule)
        .join(Flashcard, col(Flashcard.id) == FlashcardSchedule.card_id)
        .where(FlashcardSchedule.card_id == card_id, policy.scheduled(viewer))
        .with_for_update(read=True, key_share=True, of=Flashcard)
        .execution_options(populate_existing=True)
    )


async def claim(session: WriteSession, review: FlashcardReview) -> bool:
    """Write a review down; False if there is one with its key, or its number, already.

    Of two at the same moment the second waits for the first.
    """
    values = review.model_dump()
    statement = insert(FlashcardReview).values(**values).on_conflict_do_nothing()
    return bool(await session.changed(statement))


async def review_by_key(
    session: ReadSession, user_id: UUID, client_key: str
) -> FlashcardReview | None:
    """The review that a client's key stands for."""
    return await session.first(
        select(FlashcardReview).where(
            FlashcardReview.user_id == user_id, FlashcardReview.client_key == client_key
        )
    )


async def move(session: WriteSession, key: UUID, version: int, values: dict[str, Any]) -> bool:
    """Change a schedule by one review; False if it no longer rests on so many."""
    return bool(
        await session.changed(
            update(FlashcardSchedule)
            .where(col(FlashcardSchedule.id) == key, col(FlashcardSchedule.version) == version)
            .values(version=version + 1, **values)
            .execution_options(synchronize_session=False)
        )
    )
