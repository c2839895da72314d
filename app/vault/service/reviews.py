"""Spaced repetition: a card is answered, and FSRS says when it comes again."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fsrs import Card, Rating, Scheduler, State
from pydantic import BaseModel, Field, StringConstraints

from app.core.clock import now
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.vault.errors import ClientKeyUsed, FlashcardReviewed
from app.vault.events import FlashcardAnswered
from app.vault.models import FlashcardRating, FlashcardReview, FlashcardSchedule, FlashcardState
from app.vault.store import flashcards as store

# FSRS 6 with its own parameters: 90% retention; 1 and 10 minutes while learning, 10 while
# relearning. Without fuzz, so that the same answers always lead to the same day.
SCHEDULER: Final = Scheduler(enable_fuzzing=False)

_STATES: Final = {
    FlashcardState.NEW: State.Learning,
    FlashcardState.LEARNING: State.Learning,
    FlashcardState.REVIEW: State.Review,
    FlashcardState.RELEARNING: State.Relearning,
}
_RATINGS: Final = {
    FlashcardRating.AGAIN: Rating.Again,
    FlashcardRating.HARD: Rating.Hard,
    FlashcardRating.GOOD: Rating.Good,
    FlashcardRating.EASY: Rating.Easy,
}
_AFTER: Final = {
    State.Learning: FlashcardState.LEARNING,
    State.Review: FlashcardState.REVIEW,
    State.Relearning: FlashcardState.RELEARNING,
}


class ReviewData(BaseModel):
    """An answer to a card of which the client knew so many reviews (`version`)."""

    card_id: UUID
    rating: FlashcardRating
    seconds: Annotated[int, Field(ge=0, le=86_400)]
    version: Annotated[int, Field(ge=0)]
    client_key: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]


async def review(uow: UnitOfWork, viewer: Viewer, data: ReviewData) -> UUID:
    """Count an answer, once for each client's key; says the key of the card's schedule.

    `FlashcardReviewed` if another answer came first, `ClientKeyUsed` for a key of another card's.
    """
    schedule = await store.schedule(uow.session, viewer, data.card_id)
    if schedule is None:
        raise NotFound(field=("input", "cardId"))
    if await _is_repeat(uow, viewer, data):
        return schedule.id
    if schedule.version != data.version:
        raise FlashcardReviewed(field=("input", "version"))
    # The clocks of several servers never go back for a card.
    moment = max(now(), schedule.last_review or schedule.created_at)
    row = FlashcardReview(
        user_id=viewer.user_id,
        card_id=data.card_id,
        number=data.version + 1,
        client_key=data.client_key,
        rating=data.rating,
        seconds=data.seconds,
        reviewed_at=moment,
    )
    if not await store.claim(uow.session, row):
        # It came twice at the same moment, or another one did.
        if await _is_repeat(uow, viewer, data):
            return schedule.id
        raise FlashcardReviewed(field=("input", "version"))
    values = answered(schedule, data.rating, moment)
    if not await store.move(uow.session, schedule.id, data.version, values):
        raise FlashcardReviewed(field=("input", "version"))
    uow.publish(FlashcardAnswered(user_id=viewer.user_id, card_id=data.card_id, review_id=row.id))
    return schedule.id


def answered(
    schedule: FlashcardSchedule, rating: FlashcardRating, moment: datetime
) -> dict[str, Any]:
    """The columns of a schedule after an answer."""
    before = Card(
        # The library makes one of the clock, and waits a millisecond, if it is given none.
        card_id=0,
        state=_STATES[schedule.state],
        step=schedule.step,
        stability=schedule.stability,
        difficulty=schedule.difficulty,
        due=schedule.due,
        last_review=schedule.last_review,
    )
    card, _ = SCHEDULER.review_card(before, _RATINGS[rating], moment)
    return {
        "state": _AFTER[card.state],
        "step": card.step,
        "stability": card.stability,
        "difficulty": card.difficulty,
        "due": card.due,
        "last_review": card.last_review,
    }


async def _is_repeat(uow: UnitOfWork, viewer: Viewer, data: ReviewData) -> bool:
    """Whether this client's review was counted before."""
    found = await store.review_by_key(uow.session, viewer.user_id, data.client_key)
    if found is not None and found.card_id != data.card_id:
        raise ClientKeyUsed(field=("input", "clientKey"))
    return found is not None
