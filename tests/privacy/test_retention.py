"""Retention: policies, holds, and what is deleted when."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, update
from sqlmodel import SQLModel, col, select

from app.accounts.models import AuthSession
from app.core.audit import AuditDetail, AuditEntry
from app.core.clock import now
from app.core.ids import new_id
from app.core.outbox import DeadJob, Stream, StreamEvent
from app.core.resources import Resources
from app.courses.models import CodingSubmission, CodingSubmissionKind
from app.messaging.models import Conversation, Message
from app.privacy.models import RetainedData, RetentionHold, RetentionPolicy
from app.privacy.service import retention
from app.privacy.store import retention as store
from app.sessions.models import SessionStatus, StudySession, TranscriptSegment
from tests.client import Api
from tests.conftest import Counting
from tests.courses.coding import make_coding
from tests.factories import Person, Studying, make_person, make_session, sign_in, writing

_FIELDS = "retentionPolicy { dataType days savedBy { username } holds { userId sessionId reason } }"
_LIST = "{ retentionPolicies { dataType days } }"


@pytest.fixture
def database_url(own_database_url: str) -> str:
    """The policies change."""
    return own_database_url


@pytest.fixture
async def admin(resources: Resources) -> Person:
    return await make_person(resources, "root", role="admin")


async def _count(resources: Resources, table: type[SQLModel]) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(table))


async def _old_session(
    resources: Resources, host: Person, *, days: int, segments: int = 0
) -> Studying:
    """A session that ended so many days ago."""
    made = await make_session(resources, host)
    async with writing(resources) as session:
        ended = now() - timedelta(days=days)
        values = {"status": SessionStatus.ENDED, "ended_at": ended}
        await session.execute(
            update(StudySession).where(col(StudySession.id) == made.key).values(values)
        )
        if segments:
            rows = [_segment(made, host, number) for number in range(segments)]
            await session.execute(insert(TranscriptSegment), rows)
    return made


def _segment(session: Studying, speaker: Person, number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "session_id": session.key,
        "sequence": number,
        "speaker_id": speaker.key,
        "text": f"word {number}",
        "start_ms": number,
        "end_ms": number + 1,
        "confidence": 0.9,
        "language": "en",
        "chunk_sequence": 0,
    }


async def _tombstones(resources: Resources) -> Counter[str]:
    """How many rows of each table the audit log says were deleted."""
    async with resources.database.read() as session:
        found = await session.all(
            select(AuditDetail)
            .join(AuditEntry, col(AuditEntry.sequence) == AuditDetail.sequence)
            .where(AuditEntry.action == "retention.delete")
        )
    counts: Counter[str] = Counter()
    for each in found:
        assert each.after is not None
        assert each.after["deleted"] <= store.BATCH
        counts[each.after["table"]] += each.after["deleted"]
    return counts


class TestPolicies:
    async def test_the_defaults(self, api: Api, admin: Person) -> None:
        answer = (await api.execute(_LIST, as_=admin)).ok()["retentionPolicies"]
        assert {each["dataType"]: each["days"] for each in answer} == {
            "TRANSCRIPTS": 90,
            "SESSION_DATA": 365,
            "SIGN_INS": 90,
            "FAILED_JOBS": 30,
            "PROGRAM_RUNS": 30,
        }

    async def test_save(self, api: Api, resources: Resources, admin: Person) -> None:
        ana = await make_person(resources, "ana")
        hold = {"reason": "a court asks", "until": "2099-01-01T00:00:00Z"}
        given = {"dataType": "TRANSCRIPTS", "days": 30, "holds": [{**hold, "userId": ana.id}]}
        for _ in range(2):
            done = await api.mutate("retentionPolicySave", given, _FIELDS, as_=admin)
            assert done.ok()["retentionPolicy"] == {
                "dataType": "TRANSCRIPTS",
                "days": 30,
                "savedBy": {"username": "root"},
                "holds": [{"userId": ana.id, "sessionId": None, "reason": "a court asks"}],
            }
        without = {"dataType": "TRANSCRIPTS", "days": 30, "holds": []}
        (await api.mutate("retentionPolicySave", without, as_=admin)).ok()
        assert await _count(resources, RetentionHold) == 0
        async with resources.database.read() as session:
            actions = await session.all(
                select(AuditEntry.action).order_by(col(AuditEntry.sequence))
            )
        assert actions == [
            "retention_policy.save",
            "retention_hold.place",
            "retention_hold.release",
        ]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"days": 0},
            {"days": 3651},
            {"holds": [{"reason": "why not", "until": "2099-01-01T00:00:00Z"}]},
            {"holds": [{"reason": "late", "until": "2020-01-01T00:00:00Z", "userId": "me"}]},
            {"holds": [{"reason": "", "until": "2099-01-01T00:00:00Z", "userId": "me"}]},
        ],
    )
    async def test_refused(
        self, api: Api, resources: Resources, admin: Person, wrong: dict[str, Any]
    ) -> None:
        for hold in wrong.get("holds", ()):
            if hold.get("userId"):
                hold["userId"] = admin.id
        given = {"dataType": "SIGN_INS", "days": 10, **wrong}
        refused = await api.mutate("retentionPolicySave", given, as_=admin)
        assert refused.codes == ["INVALID_INPUT"]
        assert await _count(resources, RetentionHold) == 0
        assert await _count(resources, AuditEntry) == 0
        async with resources.database.read() as session:
            policy = await session.value(
                select(RetentionPolicy).where(RetentionPolicy.data_type == RetainedData.SIGN_INS)
            )
        assert policy.days == 90


class TestTranscripts:
    async def test_old_ones_go_and_leave_a_count(self, resources: Resources, admin: Person) -> None:
        await _old_session(resources, admin, days=91, segments=3)
        young = await _old_session(resources, admin, days=89, segments=2)
        await retention.enforce(resources)
        async with resources.database.read() as session:
            left = await session.all(select(TranscriptSegment))
        assert [each.session_id for each in left] == [young.key, young.key]
        assert await _tombstones(resources) == {"transcript_segment": 3}
        await retention.enforce(resources)
        assert await _tombstones(resources) == {"transcript_segment": 3}

    async def test_what_is_held_stays(self, resources: Resources, admin: Person) -> None:
        ben = await make_person(resources, "ben")
        await _old_session(resources, ben, days=100, segments=1)
        held = await _old_session(resources, admin, days=100, segments=1)
        until = now() + timedelta(days=1)
        holds = [
            {"user_id": ben.key, "reason": "a court asks", "until": until},
            {"session_id": held.key, "reason": "a court asks", "until": until},
        ]
        data = retention.PolicyData(data_type=RetainedData.TRANSCRIPTS, days=90, holds=holds)
        async with resources.begin() as uow:
            await retention.save(uow, admin.viewer, data)
        await retention.enforce(resources)
        assert await _count(resources, TranscriptSegment) == 2
        async with writing(resources) as session:
            await session.execute(update(RetentionHold).values(until=now()))
        await retention.enforce(resources)
        assert await _count(resources, TranscriptSegment) == 0

    async def test_many_rows_hold_up_nobody(
        self, resources: Resources, admin: Person, statements: Counting
    ) -> None:
        old = await _old_session(resources, admin, days=91, segments=5 * store.BATCH + 7)
        async with resources.database.write() as session:
            mine = await session.all(
                select(TranscriptSegment)
                .where(TranscriptSegment.session_id == old.key)
                .limit(10)
                .with_for_update()
            )
            # Whoever waited for these rows would wait for ever.
            with statements(resources) as seen:
                await asyncio.wait_for(retention.enforce(resources), 60)
            await session.commit()
        assert await _count(resources, TranscriptSegment) == len(mine)
        deletes = [sql for sql in seen if "DELETE FROM transcript_segment" in sql]
        assert len(deletes) >= 6
        assert all("SKIP LOCKED" in sql for sql in deletes)
        # The next time they are free.
        await retention.enforce(resources)
        assert await _count(resources, TranscriptSegment) == 0
        assert await _tombstones(resources) == {"transcript_segment": 5 * store.BATCH + 7}


class TestSessionData:
    async def test_the_whole_session_goes(self, resources: Resources, admin: Person) -> None:
        old = await _old_session(resources, admin, days=366, segments=2)
        young = await _old_session(resources, admin, days=364)
        async with writing(resources) as session:
            chat = old.row.conversation_id
            session.add(Message(conversation_id=chat, sender_id=admin.key, body="hello"))
        await retention.enforce(resources)
        async with resources.database.read() as session:
            assert [each.id for each in await session.all(select(StudySession))] == [young.key]
            names = await session.all(select(Stream.name))
            events = await session.all(select(StreamEvent.stream))
        assert await _count(resources, Conversation) == 1
        assert await _count(resources, Message) == 0
        assert not [name for name in (*names, *events) if str(old.key) in name]

    async def test_not_before_its_transcript(self, resources: Resources, admin: Person) -> None:
        await _old_session(resources, admin, days=366, segments=1)
        async with resources.begin() as uow:
            data = retention.PolicyData(data_type=RetainedData.TRANSCRIPTS, days=3650)
            await retention.save(uow, admin.viewer, data)
        await retention.enforce(resources)
        assert await _count(resources, StudySession) == 1
        assert await _count(resources, TranscriptSegment) == 1


class TestOthers:
    async def test_sign_ins_and_failed_jobs(self, resources: Resources, admin: Person) -> None:
        await sign_in(resources, admin.user)
        async with writing(resources) as session:
            old = now() - timedelta(days=91)
            await session.execute(
                update(AuthSession)
                .where(col(AuthSession.id) == admin.viewer.auth_session_id)
                .values(ended_at=old)
            )
            for days in (29, 31):
                at = now() - timedelta(days=days)
                session.add(DeadJob(name="n", payload={}, error="e", attempts=1, created_at=at))
        await retention.enforce(resources)
        assert await _count(resources, AuthSession) == 1
        assert await _count(resources, DeadJob) == 1

    async def test_program_runs(
        self, resources: Resources, admin: Person, ana: Person, ida: Person
    ) -> None:
        exercise = (await make_coding(resources, ida)).row
        async with writing(resources) as session:
            for number, (person, days) in enumerate(((ana, 29), (ana, 31), (ida, 31))):
                at = now() - timedelta(days=days)
                common = {"user_id": person.key, "exercise_id": exercise.id, "created_at": at}
                run = CodingSubmission(kind=CodingSubmissionKind.RUN, code="1", **common)
                handed_in = CodingSubmission(
                    kind=CodingSubmissionKind.SUBMISSION, attempt=number + 1, code="2", **common
                )
                session.add(run)
                session.add(handed_in)
        hold = retention.HoldData(
            user_id=ida.key, reason="a court asks", until=now() + timedelta(days=1)
        )
        async with resources.begin() as uow:
            data = retention.PolicyData(data_type=RetainedData.PROGRAM_RUNS, days=30, holds=[hold])
            await retention.save(uow, admin.viewer, data)
        await retention.enforce(resources)
        async with resources.database.read() as session:
            left = await session.all(select(CodingSubmission))
        runs = [each.user_id for each in left if each.kind is CodingSubmissionKind.RUN]
        assert sorted(runs) == sorted([ana.key, ida.key])
        assert len(left) - len(runs) == 3
