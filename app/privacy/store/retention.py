"""SQL of retention: which rows are too old, and a few of them at a time deleted.

No statement waits for a row that somebody else holds: the next time will do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, delete, exists, func, or_, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select

from app.accounts.models import AuthSession, LoginFailures
from app.core.db import ReadSession, WriteSession
from app.core.outbox import DeadJob, Stream, StreamEvent
from app.courses.models import CodingSubmission, CodingSubmissionKind
from app.messaging.events import conversation_stream
from app.messaging.models import Conversation, Message, MessageClientKey
from app.privacy.models import RetainedData, RetentionHold, RetentionPolicy
from app.sessions.events import (
    answer_stream,
    insight_stream,
    notes_stream,
    resources_stream,
    session_stream,
    transcript_stream,
    whiteboard_stream,
)
from app.sessions.models import (
    AudioChunk,
    Insight,
    Participant,
    SessionAnswer,
    SessionStatus,
    StudySession,
    TranscriptSegment,
)

BATCH = 500
# The streams of a session.
_SESSION_STREAMS = (
    session_stream,
    transcript_stream,
    insight_stream,
    whiteboard_stream,
    notes_stream,
    resources_stream,
)
# A session takes its participants and what little is left with it.
_SESSIONS = 50

Row = SQLModel


@dataclass(frozen=True)
class Step:
    """Rows of a table that a policy deletes; the steps before have left them nothing to hold."""

    table: type[Row]
    where: ColumnElement[bool]


async def policies(session: ReadSession) -> list[RetentionPolicy]:
    """Every policy, by its kind of data."""
    return await session.all(select(RetentionPolicy).order_by(col(RetentionPolicy.data_type)))


async def lock_policy(session: WriteSession, data_type: RetainedData) -> RetentionPolicy:
    """A policy, held until the end of the transaction."""
    return await session.value(
        select(RetentionPolicy).where(RetentionPolicy.data_type == data_type).with_for_update()
    )


async def add_policy(session: WriteSession, data_type: RetainedData, days: int) -> None:
    """A policy, unless there is one."""
    made = RetentionPolicy(data_type=data_type, days=days)
    await session.execute(
        insert(RetentionPolicy).values(made.model_dump()).on_conflict_do_nothing()
    )


async def holds(session: ReadSession, policy_id: UUID) -> list[RetentionHold]:
    """What a policy doesn't touch, over or not."""
    return await session.all(
        select(RetentionHold)
        .where(RetentionHold.policy_id == policy_id)
        .order_by(col(RetentionHold.id))
    )


async def known_sessions(session: ReadSession, keys: Sequence[UUID]) -> set[UUID]:
    """Which of these are study sessions."""
    return set(await session.all(select(StudySession.id).where(col(StudySession.id).in_(keys))))


def _held(policy: RetentionPolicy, *subjects: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(RetentionHold.id).where(
            RetentionHold.policy_id == policy.id,
            col(RetentionHold.until) > func.now(),
            or_(*subjects),
        )
    )


def _old_sessions(policy: RetentionPolicy, before: datetime) -> ColumnElement[bool]:
    """Sessions that were over before a time, and neither they nor who took part is held."""
    took_part = exists(
        select(Participant.id).where(
            Participant.session_id == StudySession.id,
            Participant.user_id == RetentionHold.user_id,
        )
    )
    held = _held(policy, col(RetentionHold.session_id) == StudySession.id, took_part)
    return (
        (func.coalesce(StudySession.ended_at, StudySession.scheduled_start) < before)
        & (col(StudySession.status) != SessionStatus.LIVE)
        & ~held
    )


def _transcripts(policy: RetentionPolicy, before: datetime) -> list[Step]:
    """What was said, and what quotes it."""
    old = select(StudySession.id).where(_old_sessions(policy, before))
    tables: list[Any] = [Insight, SessionAnswer, TranscriptSegment]
    answers = select(_named(answer_stream, SessionAnswer.id)).where(
        col(SessionAnswer.session_id).in_(old)
    )
    return [
        Step(StreamEvent, col(StreamEvent.stream).in_(answers)),
        Step(Stream, col(Stream.name).in_(answers)),
        *(Step(table, col(table.session_id).in_(old)) for table in tables),
    ]


