"""What the AI made of what was said."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import strawberry

from app.accounts.types import User, load_user
from app.core.db import ReadSession
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node, loads_nodes
from app.core.viewer import Viewer
from app.sessions import models
from app.sessions.models import AnswerStatus, InsightKind, SummaryStatus
from app.sessions.store import understanding as store
from app.sessions.types.transcript import TranscriptSegment, segments_by_id

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


async def _segments(info: Info, keys: list[UUID]) -> list[TranscriptSegment]:
    async def load(key: UUID) -> models.TranscriptSegment | None:
        return await info.context.load(segments_by_id, key)

    rows = await asyncio.gather(*[load(key) for key in keys])
    return [TranscriptSegment.of(row) for row in rows if row is not None]


@strawberry.type(description="Something the AI noticed.")
class Insight(Node):
    """It rests on what was said, and says on which words."""

    prefix = "ins"

    kind: InsightKind = strawberry.field(description="What it is.")
    text: str = strawberry.field(description="What was noticed.")
    confidence: float = strawberry.field(
        description="The share of its words that stand in the segments it rests on, 0 to 1."
    )
    created_at: datetime = strawberry.field(description="When it was noticed.")
    segment_keys: strawberry.Private[list[UUID]]

    @strawberry.field(description="The segments that it rests on.")
    async def segments(self, info: Info) -> list[TranscriptSegment]:
        """Edge to the transcript."""
        return await _segments(info, self.segment_keys)

    @classmethod
    def of(cls, row: models.Insight) -> Self:
        """From its row."""
        return cls(
            key=row.id,
            kind=row.kind,
            text=row.text,
            confidence=row.confidence,
            created_at=row.created_at,
            segment_keys=row.segment_ids,
        )


@strawberry.type(description="A question about a session, and the AI's answer.")
class SessionAnswer(Node):
    """Grounded in the segments that it cites."""

    prefix = "ans"

    question: str = strawberry.field(description="What was asked.")
    status: AnswerStatus = strawberry.field(description="What became of it.")
    answer: str = strawberry.field(description="The answer; empty while there is none.")
    notice: str | None = strawberry.field(description="Why there is no answer.")
    confidence: float | None = strawberry.field(
        description="The share of its words that stand in the cited segments, 0 to 1."
    )
    model: str | None = strawberry.field(description="The model that wrote it.")
    asked_at: datetime = strawberry.field(description="When it was asked.")
    answered_at: datetime | None = strawberry.field(description="When it was answered or given up.")
    asker_key: strawberry.Private[UUID]
    segment_keys: strawberry.Private[list[UUID]]

    @strawberry.field(description="Who asked.")
    async def asker(self, info: Info) -> User | None:
        """Edge to the user."""
        return await load_user(info, self.asker_key)

    @strawberry.field(description="The segments that it cites.")
    async def segments(self, info: Info) -> list[TranscriptSegment]:
        """Edge to the transcript."""
        return await _segments(info, self.segment_keys)

    @classmethod
    def of(cls, row: models.SessionAnswer) -> Self:
        """From its row."""
        return cls(
            key=row.id,
            question=row.question,
            status=row.status,
            answer=row.answer,
            notice=row.notice,
            confidence=row.confidence,
            model=row.model,
            asked_at=row.created_at,
            answered_at=row.answered_at,
            asker_key=row.asker_id,
            segment_keys=row.segment_ids,
        )


@strawberry.type(description="Something that was not yet understood.")
class KnowledgeGap:
    """With what to do about it."""

    concept: str = strawberry.field(description="What wasn't understood.")
    severity: Severity = strawberry.field(description="How serious it is.")
    recommendation: str = strawberry.field(description="What to do about it.")


@strawberry.type(description="What remains of a session.")
class SessionSummary:
    """Written by the local model after the session has ended."""

    status: SummaryStatus = strawberry.field(description="How much the model delivered.")
    notice: str | None = strawberry.field(description="What it couldn't deliver, and why.")
    summary: str = strawberry.field(description="The session in a few sentences.")
    topics_covered: list[str] = strawberry.field(description="What was talked about.")
    key_insights: list[str] = strawberry.field(description="What to remember.")
    action_items: list[str] = strawberry.field(description="What to do next.")
    model: str | None = strawberry.field(description="The model that wrote it.")
    made_at: datetime = strawberry.field(description="When it was written.")
    gaps: strawberry.Private[list[dict[str, str]]]
    session_key: strawberry.Private[UUID]

    @strawberry.field(description="What wasn't understood yet.")
    def knowledge_gaps(self) -> list[KnowledgeGap]:
        """As the contract of the prompt shapes them."""
        return [
            KnowledgeGap(
                concept=gap["concept"],
                severity=Severity(gap["severity"]),
                recommendation=gap["recommendation"],
            )
            for gap in self.gaps
        ]

    @strawberry.field(description="The questions that were asked of the AI, with their answers.")
    async def questions(self, info: Info) -> list[SessionAnswer]:
        """Bounded by the askers' quotas."""
        async with info.context.read() as session:
            rows = await store.questions(session, self.session_key)
        return [SessionAnswer.of(row) for row in rows]

    @classmethod
    def of(cls, row: models.SessionSummary) -> Self:
        """From its row."""
        return cls(
            status=row.status,
            notice=row.notice,
            summary=row.summary,
            topics_covered=row.topics_covered,
            key_insights=row.key_insights,
            action_items=row.action_items,
            model=row.model,
            made_at=row.made_at,
            gaps=row.knowledge_gaps,
            session_key=row.session_id,
        )


async def insights_by_id(
    session: ReadSession, viewer: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.Insight]:
    """Batch function: insights that the viewer may read."""
    return {} if viewer is None else await store.insights_by_id(session, viewer, keys)


async def answers_by_id(
    session: ReadSession, viewer: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.SessionAnswer]:
    """Batch function: answers that the viewer may read."""
    return {} if viewer is None else await store.answers_by_id(session, viewer, keys)


loads_nodes(Insight, insights_by_id, Insight.of)
loads_nodes(SessionAnswer, answers_by_id, SessionAnswer.of)
