"""Practice sessions: one at a time, by the server's clock, abandoned when nothing is heard."""

import asyncio
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.core.clock import now
from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.courses.models import PracticeSession, PracticeStatus, PracticeType
from app.courses.practice_states import STEPS, PracticeStep
from app.courses.service import practice
from tests.client import Api, Payload
from tests.factories import (
    Person,
    Teaching,
    empty_outbox,
    make_course,
    make_person,
    waiting_events,
    writing,
)

_FIELDS = """session {
    id type status plannedMinutes actualMinutes workedSeconds activeSince focusAreas goals notes
    course { id } startedAt lastActivityAt endedAt
}"""
S = PracticeStatus


async def _start(api: Api, person: Person, course: Teaching, **more: Any) -> Payload:
    given = {"courseId": course.id, "type": "PRACTICE", **more}
    return await api.mutate("practiceSessionStart", given, _FIELDS, as_=person)


async def _put(
    resources: Resources, person: Person, course: Teaching, **values: Any
) -> PracticeSession:
    """A session in any state."""
    status = values.get("status", S.ACTIVE)
    row = PracticeSession(
        user_id=person.key, course_id=course.key, type=PracticeType.STUDY, **values
    )
    if status is S.ACTIVE:
        row.active_since = row.active_since or row.started_at
    if status in (S.COMPLETED, S.ABANDONED):
        row.ended_at = now()
    async with writing(resources) as session:
        session.add(row)
    return row


async def _read(resources: Resources, key: UUID) -> PracticeSession:
    async with resources.database.read() as reading:
        return await reading.value(select(PracticeSession).where(PracticeSession.id == key))


async def _change(resources: Resources, key: UUID, **values: Any) -> None:
    async with writing(resources) as session:
        row = await session.value(select(PracticeSession).where(PracticeSession.id == key))
        for name, value in values.items():
            setattr(row, name, value)


def _ago(**span: float) -> datetime:
    return now() - timedelta(**span)


class TestStart:
    async def test_all_of_it(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida)
        before = now()
        payload = await _start(
            api, ana, course, type="REVIEW", plannedMinutes=60, focusAreas=["Leaves"],
            goals=["Name them"], notes="Tired.",
        )  # fmt: skip
        made = payload.ok()["session"]
        started = datetime.fromisoformat(made["startedAt"])
        assert before - timedelta(seconds=1) <= started <= now()
        assert made | {"id": ""} == {
            "id": "",
            "type": "REVIEW",
            "status": "ACTIVE",
            "plannedMinutes": 60,
            "actualMinutes": None,
            "workedSeconds": 0,
            "activeSince": made["startedAt"],
            "focusAreas": ["Leaves"],
            "goals": ["Name them"],
            "notes": "Tired.",
            "course": {"id": course.id},
            "startedAt": made["startedAt"],
            "lastActivityAt": made["startedAt"],
            "endedAt": None,
        }
        assert await waiting_events(resources) == ["practice.started"]

    async def test_a_second_one_names_the_first(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida, title="Leaves")
        first = (await _start(api, ana, course)).ok()["session"]
        for status in ("ACTIVE", "PAUSED"):
            payload = await _start(api, ana, course)
            assert payload.codes == ["PRACTICE_SESSION_OPEN"]
            message = payload.errors[0]["message"]
            assert first["id"] in message
            assert '"Leaves"' in message
            assert status.lower() in message
            await api.mutate("practiceSessionUpdate", {"id": first["id"], "step": "PAUSE"}, as_=ana)
        async with resources.database.read() as reading:
            assert len(await reading.all(select(PracticeSession.id))) == 1
        # Somebody else's is no hindrance, and neither is one that has ended.
        (await _start(api, ida, course)).ok()
        (await api.mutate("practiceSessionComplete", {"id": first["id"]}, as_=ana)).ok()
        (await _start(api, ana, course)).ok()

    async def test_ten_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida)
        payloads = await asyncio.gather(*[_start(api, ana, course) for _ in range(10)])
        codes = sorted(str(each.codes) for each in payloads)
        assert codes == ["['PRACTICE_SESSION_OPEN']"] * 9 + ["[]"]
        [made] = [each.data["session"]["id"] for each in payloads if not each.errors]
        assert all(made in each.errors[0]["message"] for each in payloads if each.errors)
        assert await waiting_events(resources) == ["practice.started"]

    async def test_a_course_that_they_do_not_see(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        from app.courses.models import CourseStatus

        course = await make_course(resources, ida, status=CourseStatus.DRAFT)
        payload = await _start(api, ana, course)
        assert (payload.codes, payload.errors[0]["field"]) == (["NOT_FOUND"], ["input", "courseId"])
        (await _start(api, ida, course)).ok()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"plannedMinutes": 0}, "plannedMinutes"),
            ({"plannedMinutes": 1441}, "plannedMinutes"),
            ({"goals": [" "]}, "goals"),
            ({"notes": "\0"}, "notes"),
        ],
    )
    async def test_rules(
        self, api: Api, resources: Resources, ida: Person, given: dict[str, Any], field: str
    ) -> None:
        course = await make_course(resources, ida)
        payload = await _start(api, ida, course, **given)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"][1] == field
        async with resources.database.read() as reading:
            assert await reading.all(select(PracticeSession.id)) == []


