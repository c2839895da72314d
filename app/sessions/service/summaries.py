"""Summaries: when one is written, from what, and which one is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.core.clock import now
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import SummaryInProgress, WrongState
from app.sessions.events import SummarizeSession, SummaryReady
from app.sessions.models import InsightKind, SessionStatus, SessionSummary, SummaryStatus
from app.sessions.service.taking_part import hosted
from app.sessions.service.understanding import Brief, lines_of, prompts_of
from app.sessions.store import lifecycle as sessions
from app.sessions.store import speech as speech_store
from app.sessions.store import understanding as store


@dataclass(frozen=True)
class SummaryData:
    """What a model delivered of a summary."""

    status: SummaryStatus
    notice: str | None = None
    summary: str = ""
    topics_covered: Sequence[str] = ()
    key_insights: Sequence[str] = ()
    action_items: Sequence[str] = ()
    knowledge_gaps: Sequence[dict[str, str]] = field(default=())
    model: str | None = None


async def is_heard_out(resources: Resources, session_id: UUID) -> bool:
    """Whether nothing of a session waits to be transcribed or looked at."""
    async with resources.database.read() as session:
        studied = (await sessions.any_sessions(session, [session_id])).get(session_id)
        if studied is None or studied.insights_upto < studied.insights_due:
            return False
        if await speech_store.waiting_count(session, session_id):
            return False
        streams = await speech_store.streams(session, session_id)
    return all(stream.carry_name is None for stream in streams)


def _awaited(summary: SessionSummary | None, attempt: int) -> bool:
    """Whether this attempt at a summary is still wanted."""
    if summary is None or summary.attempt != attempt:
        return False
    return summary.status is SummaryStatus.PENDING or summary.renewed_since is not None


async def renew(uow: UnitOfWork, viewer: Viewer, key: UUID) -> SessionSummary:
    """Have a summary written anew; the one that there is stays until then."""
    session = await hosted(uow, viewer, key)
    summary = await store.lock_summary(uow.session, key)
    if session.status is not SessionStatus.ENDED or summary is None:
        raise WrongState("A summary is written once the session has ended.")
    if _awaited(summary, summary.attempt):
        raise SummaryInProgress
    summary.attempt += 1
    summary.renewed_since = now()
    uow.enqueue(SummarizeSession(session_id=key, attempt=summary.attempt))
    return summary


async def summary_brief(resources: Resources, session_id: UUID, attempt: int = 0) -> Brief | None:
    """What to summarise; None if that isn't wanted any more. Without lines nothing was said."""
    async with resources.database.read() as session:
        pending = await store.summary(session, session_id)
        if not _awaited(pending, attempt):
            return None
        lines = await lines_of(session, await speech_store.all_segments(session, session_id))
        insights = await store.insights(session, session_id)
        prompts = await prompts_of(session, "session.summary")
    return Brief(
        prompts,
        lines,
        topics=[each.text for each in insights if each.kind is InsightKind.TOPIC],
        key_points=[each.text for each in insights if each.kind is InsightKind.KEY_POINT],
    )


async def save_summary(
    uow: UnitOfWork, session_id: UUID, data: SummaryData, attempt: int = 0
) -> None:
    """Keep a summary, or that there is none; nothing is no better than the one that was there."""
    summary = await store.lock_summary(uow.session, session_id)
    if summary is None or not _awaited(summary, attempt):
        return
    summary.renewed_since = None
    uow.publish(SummaryReady(session_id=session_id))
    if summary.status is not SummaryStatus.PENDING and data.status is SummaryStatus.UNAVAILABLE:
        return
    summary.status, summary.notice, summary.summary = data.status, data.notice, data.summary
    summary.topics_covered = list(data.topics_covered)
    summary.key_insights = list(data.key_insights)
    summary.action_items = list(data.action_items)
    summary.knowledge_gaps = [dict(gap) for gap in data.knowledge_gaps]
    summary.model, summary.made_at = data.model, now()