def _session_data(policy: RetentionPolicy, before: datetime) -> list[Step]:
    """All but the sessions themselves."""
    where = _old_sessions(policy, before)
    old = select(StudySession.id).where(where)
    chats = select(StudySession.conversation_id).where(where)
    messages = select(Message.id).where(col(Message.conversation_id).in_(chats))
    return [
        Step(MessageClientKey, col(MessageClientKey.message_id).in_(messages)),
        Step(Message, col(Message.conversation_id).in_(chats)),
        Step(AudioChunk, col(AudioChunk.session_id).in_(old)),
        Step(StreamEvent, col(StreamEvent.stream).in_(_streams(where))),
    ]


def _streams(where: ColumnElement[bool]) -> Any:
    """The names of the sessions' streams."""
    names: Sequence[tuple[Callable[[Any], str], Any]] = (
        *((stream, StudySession.id) for stream in _SESSION_STREAMS),
        (conversation_stream, StudySession.conversation_id),
    )
    first, *others = [select(_named(make, key)).where(where) for make, key in names]
    return first.union_all(*others)


def _named(make: Callable[[Any], str], key: Any) -> Any:
    """The name of the stream of a row."""
    return func.concat(make(""), cast(key, Text))


def _sign_ins(policy: RetentionPolicy, before: datetime) -> list[Step]:
    mine = _held(policy, col(RetentionHold.user_id) == AuthSession.user_id)
    ended = func.least(AuthSession.ended_at, AuthSession.expires_at)
    failed = _held(policy, cast(RetentionHold.user_id, Text) == LoginFailures.subject)
    return [
        Step(AuthSession, (ended < before) & ~mine),
        Step(LoginFailures, (col(LoginFailures.changed_at) < before) & ~failed),
    ]


def _failed_jobs(_: RetentionPolicy, before: datetime) -> list[Step]:
    return [Step(DeadJob, col(DeadJob.created_at) < before)]


def _program_runs(policy: RetentionPolicy, before: datetime) -> list[Step]:
    mine = _held(policy, col(RetentionHold.user_id) == CodingSubmission.user_id)
    run = col(CodingSubmission.kind) == CodingSubmissionKind.RUN
    return [Step(CodingSubmission, run & (col(CodingSubmission.created_at) < before) & ~mine)]


_STEPS: Mapping[RetainedData, Callable[[RetentionPolicy, datetime], list[Step]]] = {
    RetainedData.TRANSCRIPTS: _transcripts,
    RetainedData.SESSION_DATA: _session_data,
    RetainedData.SIGN_INS: _sign_ins,
    RetainedData.FAILED_JOBS: _failed_jobs,
    RetainedData.PROGRAM_RUNS: _program_runs,
}


def steps(policy: RetentionPolicy, before: datetime) -> list[Step]:
    """What a policy deletes of what is older than a time, one after the other."""
    return _STEPS[policy.data_type](policy, before)


async def delete_some(session: WriteSession, step: Step) -> int:
    """Delete at most `BATCH` rows that nobody holds; says how many."""
    table = SQLModel.metadata.tables[str(step.table.__tablename__)]
    keys = list(table.primary_key.columns)
    picked: Any = select(*keys).where(step.where).limit(BATCH)
    # As a term of its own it is looked up once, and the limit is one.
    chosen = picked.with_for_update(skip_locked=True, of=table).cte("chosen")
    return await session.changed(delete(table).where(tuple_(*keys).in_(select(*chosen.columns))))


async def delete_sessions(session: WriteSession, policy: RetentionPolicy, before: datetime) -> int:
    """Delete some old sessions of which no words are left, with their chats; says how many."""
    rests: list[Any] = [TranscriptSegment, Insight, SessionAnswer]
    left = [exists(select(table.id).where(table.session_id == StudySession.id)) for table in rests]
    chat = exists(select(Message.id).where(Message.conversation_id == StudySession.conversation_id))
    found = await session.all(
        select(StudySession)
        .where(_old_sessions(policy, before), ~or_(chat, *left))
        .limit(_SESSIONS)
        .with_for_update(skip_locked=True, of=StudySession)
    )
    if not found:
        return 0
    keys = [each.id for each in found]
    chats = [each.conversation_id for each in found]
    names = [make(key) for key in keys for make in _SESSION_STREAMS]
    names += [conversation_stream(key) for key in chats]
    await session.execute(delete(StudySession).where(col(StudySession.id).in_(keys)))
    await session.execute(delete(Conversation).where(col(Conversation.id).in_(chats)))
    await session.execute(delete(Stream).where(col(Stream.name).in_(names)))
    return len(found)
