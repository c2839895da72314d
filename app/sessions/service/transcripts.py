"""What becomes of a transcript once it is there: it is corrected, or deleted."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.core.clock import now
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.text import line
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import SegmentChanged, SessionLimitReached
from app.sessions.events import AnswerFinished, SegmentCorrected, SummaryReady, TranscriptDeleted
from app.sessions.models import (
    ChunkStatus,
    SpeechStream,
    StudySession,
    SummaryStatus,
    TranscriptCorrection,
    TranscriptSegment,
)
from app.sessions.service.speech import forget_stream
from app.sessions.service.taking_part import hosted, was_there
from app.sessions.service.understanding import begin_answer
from app.sessions.store import transcripts as store
from app.sessions.store import understanding as understanding_store

MOST_CORRECTIONS = 50
DELETED = "The transcript that this rested on was deleted."


class CorrectionData(BaseModel):
    """What a segment should say, and the version of it that was read."""

    segment_id: UUID
    version: int = Field(ge=0)
    text: Annotated[str, AfterValidator(line(2000))]


async def correct(uow: UnitOfWork, viewer: Viewer, data: CorrectionData) -> TranscriptSegment:
    """Let a segment say what was really said; what it said before is kept."""
    session_id = await store.session_of_segment(uow.session, viewer, data.segment_id)
    if session_id is None:
        raise NotFound
    await was_there(uow, viewer, session_id)
    segment = await store.lock_segment(uow.session, data.segment_id)
    # Of somebody whose account is gone nothing is left to correct.
    if segment is None or not segment.text:
        raise NotFound
    if segment.version != data.version:
        raise SegmentChanged(field=("input", "version"))
    if segment.text == data.text:
        return segment
    if segment.version >= MOST_CORRECTIONS:
        raise SessionLimitReached(f"A segment is corrected at most {MOST_CORRECTIONS} times.")
    uow.session.add(
        TranscriptCorrection(
            segment_id=segment.id,
            version=segment.version,
            text=segment.text,
            corrected_by_id=viewer.user_id,
        )
    )
    segment.text, segment.version = data.text, segment.version + 1
    uow.publish(SegmentCorrected(session_id=session_id, segment_id=segment.id))
    return segment


@dataclass(frozen=True)
class Leftovers:
    """What is to be destroyed outside the database once the deletion is committed."""

    objects: list[str]
    answers: list[UUID]


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Leftovers:
    """Delete all that was said until now, and what was made of it."""
    session = await hosted(uow, viewer, key)
    objects = await _drop_audio(uow, key)
    segments = await store.delete_words(uow.session, key)
    # What looks at the words at this moment keeps nothing of them.
    session.words_unread = 0
    session.insights_upto = session.insights_due = session.segment_count
    pending = list(await store.pending_questions(uow.session, key))
    await store.empty_answers(uow.session, key, DELETED)
    await _empty_summary(uow, session)
    uow.publish(*[AnswerFinished(answer_id=each) for each in pending])
    uow.publish(TranscriptDeleted(session_id=key))
    uow.audit(
        "transcript.delete",
        viewer.user_id,
        ("study_session", key),
        before={"segments": segments},
    )
    return Leftovers(objects, pending)


async def clear(resources: Resources, left: Leftovers) -> None:
    """Destroy what the commit left behind: its keys are gone already."""
    await resources.objects.delete(*left.objects)
    for answer_id in left.answers:
        await begin_answer(resources, answer_id)


async def _drop_audio(uow: UnitOfWork, session_id: UUID) -> list[str]:
    """Give up every speaker's audio that isn't text yet; the names of its objects."""
    stale: list[str | None] = []
    streams = await store.lock_streams(uow.session, session_id)
    following = {each.speaker_id: each for each in streams}
    for chunk in await store.waiting_chunks(uow.session, session_id):
        stale.append(chunk.object_name)
        chunk.status, chunk.object_name, chunk.object_key = ChunkStatus.DROPPED, None, None
        _pass_over(following.get(chunk.speaker_id), chunk.sequence)
    for stream in streams:
        stale += [stream.container_name, stream.carry_name]
        forget_stream(stream)
    return [name for name in stale if name]


def _pass_over(stream: SpeechStream | None, sequence: int) -> None:
    if stream is not None:
        stream.next_sequence = max(stream.next_sequence, sequence + 1)


async def _empty_summary(uow: UnitOfWork, session: StudySession) -> None:
    summary = await understanding_store.lock_summary(uow.session, session.id)
    if summary is None:
        return
    summary.status, summary.notice, summary.summary = SummaryStatus.UNAVAILABLE, DELETED, ""
    summary.topics_covered, summary.key_insights, summary.action_items = [], [], []
    summary.knowledge_gaps = []
    # An attempt that is under way comes too late.
    summary.attempt += 1
    summary.renewed_since, summary.made_at = None, now()
    uow.publish(SummaryReady(session_id=session.id))
