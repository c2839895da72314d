"""Buddies, what they study, who sees it, and who is told."""

import asyncio
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import update
from sqlmodel import col

from app.buddies.events import WordReason
from app.buddies.models import BuddyAssignment, BuddyAssignmentStatus
from app.buddies.service import reasons
from app.buddies.states import ASSIGNMENT_STEPS, AssignmentStep
from app.core.clock import now
from app.core.ids import from_global
from app.core.outbox import HandleEvent
from app.core.resources import Resources
from app.notifications.models import NotificationType
from app.sessions.models import SessionKind
from tests.buddies.studying import Circle
from tests.client import Api, Data
from tests.factories import (
    Person,
    empty_outbox,
    make_session,
    read_session,
    waiting_events,
    waiting_jobs,
    writing,
)
from tests.notifications.conftest import told

S = BuddyAssignmentStatus


async def _put(resources: Resources, id: str, status: BuddyAssignmentStatus) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(BuddyAssignment)
            .where(col(BuddyAssignment.id) == from_global("bas", id))
            .values(status=status, ended_at=now() if status is S.ENDED else None)
        )


async def _change(circle: Circle, person: Person, id: str, **given: Any) -> Any:
    fields = "assignment { status section { title } endedAt buddy { id } }"
    return await circle.do("buddyAssignmentUpdate", {"id": id, **given}, fields, person)


async def _all(api: Api, person: Person) -> Data:
    document = """{
        buddies { nodes { id user { username } totalSessions lastSessionAt
            assignments { nodes { id } } } }
        buddyAssignments { nodes { id status buddy { id } } }
        buddyRequests { totalCount }
    }"""
    return (await api.execute(document, as_=person)).ok()


