"""Whether an answer to a question of a quiz is right: the only place that says it."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from app.courses.models import QuestionKind, QuizQuestion


@dataclass(frozen=True)
class Given:
    """What somebody chose or wrote; nothing at all where they passed over a question."""

    option_ids: tuple[UUID, ...] = ()
    text: str | None = None


def is_right(question: QuizQuestion, right: Collection[UUID], given: Given) -> bool:
    """Whether it is the right option, all and only the right ones, or an accepted text.

    `right` are the options of the question that are.
    """
    if question.kind is QuestionKind.SHORT_TEXT:
        accepted = {folded(each) for each in question.accepted_answers}
        return given.text is not None and folded(given.text) in accepted
    return bool(given.option_ids) and set(given.option_ids) == set(right)


def folded(text: str) -> str:
    """A text without its case, the spaces around it and all but one of those in it, as NFC."""
    composed = unicodedata.normalize("NFC", text).casefold()
    return " ".join(unicodedata.normalize("NFC", composed).split())


def is_enough(points: int, most: int, passing_percent: int) -> bool:
    """Whether so many points of so many are the percent that it takes."""
    return 100 * points >= passing_percent * most