# Said once more: where each step leads, from the states that allow it.
_LEADS: dict[PracticeStep, dict[PracticeStatus, PracticeStatus]] = {
    PracticeStep.EDIT: {S.ACTIVE: S.ACTIVE, S.PAUSED: S.PAUSED},
    PracticeStep.PAUSE: {S.ACTIVE: S.PAUSED},
    PracticeStep.RESUME: {S.PAUSED: S.ACTIVE},
    PracticeStep.COMPLETE: {S.ACTIVE: S.COMPLETED, S.PAUSED: S.COMPLETED},
    PracticeStep.ABANDON: {S.ACTIVE: S.ABANDONED, S.PAUSED: S.ABANDONED},
}
_EVENTS = {
    PracticeStep.COMPLETE: ["practice.completed"],
    PracticeStep.ABANDON: ["practice.abandoned"],
}


class TestStates:
    @pytest.mark.parametrize(("status", "step"), list(product(PracticeStatus, PracticeStep)))
    async def test_every_one(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        status: PracticeStatus,
        step: PracticeStep,
    ) -> None:
        course = await make_course(resources, ida)
        row = await _put(resources, ida, course, status=status)
        given: dict[str, Any] = {"id": to_global("prs", row.id), "notes": "Changed."}
        if step is PracticeStep.COMPLETE:
            payload = await api.mutate("practiceSessionComplete", given, as_=ida)
        else:
            payload = await api.mutate(
                "practiceSessionUpdate", given | {"step": step.name}, as_=ida
            )
        after = await _read(resources, row.id)
        if status in _LEADS[step]:
            assert payload.codes == []
            assert (after.status, after.notes) == (_LEADS[step][status], "Changed.")
            assert await waiting_events(resources) == _EVENTS.get(step, [])
        else:
            assert payload.codes == ["PRACTICE_WRONG_STATE"]
            assert after == row
            assert await waiting_events(resources) == []

    def test_every_step_is_walked(self) -> None:
        assert _LEADS.keys() == set(PracticeStep) == STEPS.keys()

    async def test_completing_has_its_own_mutation(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        row = await _put(resources, ida, await make_course(resources, ida))
        given = {"id": to_global("prs", row.id), "step": "COMPLETE"}
        payload = await api.mutate("practiceSessionUpdate", given, as_=ida)
        assert payload.codes == ["INVALID_INPUT"]
        assert await _read(resources, row.id) == row

    async def test_somebody_elses(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        row = await _put(resources, ida, await make_course(resources, ida))
        key = to_global("prs", row.id)
        for mutation in ("practiceSessionUpdate", "practiceSessionComplete"):
            payload = await api.mutate(mutation, {"id": key}, as_=ana)
            assert payload.codes == ["NOT_FOUND"]
        assert await _read(resources, row.id) == row

    async def test_completed_twice_at_once(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        row = await _put(resources, ida, await make_course(resources, ida))
        given = {"id": to_global("prs", row.id)}
        payloads = await asyncio.gather(
            *[api.mutate("practiceSessionComplete", given, as_=ida) for _ in range(5)]
        )
        assert sorted(each.codes for each in payloads) == [[], *[["PRACTICE_WRONG_STATE"]] * 4]
        assert await waiting_events(resources) == ["practice.completed"]


class TestClock:
    async def test_pauses_do_not_count(self, api: Api, resources: Resources, ida: Person) -> None:
        course = await make_course(resources, ida)
        began = _ago(minutes=100)
        row = await _put(resources, ida, course, started_at=began)
        given = {"id": to_global("prs", row.id)}
        # Ten minutes of work, a long pause, twenty and a half more.
        await _change(resources, row.id, active_since=_ago(minutes=10))
        paused = await api.mutate(
            "practiceSessionUpdate", given | {"step": "PAUSE"}, _FIELDS, as_=ida
        )
        made = paused.ok()["session"]
        assert (made["status"], made["activeSince"]) == ("PAUSED", None)
        assert 600 <= made["workedSeconds"] <= 605
        await api.mutate("practiceSessionUpdate", given | {"step": "RESUME"}, as_=ida)
        await _change(resources, row.id, active_since=_ago(minutes=20, seconds=31))
        done = (await api.mutate("practiceSessionComplete", given, _FIELDS, as_=ida)).ok()
        assert done["session"]["actualMinutes"] == 31
        assert 1831 <= done["session"]["workedSeconds"] <= 1840
        assert done["session"]["activeSince"] is None
        assert done["session"]["endedAt"] == done["session"]["lastActivityAt"]


class TestIdle:
    async def test_only_those_of_which_nothing_was_heard(
        self, resources: Resources, ida: Person, ana: Person, ivo: Person, sam: Person
    ) -> None:
        course = await make_course(resources, ida)
        idle = timedelta(minutes=resources.settings.practice_idle_minutes)
        heard = now() - idle - timedelta(seconds=5)
        began = heard - timedelta(minutes=30)
        gone = await _put(resources, ana, course, started_at=began, last_activity_at=heard)
        paused = await _put(
            resources, ivo, course, status=S.PAUSED, started_at=began, worked_seconds=90,
            last_activity_at=heard,
        )  # fmt: skip
        there = await _put(
            resources, ida, course, started_at=began, last_activity_at=heard + timedelta(minutes=1)
        )
        done = await _put(
            resources, sam, course, status=S.COMPLETED, started_at=began, last_activity_at=heard
        )
        await practice.abandon_idle(resources)
        await practice.abandon_idle(resources)
        after = await _read(resources, gone.id)
        # What was worked ends with what was heard last.
        assert (after.status, after.ended_at, after.active_since) == (S.ABANDONED, heard, None)
        assert after.worked_seconds == 1800
        after = await _read(resources, paused.id)
        assert (after.status, after.worked_seconds) == (S.ABANDONED, 90)
        assert await _read(resources, there.id) == there
        assert await _read(resources, done.id) == done
        assert await waiting_events(resources) == ["practice.abandoned"] * 2

    async def test_a_word_keeps_it(self, api: Api, resources: Resources, ida: Person) -> None:
        course = await make_course(resources, ida)
        row = await _put(resources, ida, course, last_activity_at=_ago(days=1))
        given = {"id": to_global("prs", row.id)}
        (await api.mutate("practiceSessionUpdate", given, as_=ida)).ok()
        await practice.abandon_idle(resources)
        assert (await _read(resources, row.id)).status is S.ACTIVE

    async def test_many(self, resources: Resources, ida: Person) -> None:
        from tests.factories import User

        course = await make_course(resources, ida)
        users = [
            User(username=f"u{number}", username_skeleton=f"u{number}",
                 email=f"u{number}@example.com", first_name="U")
            for number in range(practice._BATCH + 3)
        ]  # fmt: skip
        async with writing(resources) as session:
            session.add(*users)
            await session.flush()
            session.add(
                *[
                    PracticeSession(
                        user_id=each.id, course_id=course.key, type=PracticeType.QUIZ,
                        active_since=_ago(days=2), last_activity_at=_ago(days=1),
                    )
                    for each in users
                ]
            )  # fmt: skip
        await practice.abandon_idle(resources)
        async with resources.database.read() as reading:
            found = await reading.all(select(PracticeSession.status))
        assert found == [S.ABANDONED] * len(users)


class TestList:
    async def test_filters_and_order(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        one, two = await make_course(resources, ida), await make_course(resources, ida)
        old = await _put(resources, ana, one, status=S.COMPLETED, started_at=_ago(days=3))
        mid = await _put(resources, ana, two, status=S.ABANDONED, started_at=_ago(days=2))
        new = await _put(resources, ana, one, started_at=_ago(days=1))
        await _put(resources, ida, one)
        await empty_outbox(resources)

        async def found(filter: dict[str, Any] | None) -> list[UUID]:
            answer = await api.execute(
                "query ($filter: PracticeSessionFilter) {"
                " practiceSessions(filter: $filter) { totalCount nodes { id } } }",
                {"filter": filter},
                as_=ana,
            )
            page = answer.ok()["practiceSessions"]
            assert page["totalCount"] == len(page["nodes"])
            return [from_global("prs", each["id"]) for each in page["nodes"]]

        assert await found(None) == [new.id, mid.id, old.id]
        assert await found({"courseId": one.id}) == [new.id, old.id]
        assert await found({"statuses": ["ABANDONED", "ACTIVE"]}) == [new.id, mid.id]
        assert await found({"types": ["QUIZ"]}) == []
        assert await found({"courseId": to_global("crs", new_id())}) == []

    async def test_the_database_itself_allows_one(self, resources: Resources, ida: Person) -> None:
        from sqlalchemy.exc import IntegrityError

        course = await make_course(resources, ida)
        await _put(resources, ida, course)
        with pytest.raises(IntegrityError, match="uq_practice_session_open"):
            await _put(resources, ida, course, status=S.PAUSED)
        async with resources.database.read() as reading:
            count = await reading.all(select(col(PracticeSession.id)))
        assert len(count) == 1
        assert await make_person(resources)