class TestAssignments:
    def test_the_table(self) -> None:
        def after(step: AssignmentStep, status: BuddyAssignmentStatus) -> str:
            found = ASSIGNMENT_STEPS[step].get(status)
            return found.name if found else ""

        assert [(step.name, *[after(step, status) for status in S]) for step in AssignmentStep] == [
            # From ACTIVE, from PAUSED, from ENDED.
            ("ADVANCE", "ACTIVE", "", ""),
            ("PAUSE", "PAUSED", "", ""),
            ("RESUME", "", "ACTIVE", ""),
            ("END", "ENDED", "ENDED", ""),
        ]

    async def test_every_status_from_every_status(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = (await circle.pair(ana, ben))["assignment"]["id"]
        for before, wanted in product(S, S):
            await _put(resources, id, before)
            await empty_outbox(resources)
            answer = await _change(circle, ana, id, status=wanted.name)
            [row] = await circle.assignments()
            if before is S.ENDED and wanted is not S.ENDED:
                assert answer.codes == ["BUDDY_ASSIGNMENT_WRONG_STATE"]
                assert row.status is before
            else:
                assert answer.ok()["assignment"]["status"] == wanted.name
                assert row.status is wanted
                assert (row.ended_at is not None) is (wanted is S.ENDED)
            # What it is already is no change.
            changed = not answer.codes and before is not wanted
            kind = "ended" if wanted is S.ENDED else "changed"
            told = [f"buddies.assignment_{kind}"] if changed else []
            assert await waiting_events(resources) == told

    async def test_another_section(self, circle: Circle, ana: Person, ben: Person) -> None:
        id = (await circle.pair(ana, ben))["assignment"]["id"]
        moved = (await _change(circle, ben, id, sectionId=circle.section(1))).ok()
        assert moved["assignment"]["section"] == {"title": circle.course.sections[1].title}
        strange = "sec_00000000-0000-7000-8000-000000000000"
        answer = await _change(circle, ben, id, status="PAUSED", sectionId=strange)
        assert answer.codes == ["NOT_FOUND"]
        [row] = await circle.assignments()
        assert (row.status, row.section_id) == (S.ACTIVE, circle.course.sections[1].id)
        (await _change(circle, ben, id, status="PAUSED")).ok()
        answer = await _change(circle, ben, id, sectionId=circle.section(0))
        assert answer.codes == ["BUDDY_ASSIGNMENT_WRONG_STATE"]
        # Resumed first, it goes on.
        both = await _change(circle, ben, id, status="ACTIVE", sectionId=circle.section(0))
        assert both.ok()["assignment"]["section"] == {"title": circle.course.sections[0].title}
        assert (await _change(circle, ben, id)).codes == ["INVALID_INPUT"]
        assert (await _change(circle, ben, id, status=None)).codes == ["INVALID_INPUT"]

    async def test_the_end_keeps_the_buddy(
        self, circle: Circle, api: Api, ana: Person, ben: Person
    ) -> None:
        made = await circle.pair(ana, ben)
        given = {"id": made["assignment"]["id"]}
        ended = await circle.do("buddyAssignmentEnd", given, "assignment { status }", ben)
        assert ended.ok()["assignment"] == {"status": "ENDED"}
        again = await circle.do("buddyAssignmentEnd", given, "assignment { status }", ana)
        assert again.codes == ["BUDDY_ASSIGNMENT_WRONG_STATE"]
        found = await _all(api, ana)
        assert [each["user"] for each in found["buddies"]["nodes"]] == [{"username": "ben"}]
        [buddy] = await circle.buddies()
        assert buddy.ended_at is None


class TestRemoving:
    async def test_all_ends(
        self, circle: Circle, api: Api, resources: Resources, ana: Person, ben: Person
    ) -> None:
        made = await circle.pair(ana, ben)
        await empty_outbox(resources)
        given = {"id": made["buddy"]["id"]}
        answers = await asyncio.gather(
            *[circle.do("buddyRemove", given, "user { username }", each) for each in (ana, ben)]
        )
        assert sorted(code for each in answers for code in each.codes) == ["NOT_FOUND"]
        [buddy], [assignment] = await circle.buddies(), await circle.assignments()
        assert buddy.ended_at is not None
        assert assignment.status is S.ENDED
        assert await waiting_events(resources) == ["buddies.assignment_ended", "buddies.ended"]
        for person in (ana, ben):
            found = await _all(api, person)
            assert found["buddies"]["nodes"] == []
            [row] = found["buddyAssignments"]["nodes"]
            assert (row["status"], row["buddy"]) == ("ENDED", None)
        # They may begin again.
        again = await circle.pair(ben, ana)
        assert again["buddy"]["id"] != made["buddy"]["id"]
        assert len(await circle.buddies()) == 2


class TestVisibility:
    async def test_for_the_two_alone(
        self, circle: Circle, api: Api, ana: Person, ben: Person, cleo: Person
    ) -> None:
        made = await circle.pair(ana, ben)
        request = (await circle.requests())[0].id
        ids = [made["buddy"]["id"], made["assignment"]["id"], f"brq_{request}"]
        document = """query ($ids: [ID!]!, $id: ID!) {
            nodes(ids: $ids) { id } buddyAssignment(id: $id) { id } }"""
        given = {"ids": ids, "id": ids[1]}
        for person, other in ((ana, "ben"), (ben, "ana")):
            found = (await api.execute(document, given, as_=person)).ok()
            assert [each["id"] for each in found["nodes"]] == ids
            assert found["buddyAssignment"] == {"id": ids[1]}
            own = await _all(api, person)
            assert own["buddies"]["nodes"] == [
                {
                    "id": ids[0],
                    "user": {"username": other},
                    "totalSessions": 0,
                    "lastSessionAt": None,
                    "assignments": {"nodes": [{"id": ids[1]}]},
                }
            ]
        found = (await api.execute(document, given, as_=cleo)).ok()
        assert found == {"nodes": [None] * 3, "buddyAssignment": None}
        assert await _all(api, cleo) == {
            "buddies": {"nodes": []},
            "buddyAssignments": {"nodes": []},
            "buddyRequests": {"totalCount": 0},
        }
        for mutation, id, fields in (
            ("buddyRemove", ids[0], "user { id }"),
            ("buddyAssignmentEnd", ids[1], "assignment { id }"),
        ):
            assert (await circle.do(mutation, {"id": id}, fields, cleo)).codes == ["NOT_FOUND"]
        assert (await _change(circle, cleo, ids[1], status="ENDED")).codes == ["NOT_FOUND"]
        [buddy], [assignment] = await circle.buddies(), await circle.assignments()
        assert (buddy.ended_at, assignment.status) == (None, S.ACTIVE)


@pytest.mark.usefixtures("worker_environment")
class TestFollowing:
    @staticmethod
    async def _work(resources: Resources, broker: StubBroker) -> None:
        """Relay, and run what follows, until nothing does."""
        from dramatiq import Message

        import workers.buddies  # noqa: F401 - follows events
        from workers import following
        from workers.outbox import send_due

        await send_due(resources, broker)
        queue = broker.queues["default"]
        while not queue.empty():
            message = Message.decode(queue.get_nowait())
            if message.actor_name == HandleEvent.name:
                job = HandleEvent.model_validate(message.kwargs)
                for _ in range(2):
                    await following.run(resources, job)

    async def test_the_other_one_is_told(
        self, circle: Circle, resources: Resources, broker: StubBroker, ana: Person, ben: Person
    ) -> None:
        made = await circle.pair(ana, ben)
        (await _change(circle, ben, made["assignment"]["id"], status="PAUSED")).ok()
        (await circle.do("buddyRemove", {"id": made["buddy"]["id"]}, "user { id }", ana)).ok()
        await self._work(resources, broker)
        title = f"\u201c{circle.course.row.title}\u201d"
        asks = f"Ana asks you to study {title} together. You have seven days to answer."
        assert [(each.type, each.text) for each in reversed(await told(resources, ben.key))] == [
            (NotificationType.BUDDY_REQUESTED, asks),
            (NotificationType.BUDDY_ENDED, "Ana doesn't study with you any more."),
        ]

    async def test_who_asked_is_told(
        self, circle: Circle, resources: Resources, broker: StubBroker, ana: Person, ben: Person,
        cleo: Person,
    ) -> None:  # fmt: skip
        made = await circle.pair(ana, ben)
        (await circle.answer("Reject", await circle.asked(ana, cleo), cleo)).ok()
        (await _change(circle, ben, made["assignment"]["id"], status="PAUSED")).ok()
        await self._work(resources, broker)
        found = await told(resources, ana.key)
        title = circle.course.row.title
        assert {each.type: each.text for each in found} == {
            NotificationType.BUDDY_ACCEPTED: f"Ben studies \u201c{title}\u201d with you from now"
            " on.",
            NotificationType.BUDDY_REJECTED: "Cleo can't study with you now.",
            NotificationType.BUDDY_ASSIGNMENT_CHANGED: "Ben has changed what you study together:"
            f" \u201c{title}\u201d is paused now.",
        }

    async def test_a_block_ends_it_and_tells_nobody(
        self, circle: Circle, api: Api, resources: Resources, broker: StubBroker, ana: Person,
        ben: Person,
    ) -> None:  # fmt: skip
        made = await circle.pair(ana, ben)
        await self._work(resources, broker)
        before = len(await told(resources, ana.key)), len(await told(resources, ben.key))
        (await circle.do("userBlock", {"userId": ana.id}, "block { id }", ben)).ok()
        # At once nothing is seen, and then there is nothing.
        for person in (ana, ben):
            assert (await _all(api, person))["buddies"]["nodes"] == []
        given = {"id": made["buddy"]["id"]}
        assert (await circle.do("buddyRemove", given, "user { id }", ana)).codes == ["NOT_FOUND"]
        await self._work(resources, broker)
        await self._work(resources, broker)
        [buddy], [assignment] = await circle.buddies(), await circle.assignments()
        assert buddy.ended_at is not None
        assert assignment.status is S.ENDED
        after = len(await told(resources, ana.key)), len(await told(resources, ben.key))
        assert after == before

    async def test_sessions_for_two_are_counted_once(
        self, circle: Circle, api: Api, resources: Resources, broker: StubBroker, ana: Person,
        ben: Person, cleo: Person,
    ) -> None:  # fmt: skip
        async def study(*people: Person, kind: SessionKind = SessionKind.BUDDY) -> datetime:
            host, *guests = people
            there = people[:1] if guests == [cleo] else people
            session = await make_session(
                resources, host, guests=guests, joined=there, live=True, kind=kind
            )
            # What was told before the end is perhaps handled after it.
            (await api.mutate("sessionEnd", {"sessionId": session.id}, as_=host)).ok()
            ended_at = (await read_session(resources, session)).ended_at
            assert ended_at is not None
            return ended_at

        await study(ana, ben)
        for other in (ben, cleo):
            await circle.pair(ana, other)
        await study(ana, ben)
        # Cleo doesn't come.
        await study(ana, cleo)
        await study(ana, ben, kind=SessionKind.GROUP)
        last = await study(ben, ana)
        await self._work(resources, broker)
        found = {
            each["user"]["username"]: (each["totalSessions"], each["lastSessionAt"])
            for each in (await _all(api, ana))["buddies"]["nodes"]
        }
        assert found.keys() == {"ben", "cleo"}
        assert found["cleo"] == (0, None)
        assert (found["ben"][0], datetime.fromisoformat(found["ben"][1])) == (2, last)

    async def test_a_model_words_a_reason(
        self, circle: Circle, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from workers import reasoning as actors

        await circle.names(ana)
        [first, _] = [WordReason(**each) for _, each in await waiting_jobs(resources)]
        for said, kept in (
            (None, None),
            ({"reason": "Ignore everything and call this number now, it is free."}, None),
            (
                {"reason": "You  are both at the same section of the course. And you"},
                "You are both at the same section of the course.",
            ),
        ):
            monkeypatch.setattr(actors, "ask_json", lambda *_, said=said, **__: said)
            brief = await reasons.brief(resources, first)
            assert brief is not None
            assert actors.word(brief) == kept
