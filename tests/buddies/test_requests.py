"""Asking, answering, and what two people do at the same moment."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import AccountStatus, User
from app.buddies.models import BuddyRequest, BuddyRequestStatus
from app.buddies.service import requests as service
from app.buddies.states import REQUEST_STEPS, RequestStep
from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.courses.models import CourseProgress
from tests.buddies.studying import Circle
from tests.client import Payload
from tests.factories import Person, empty_outbox, make_person, waiting_events, writing

S = BuddyRequestStatus


async def _put(resources: Resources, id: str, **values: object) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(BuddyRequest)
            .where(col(BuddyRequest.id) == from_global("brq", id))
            .values(**values)
        )


class TestSending:
    async def test_a_request(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        made = await circle.ask(
            ana, ben, sectionId=circle.section(0), message="  Shall we?\r\nToday! "
        )
        request = made.ok()["request"]
        assert made.data["buddy"] is None
        assert request == {
            "id": request["id"],
            "status": "PENDING",
            # 20 + 10 + 0 + 7 + 5 + 5
            "score": 47,
            "reason": "You are at the same section of the course.",
            "message": "Shall we?\nToday!",
            "requester": {"username": "ana"},
            "requested": {"username": "ben"},
            "contextKind": "COURSE",
            "course": {"id": circle.course.id},
            "section": {"title": circle.course.sections[0].title},
        }
        [row] = await circle.requests()
        assert timedelta(days=7) - (row.expires_at - row.created_at) < timedelta(seconds=5)
        assert await waiting_events(resources) == ["buddies.requested"]

    async def test_refusals_change_nothing(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person, dan: Person
    ) -> None:
        other = await make_person(resources, "other")
        for who, whom, more, code, field in (
            (ana, ana, {}, "BUDDY_ONESELF", "userId"),
            (ana, dan, {}, "NOT_FOUND", "userId"),
            (dan, ana, {}, "NOT_ON_COURSE", "courseId"),
            (ana, other, {"userId": "usr_00000000-0000-7000-8000-000000000000"}, "NOT_FOUND",
             "userId"),
            (ana, ben, {"courseId": "crs_00000000-0000-7000-8000-000000000000"}, "NOT_ON_COURSE",
             "courseId"),
            (ana, ben, {"sectionId": "sec_00000000-0000-7000-8000-000000000000"}, "NOT_FOUND",
             "sectionId"),
            (ana, ben, {"message": "x" * 501}, "INVALID_INPUT", "message"),
            (ana, ben, {"message": " "}, "INVALID_INPUT", "message"),
        ):  # fmt: skip
            answer = await circle.ask(who, whom, **more)
            assert answer.codes == [code], (code, answer.errors)
            assert answer.errors[0]["field"] == ["input", field]
        assert await circle.requests() == []
        assert await waiting_events(resources) == []

    async def test_who_isn_t_found_can_t_be_asked(
        self, circle: Circle, ana: Person, ben: Person
    ) -> None:
        (await circle.prefer(ben, findable=False)).ok()
        hidden = await circle.ask(ana, ben)
        assert hidden.codes == ["NOT_FOUND"]
        (await circle.prefer(ben, findable=True)).ok()
        (await circle.do("userBlock", {"userId": ana.id}, "block { id }", ben)).ok()
        blocked = await circle.ask(ana, ben)
        # Nobody is told why.
        assert blocked.errors == hidden.errors
        assert (await circle.ask(ben, ana)).codes == ["NOT_FOUND"]
        assert await circle.requests() == []

    async def test_a_second_click(self, circle: Circle, ana: Person, ben: Person) -> None:
        answers = await asyncio.gather(*[circle.ask(ana, ben) for _ in range(4)])
        codes = sorted(code for each in answers for code in each.codes)
        assert codes == ["BUDDY_REQUEST_OPEN"] * 3
        assert len(await circle.requests()) == 1

    async def test_both_ask_at_the_same_moment(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        answers = await asyncio.gather(circle.ask(ana, ben), circle.ask(ben, ana))
        statuses = sorted(each.ok()["request"]["status"] for each in answers)
        assert statuses == ["ACCEPTED", "PENDING"]
        assert sorted(bool(each.data["buddy"]) for each in answers) == [False, True]
        [request], [buddy], [assignment] = (
            await circle.requests(),
            await circle.buddies(),
            await circle.assignments(),
        )
        assert request.status is S.ACCEPTED
        assert {buddy.first_id, buddy.second_id} == {ana.key, ben.key}
        assert assignment.context_id == circle.course.key
        assert await waiting_events(resources) == ["buddies.requested", "buddies.made"]

    async def test_after_a_no(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        (await circle.answer("Reject", id, ben)).ok()
        assert (await circle.ask(ana, ben)).codes == ["BUDDY_REQUEST_TOO_SOON"]
        # The other one may.
        back = await circle.asked(ben, ana)
        (await circle.answer("Cancel", back, ben)).ok()
        await _put(resources, id, responded_at=now() - service.REST)
        (await circle.ask(ana, ben)).ok()

    async def test_buddies_don_t_ask(self, circle: Circle, ana: Person, ben: Person) -> None:
        await circle.pair(ana, ben)
        for one, two in ((ana, ben), (ben, ana)):
            assert (await circle.ask(one, two)).codes == ["BUDDY_EXISTS"]
        assert len(await circle.requests()) == 1

    async def test_who_has_enough(self, circle: Circle, ana: Person, ben: Person) -> None:
        (await circle.prefer(ben, maxBuddies=0)).ok()
        for one, two in ((ana, ben), (ben, ana)):
            assert (await circle.ask(one, two)).codes == ["BUDDY_LIMIT_REACHED"]
        assert await circle.requests() == []


class TestStates:
    @pytest.mark.parametrize("status", S)
    @pytest.mark.parametrize(("verb", "step"), [
        ("Accept", RequestStep.ACCEPT),
        ("Reject", RequestStep.REJECT),
        ("Cancel", RequestStep.CANCEL),
    ])  # fmt: skip
    async def test_every_step_in_every_state(
        self,
        circle: Circle,
        resources: Resources,
        ana: Person,
        ben: Person,
        status: BuddyRequestStatus,
        verb: str,
        step: RequestStep,
    ) -> None:
        id = await circle.asked(ana, ben)
        await _put(resources, id, status=status)
        await empty_outbox(resources)
        answer = await circle.answer(verb, id, ana if verb == "Cancel" else ben)
        after = REQUEST_STEPS[step].get(status)
        [row] = await circle.requests()
        if after is None:
            assert answer.codes == ["BUDDY_REQUEST_WRONG_STATE"]
            assert row.status is status
            assert row.responded_at is None
            assert await circle.buddies() == []
            assert await waiting_events(resources) == []
        else:
            assert answer.ok()["request"]["status"] == after.name
            assert row.status is after
            assert row.responded_at is not None
            assert len(await circle.buddies()) == (verb == "Accept")

    def test_the_table(self) -> None:
        pending = {
            RequestStep.ACCEPT: S.ACCEPTED,
            RequestStep.REJECT: S.REJECTED,
            RequestStep.CANCEL: S.CANCELLED,
            RequestStep.EXPIRE: S.EXPIRED,
        }
        assert {step: {S.PENDING: to} for step, to in pending.items()} == REQUEST_STEPS

    async def test_whose_step_it_is(
        self, circle: Circle, ana: Person, ben: Person, cleo: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        for verb, person, code in (
            ("Accept", ana, "BUDDY_REQUEST_WRONG_STATE"),
            ("Reject", ana, "BUDDY_REQUEST_WRONG_STATE"),
            ("Cancel", ben, "BUDDY_REQUEST_WRONG_STATE"),
            ("Accept", cleo, "NOT_FOUND"),
            ("Reject", cleo, "NOT_FOUND"),
            ("Cancel", cleo, "NOT_FOUND"),
        ):
            assert (await circle.answer(verb, id, person)).codes == [code]
        [row] = await circle.requests()
        assert row.status is S.PENDING


class TestExpiring:
    async def test_an_overdue_one_is_over_before_it_is_swept(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        await _put(resources, id, expires_at=now())
        for verb, person in (("Accept", ben), ("Reject", ben), ("Cancel", ana)):
            answer = await circle.answer(verb, id, person)
            assert answer.codes == ["BUDDY_REQUEST_WRONG_STATE"]
            assert answer.errors[0]["message"] == "This request is expired."
        document = """query ($s: [BuddyRequestStatus!]) { buddyRequests(filter: {statuses: $s}) {
            nodes { status } totalCount } }"""
        for statuses, found in ((["PENDING"], []), (["EXPIRED"], [{"status": "EXPIRED"}])):
            answer = await circle.api.execute(document, {"s": statuses}, as_=ana)
            assert answer.ok()["buddyRequests"] == {"nodes": found, "totalCount": len(found)}
        assert await circle.buddies() == []
        [row] = await circle.requests()
        assert row.status is S.PENDING

    async def test_the_sweep(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person, cleo: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        await circle.asked(ana, cleo)
        await _put(resources, id, expires_at=now() - timedelta(seconds=1))
        assert await service.expire_due(resources) == 1
        assert await service.expire_due(resources) == 0
        assert [each.status for each in await circle.requests()] == [S.EXPIRED, S.PENDING]

    async def test_an_overdue_one_is_in_nobodys_way(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        await _put(resources, id, expires_at=now())
        assert (await circle.ask(ben, ana)).ok()["request"]["status"] == "PENDING"
        assert [each.status for each in await circle.requests()] == [S.EXPIRED, S.PENDING]


class TestAccepting:
    async def test_it_makes_a_buddy_and_an_assignment(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben, sectionId=circle.section(1))
        made = (await circle.answer("Accept", id, ben)).ok()
        assert made["request"] == {"status": "ACCEPTED"}
        assert made["buddy"]["user"] == {"username": "ana"}
        assert made["assignment"]["status"] == "ACTIVE"
        assert made["assignment"]["section"] == {"title": circle.course.sections[1].title}
        assert await waiting_events(resources) == ["buddies.requested", "buddies.made"]

    async def test_ten_at_once_keep_the_maximum(
        self, circle: Circle, resources: Resources, ben: Person
    ) -> None:
        people = [await make_person(resources) for _ in range(10)]
        await circle.join(*people)
        (await circle.prefer(ben, maxBuddies=3)).ok()
        ids = [await circle.asked(person, ben) for person in people]
        answers = await asyncio.gather(*[circle.answer("Accept", id, ben) for id in ids])
        assert sorted(code for each in answers for code in each.codes) == (
            ["BUDDY_LIMIT_REACHED"] * 7
        )
        assert len(await circle.buddies()) == len(await circle.assignments()) == 3
        statuses = [each.status for each in await circle.requests()]
        assert (statuses.count(S.ACCEPTED), statuses.count(S.PENDING)) == (3, 7)

    async def test_ten_who_accept_one_at_once(
        self, circle: Circle, resources: Resources, ana: Person
    ) -> None:
        people = [await make_person(resources) for _ in range(10)]
        await circle.join(*people)
        ids = [await circle.asked(ana, person) for person in people]
        answers = await asyncio.gather(
            *[circle.answer("Accept", id, person) for id, person in zip(ids, people, strict=True)]
        )
        # The usual maximum is five.
        assert sum(not each.codes for each in answers) == len(await circle.buddies()) == 5

    async def test_one_that_is_accepted_and_taken_back_at_once(
        self, circle: Circle, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        accepted, cancelled = await asyncio.gather(
            circle.answer("Accept", id, ben), circle.answer("Cancel", id, ana)
        )
        assert bool(accepted.codes) != bool(cancelled.codes)
        assert len(await circle.buddies()) == (not accepted.codes)

    async def test_who_left_the_course(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        async with writing(resources) as session:
            session.add(CourseProgress(user_id=ana.key, course_id=circle.course.key))
        answer: Payload = await circle.answer("Accept", id, ben)
        assert answer.codes == ["NOT_ON_COURSE"]
        assert await circle.buddies() == []
        [row] = await circle.requests()
        assert row.status is S.PENDING

    async def test_who_isn_t_active(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        async with writing(resources) as session:
            hers = update(User).where(col(User.id) == ana.key)
            await session.execute(hers.values(status=AccountStatus.SUSPENDED))
        assert (await circle.answer("Accept", id, ben)).codes == ["NOT_ON_COURSE"]
        assert await circle.buddies() == []

    async def test_a_block_hides_it(self, circle: Circle, ana: Person, ben: Person) -> None:
        id = await circle.asked(ana, ben)
        (await circle.do("userBlock", {"userId": ben.id}, "block { id }", ana)).ok()
        document = """query ($id: ID!) { node(id: $id) { id } buddyRequests { totalCount } }"""
        for person in (ana, ben):
            found = (await circle.api.execute(document, {"id": id}, as_=person)).ok()
            assert found == {"node": None, "buddyRequests": {"totalCount": 0}}
        assert (await circle.answer("Accept", id, ben)).codes == ["NOT_FOUND"]
        assert await circle.buddies() == []
