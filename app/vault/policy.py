"""Who sees what of the vault. Conditions on a table or an alias of it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.models import User
from app.core.viewer import Asker
from app.vault.models import (
    Flashcard,
    FlashcardReview,
    FlashcardSchedule,
    FlashcardState,
    Resource,
    StoredFile,
)

# So many new cards are shown a day, of all decks together.
NEW_A_DAY = 20


def own(viewer: Asker, file: type[StoredFile] = StoredFile) -> ColumnElement[bool]:
    """The viewer's own. What a file is attached to shows it to others: whoever sees that."""
    mine: ColumnElement[bool] = col(file.owner_id) == viewer.user_id
    return mine


def visible(viewer: Asker, resource: type[Resource] = Resource) -> ColumnElement[bool]:
    """The viewer's own."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(resource.owner_id) == viewer.user_id
    return own


def visible_card(viewer: Asker, card: type[Flashcard] = Flashcard) -> ColumnElement[bool]:
    """Cards of decks that the viewer sees."""
    return exists(
        select(Resource.id).where(Resource.id == card.resource_id, visible(viewer)).correlate(card)
    )


def scheduled(
    viewer: Asker, schedule: type[FlashcardSchedule] = FlashcardSchedule
) -> ColumnElement[bool]:
    """The viewer's own, of cards that they see."""
    if not viewer.signed_in:
        return false()
    seen = exists(
        select(Flashcard.id)
        .where(Flashcard.id == schedule.card_id, visible_card(viewer))
        .correlate(schedule)
    )
    return and_(col(schedule.user_id) == viewer.user_id, seen)


def due(
    viewer: Asker, schedule: type[FlashcardSchedule], deck_id: Any = None
) -> ColumnElement[bool]:
    """What the viewer has to review now, of one deck or of all.

    New cards in the order in which they were made, as many as are left of the day's: a day of the
    viewer's time zone.
    """
    new = aliased(FlashcardSchedule)
    fresh = (
        select(new.id)
        .where(
            new.user_id == viewer.user_id,
            new.state == FlashcardState.NEW,
            _of_deck(new, deck_id),
        )
        .order_by(col(new.due), col(new.id))
        .limit(func.greatest(0, NEW_A_DAY - _begun_today(viewer)))
    )
    again = and_(col(schedule.state) != FlashcardState.NEW, col(schedule.due) <= func.now())
    return and_(_of_deck(schedule, deck_id), or_(again, col(schedule.id).in_(fresh)))


def _of_deck(schedule: type[FlashcardSchedule], deck_id: Any) -> ColumnElement[bool]:
    if deck_id is None:
        return true()
    return exists(
        select(Flashcard.id)
        .where(Flashcard.id == schedule.card_id, Flashcard.resource_id == deck_id)
        .correlate(schedule)
    )


def _begun_today(viewer: Asker) -> Any:
    """How many cards the viewer has answered for the first time since their last midnight."""
    zone = select(User.time_zone).where(User.id == viewer.user_id).scalar_subquery()
    midnight = func.timezone(zone, func.date_trunc("day", func.timezone(zone, func.now())))
    return (
        select(func.count())
        .where(
            FlashcardReview.user_id == viewer.user_id,
            FlashcardReview.number == 1,
            col(FlashcardReview.reviewed_at) >= midnight,
        )
        .scalar_subquery()
    )
