"""What becomes of words: corrections, deletion, ratings, a summary anew."""

import asyncio

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.audit import AuditEntry
from app.core.ids import to_global
from app.core.resources import Resources
from app.sessions.models import (
    AnswerStatus,
    Insight,
    InsightKind,
    SessionAnswer,
    SessionSummary,
    SummaryStatus,
    TranscriptCorrection,
    TranscriptSegment,
)
from app.sessions.service import speech, summaries, transcripts, understanding
from app.sessions.service.speech import Words
from tests.client import Api
from tests.factories import add_segments, make_person, make_session, waiting_jobs, writing
from tests.sessions.conftest import Speaking

_SEGMENT = "segment { text version corrections { version text correctedBy { username } } }"
_TOLD = """
    subscription ($id: ID!, $after: String) { transcriptAdded(sessionId: $id, after: $after) {
      __typename ... on TranscriptSegmentAdded { segment { text } }
      ... on TranscriptSegmentCorrected { segment { text version } } } }
"""
_CURSOR = "query ($id: ID!) { studySession(id: $id) { cursors { transcript } } }"


class TestCorrect:
    async def test_no_correction_is_lost(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        guest = await make_person(resources)
        session = await make_session(
            resources, ana, guests=[ben, guest], joined=[ana, ben], live=True
        )
        [row] = await add_segments(resources, session, (ana, "Leafs are green.", 0, 900))
        given = {"segmentId": to_global("seg", row.id), "version": 0}
        texts = {ana.key: "Leaves are green.", ben.key: "Leaves are grey."}
        done = await asyncio.gather(
            *[
                api.mutate(
                    "transcriptSegmentCorrect", given | {"text": texts[who.key]}, _SEGMENT, as_=who
                )
                for who in (ana, ben)
            ]
        )
        assert sorted(each.codes for each in done) == [[], ["SEGMENT_CHANGED"]]
        winner = ana if not done[0].codes else ben
        last = given | {"version": 1, "text": "All leaves are green."}
        shown = (await api.mutate("transcriptSegmentCorrect", last, _SEGMENT, as_=ana)).ok()
        assert shown["segment"] == {
            "text": "All leaves are green.",
            "version": 2,
            "corrections": [
                {
                    "version": 0,
                    "text": "Leafs are green.",
                    "correctedBy": {"username": winner.user.username},
                },
                {"version": 1, "text": texts[winner.key], "correctedBy": {"username": "ana"}},
            ],
        }
        refused = await api.mutate("transcriptSegmentCorrect", last, as_=guest)
        assert refused.codes == ["WAS_NOT_THERE"]
        found = """query ($id: ID!) { transcript(sessionId: $id) {
            segments(search: "all") { totalCount } } }"""
        answer = await api.execute(found, {"id": session.id}, as_=ben)
        assert answer.ok() == {"transcript": {"segments": {"totalCount": 1}}}


class TestDelete:
    @pytest.mark.usefixtures("relay")
    async def test_nothing_is_left(self, api: Api, speaking: Speaking) -> None:
        resources, ana, session = speaking.resources, speaking.host, speaking.session
        start = (await api.execute(_CURSOR, {"id": session.id}, as_=ana)).ok()
        after = start["studySession"]["cursors"]["transcript"]
        await speaking.submit(0)
        work = await speaking.work()
        words = Words("Leaves are green.", 0, 900, confidence=0.8, language="en")
        heard = speech.Heard(state={}, origin_ms=0, container=None, carry=None, final=[words])
        assert await speech.record(resources, work, heard)
        await speaking.submit(1)
        under_way = await speaking.work()
        async with resources.database.read() as reading:
            [segment] = await reading.all(select(TranscriptSegment))
        answered = SessionAnswer(
            session_id=session.key,
            asker_id=ana.key,
            question="Why?",
            status=AnswerStatus.ANSWERED,
            answer="Leaves are green.",
            segment_ids=[segment.id],
        )
        pending = SessionAnswer(session_id=session.key, asker_id=ana.key, question="How?")
        kind = InsightKind.TOPIC
        insight = Insight(
            session_id=session.key, kind=kind, text="Leaves", segment_ids=[segment.id], confidence=1
        )
        async with writing(resources) as writer:
            writer.add(answered, pending, insight)
        async with resources.begin() as uow:
            data = transcripts.CorrectionData(segment_id=segment.id, version=0, text="Roots.")
            await transcripts.correct(uow, ana.viewer, data)
        await understanding.tell_answer(resources, pending.id, 0, "Leaves")
        done = await api.mutate("transcriptDelete", {"sessionId": session.id}, as_=ana)
        done.ok()
        # What was under way comes too late.
        assert not await speech.record(resources, under_way, heard)
        found = understanding.Found(kind, "Leaves are green.", [segment.id], 1)
        async with resources.begin() as uow:
            await understanding.add_insights(uow, session.key, 1, [found], None)
            await understanding.finish_answer(
                uow, pending.id, "Leaves.", segment_ids=[], confidence=1, model="m", tokens=1
            )
        assert await understanding.answer_so_far(resources, pending.id) == ""
        assert speaking.objects() == []
        async with resources.database.read() as reading:
            for table in (TranscriptSegment, TranscriptCorrection, Insight):
                assert await reading.value(select(func.count()).select_from(table)) == 0
            answers = await reading.all(select(SessionAnswer).order_by(col(SessionAnswer.id)))
            audited = await reading.all(select(AuditEntry.action))
        assert [(each.status.value, each.answer, each.segment_ids) for each in answers] == [
            ("failed", "", [])
        ] * 2
        assert audited == ["transcript.delete"]
        # Who resumes is told of the deletion, and of nothing that was deleted.
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_TOLD, {"id": session.id, "after": after})
            assert (await live.next())["transcriptAdded"] == {"__typename": "TranscriptCleared"}

    async def test_is_the_hosts(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, joined=[ana, ben], live=True, public=True)
        await add_segments(resources, session, (ana, "Leaves are green.", 0, 900))
        refused = await api.mutate("transcriptDelete", {"sessionId": session.id}, as_=ben)
        assert refused.codes == ["NOT_HOST"]
        async with resources.database.read() as reading:
            assert await reading.value(select(func.count()).select_from(TranscriptSegment)) == 1
            assert await reading.all(select(AuditEntry.action)) == []


