"""What the AI made of what was said."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, func, true
from sqlmodel import col, select

from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, items, reads, whole
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.sessions import models, policy
from app.sessions.models import AnswerStatus, InsightKind, SummaryStatus
from app.sessions.types.transcript import TranscriptSegment

# A prompt shows no more lines, so that nothing rests on more.
_MOST_SEGMENTS = 100

describe(
    InsightKind,
    "What an insight is.",
    {
        InsightKind.TOPIC: "What is being talked about.",
        InsightKind.KEY_POINT: "Something to remember.",
        InsightKind.QUESTION: "A question that somebody raised.",
        InsightKind.KNOWLEDGE_GAP: "Something that was not understood yet.",
    },
)
describe(
    AnswerStatus,
    "What became of a question.",
    {
        AnswerStatus.PENDING: "The answer is being written.",
        AnswerStatus.ANSWERED: "There is an answer.",
        AnswerStatus.FAILED: "There will be no answer; the notice says why.",
    },
)
describe(
    SummaryStatus,
    "How much of a summary the model delivered.",
    {
        SummaryStatus.PENDING: "It is being written.",
        SummaryStatus.COMPLETE: "Everything is there.",
        SummaryStatus.PARTIAL: "Some of it is missing; the notice says what.",
        SummaryStatus.UNAVAILABLE: "There is none; the notice says why.",
    },
)


class Severity(StrEnum):
    """As a summary says it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


describe(
    Severity,
    "How serious a gap in knowledge is.",
    {
        Severity.LOW: "Worth a look some time.",
        Severity.MEDIUM: "Worth working on soon.",
        Severity.HIGH: "What follows will be hard without it.",
    },
)


def _segments(
    _: Asker,
    segment: type[models.TranscriptSegment],
    of: type[models.Insight] | type[models.SessionAnswer],
) -> Rows:
    return Rows(col(segment.id) == func.any(of.segment_ids), Order("segments", ("sequence", "id")))


@reads(models.Insight, visible=policy.of_member, description="Something the AI noticed.")
class Insight(Node):
    """It rests on what was said, and says on which words."""

    prefix = "ins"

    kind: InsightKind = column("What it is.")
    text: str = column("What was noticed.")
    confidence: float = column(
        "The share of its words that stand in the segments it rests on, 0 to 1."
    )
    created_at: datetime = column("When it was noticed.")
    segments: list[TranscriptSegment] = items(
        _segments, "The segments that it rests on, as they were said.", most=_MOST_SEGMENTS
    )


def _ratings(answer: type[models.SessionAnswer], *, helpful: bool) -> ColumnElement[int]:
    rating = models.AnswerRating
    found = select(func.count()).where(
        col(rating.answer_id) == answer.id, col(rating.helpful).is_(helpful)
    )
    return whole(found.scalar_subquery())


def _helpful(_: Asker, answer: type[models.SessionAnswer]) -> ColumnElement[int]:
    return _ratings(answer, helpful=True)


def _unhelpful(_: Asker, answer: type[models.SessionAnswer]) -> ColumnElement[int]:
    return _ratings(answer, helpful=False)


def _viewer_rating(viewer: Asker, answer: type[models.SessionAnswer]) -> ColumnElement[bool]:
    rating = models.AnswerRating
    found = select(rating.helpful).where(
        col(rating.answer_id) == answer.id, col(rating.user_id) == viewer.user_id
    )
    return found.scalar_subquery()


@reads(
    models.SessionAnswer,
    visible=policy.of_member,
    description="A question about a session, and the AI's answer.",
)
class SessionAnswer(Node):
    """Grounded in the segments that it cites."""

    prefix = "ans"

    question: str = column("What was asked.")
    status: AnswerStatus = column("What became of it.")
    answer: str = column("The answer; empty while there is none.")
    notice: str | None = column("Why there is no answer.")
    confidence: float | None = column(
        "The share of its words that stand in the cited segments, 0 to 1."
    )
    model: str | None = column("The model that wrote it.")
    asked_at: datetime = column("When it was asked.", "created_at")
    answered_at: datetime | None = column("When it was answered or given up.")
    viewer_found_helpful: bool | None = computed(
        _viewer_rating, "Whether it helped the viewer; null if they haven't said."
    )
    helpful_count: int = computed(_helpful, "How many it helped.")
    unhelpful_count: int = computed(_unhelpful, "How many it didn't help.")
    asker: User | None = edge("asker_id", "Who asked.")
    segments: list[TranscriptSegment] = items(
        _segments, "The segments that it cites, as they were said.", most=_MOST_SEGMENTS
    )


def _member_of(name: str) -> Any:
    def read(_: Asker, gap: Any) -> ColumnElement[str]:
        value: ColumnElement[str] = gap.c.value.op("->>", return_type=Text())(name)
        return func.upper(value) if name == "severity" else value

    return read


@reads(None, key="", description="Something that was not yet understood.")
class KnowledgeGap:
    """With what to do about it."""

    concept: str = computed(_member_of("concept"), "What wasn't understood.")
    severity: Severity = computed(_member_of("severity"), "How serious it is.")
    recommendation: str = computed(_member_of("recommendation"), "What to do about it.")


def _gaps(_: Asker, __: Any, ___: type[models.SessionSummary]) -> Rows:
    return Rows(true(), Order("gaps", ("ordinality",)))


def _gaps_of(summary: type[models.SessionSummary]) -> Any:
    elements = func.jsonb_array_elements(summary.knowledge_gaps)
    return elements.table_valued("value", with_ordinality="ordinality").render_derived()


def _questions(
    _: Asker, answer: type[models.SessionAnswer], summary: type[models.SessionSummary]
) -> Rows:
    return Rows(col(answer.session_id) == summary.session_id, Order("questions"))


def _renewing(_: Asker, summary: type[models.SessionSummary]) -> ColumnElement[bool]:
    return col(summary.renewed_since).is_not(None)


@reads(
    models.SessionSummary,
    visible=policy.of_member,
    key="session_id",
    description="What remains of a session.",
)
class SessionSummary:
    """Written by the local model after the session has ended."""

    status: SummaryStatus = column("How much the model delivered.")
    notice: str | None = column("What it couldn't deliver, and why.")
    summary: str = column("The session in a few sentences.")
    topics_covered: list[str] = column("What was talked about.")
    key_insights: list[str] = column("What to remember.")
    action_items: list[str] = column("What to do next.")
    model: str | None = column("The model that wrote it.")
    made_at: datetime = column("When it was written.")
    renewing: bool = computed(_renewing, "Whether a new one is being written, that replaces it.")
    knowledge_gaps: list[KnowledgeGap] = items(
        _gaps, "What wasn't understood yet.", most=20, rows_of=_gaps_of
    )
    questions: list[SessionAnswer] = items(
        _questions,
        "The questions that were asked of the AI, with their answers: the first hundred.",
        most=100,
    )