class TestRate:
    async def test_the_last_word_counts(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        other = await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        status = AnswerStatus.ANSWERED
        made = SessionAnswer(
            session_id=session.key, asker_id=ana.key, question="Why?", answer="So.", status=status
        )
        waiting = SessionAnswer(session_id=session.key, asker_id=ana.key, question="How?")
        async with writing(resources) as writer:
            writer.add(made, waiting)
        fields = "answer { viewerFoundHelpful helpfulCount unhelpfulCount }"
        for person, helpful in ((ana, True), (ben, True), (ben, False)):
            given = {"answerId": to_global("ans", made.id), "helpful": helpful}
            shown = (await api.mutate("sessionAnswerRate", given, fields, as_=person)).ok()
        assert shown["answer"] == {
            "viewerFoundHelpful": False,
            "helpfulCount": 1,
            "unhelpfulCount": 1,
        }
        assert (await api.mutate("sessionAnswerRate", given, as_=other)).codes == ["NOT_FOUND"]
        given["answerId"] = to_global("ans", waiting.id)
        assert (await api.mutate("sessionAnswerRate", given, as_=ana)).codes == ["NOT_ANSWERED"]


class TestRegenerate:
    async def test_one_at_a_time_and_the_old_one_stays(
        self, api: Api, resources: Resources
    ) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, joined=[ana, ben], live=True, public=True)
        given, fields = {"sessionId": session.id}, "summary { summary renewing }"
        early = await api.mutate("sessionSummaryRegenerate", given, as_=ana)
        assert early.codes == ["SESSION_WRONG_STATE"]
        (await api.mutate("sessionEnd", given, as_=ana)).ok()
        first = summaries.SummaryData(SummaryStatus.COMPLETE, summary="Leaves.")
        async with resources.begin() as uow:
            await summaries.save_summary(uow, session.key, first)
        done = await asyncio.gather(
            *[
                api.mutate("sessionSummaryRegenerate", given, fields, as_=each)
                for each in (ana, ana, ben)
            ]
        )
        codes = [each.codes for each in done]
        assert sorted(codes) == [[], ["NOT_HOST"], ["SUMMARY_IN_PROGRESS"]]
        won = next(each for each in done if not each.codes)
        assert won.data["summary"] == {"summary": "Leaves.", "renewing": True}
        attempts = [
            job["attempt"]
            for name, job in await waiting_jobs(resources)
            if name == "sessions.summarize_session"
        ]
        assert attempts == [0, 1]
        # An earlier attempt comes too late; the one that is wanted counts once.
        for text, attempt in (("Old.", 0), ("New.", 1), ("Newer.", 1)):
            data = summaries.SummaryData(SummaryStatus.COMPLETE, summary=text)
            async with resources.begin() as uow:
                await summaries.save_summary(uow, session.key, data, attempt)
        async with resources.database.read() as reading:
            summary = await reading.value(select(SessionSummary))
        assert (summary.summary, summary.renewed_since) == ("New.", None)
        (await api.mutate("sessionSummaryRegenerate", given, as_=ana)).ok()
        nothing = summaries.SummaryData(SummaryStatus.UNAVAILABLE, "Nothing.")
        async with resources.begin() as uow:
            await summaries.save_summary(uow, session.key, nothing, 2)
        async with resources.database.read() as reading:
            summary = await reading.value(select(SessionSummary))
        assert (summary.summary, summary.renewed_since) == ("New.", None)
