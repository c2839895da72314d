"""Programs that learners run and hand in: who may, how they are counted, what is kept."""

import asyncio
from itertools import product

import pytest

from app.core.resources import Resources
from app.core.settings import Settings
from app.courses.coding_states import STEPS, CodingStep, after, allows
from app.courses.models import (
    CodingCompletion,
    CodingMode,
    CodingSubmission,
    Cohort,
    CohortMember,
    CourseStatus,
)
from app.courses.models import CodingSubmissionStatus as Status
from app.courses.service import coding
from app.reference.models import Currency
from tests.client import Api, mutation_document
from tests.conftest import serve
from tests.courses.authoring import add_exercise
from tests.courses.coding import (
    SOLVE,
    Coding,
    grade,
    key_of,
    make_coding,
    programs,
    read_submission,
    run,
    submit,
)
from tests.factories import Person, empty_outbox, make_course, make_person, waiting_jobs, writing
from tests.waiting import eventually


async def _member(resources: Resources, challenge: Coding, leader: Person, person: Person) -> None:
    async with writing(resources) as session:
        cohort = Cohort(course_id=challenge.course.key, instructor_id=leader.key)
        session.add(cohort)
        await session.flush()
        session.add(CohortMember(cohort_id=cohort.id, user_id=person.key))


class TestStates:
    def test_every_state_and_step(self) -> None:
        leads = {
            (Status.QUEUED, CodingStep.BEGIN): Status.RUNNING,
            (Status.RUNNING, CodingStep.BEGIN): Status.RUNNING,
            (Status.RUNNING, CodingStep.COMPLETE): Status.DONE,
            (Status.RUNNING, CodingStep.FAIL): Status.FAILED,
            (Status.QUEUED, CodingStep.GIVE_UP): Status.FAILED,
            (Status.RUNNING, CodingStep.GIVE_UP): Status.FAILED,
        }
        assert set(STEPS) == set(CodingStep)
        for status, step in product(Status, CodingStep):
            assert allows(status, step) == ((status, step) in leads), (status, step)
            if allows(status, step):
                assert after(step) is leads[status, step]


@pytest.mark.usefixtures("impatient")
class TestHandingIn:
    async def test_is_queued_at_once(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        payload = await submit(api, ana, challenge, SOLVE, claimedPassed=True)
        found = payload.ok()["submission"]
        assert (found["status"], found["attempt"], found["results"]) == ("QUEUED", 1, [])
        assert (found["score"], found["passed"], found["claimedPassed"]) == (None, None, True)
        assert await waiting_jobs(resources) == [
            ("courses.grade_code", {"submission_id": str(key_of(found))})
        ]

    async def test_exercises_that_are_not_open(
        self, api: Api, resources: Resources, ana: Person, ida: Person, ivo: Person
    ) -> None:
        draft = await make_course(resources, ida, status=CourseStatus.DRAFT)
        async with writing(resources) as session:
            session.add(Currency(code="EUR", number="978", name="Euro", symbol="€", minor_units=2))
        priced = await make_course(resources, ida, price_amount=5, price_currency="EUR")
        taught = await make_course(resources, ida)
        locked = await make_coding(resources, ida, course=taught)
        await _member(resources, locked, ida, ana)
        closed = [await make_coding(resources, ida, course=each) for each in (draft, priced)]
        await empty_outbox(resources)
        for exercise in (*closed, locked):
            for call in (run, submit):
                payload = await call(api, ana, exercise, SOLVE)
                assert [(each["code"], each["field"]) for each in payload.errors] == [
                    ("NOT_FOUND", ["input", "exerciseId"])
                ]
        assert (await submit(api, ivo, closed[0], SOLVE)).codes == ["NOT_FOUND"]
        assert (await programs(resources), await waiting_jobs(resources)) == ([], [])

    async def test_exercises_without_a_program(
        self, api: Api, resources: Resources, ana: Person, ida: Person
    ) -> None:
        course = await make_course(resources, ida, description="About leaves.")
        material = {"material": {"body": "# Leaf"}}
        lesson = f"les_{course.lessons[0].id}"
        added = (await add_exercise(api, ida, lesson, material)).ok()["exercise"]["id"]
        for name in ("codingRun", "codingSubmit"):
            payload = await api.mutate(name, {"exerciseId": added, "code": "1"}, as_=ana)
            assert payload.codes == ["NOT_CODING"]
        assert await programs(resources) == []

    async def test_a_playground_is_run_only(
        self, api: Api, resources: Resources, ana: Person, ida: Person
    ) -> None:
        playground = await make_coding(
            resources,
            ida,
            tests=(),
            mode=CodingMode.PLAYGROUND,
            completion=CodingCompletion.RUN_ONCE,
        )
        assert (await submit(api, ana, playground, "1")).codes == ["PLAYGROUND_NOT_SCORED"]
        assert await programs(resources) == []
        assert (await run(api, ana, playground, "1")).ok()["submission"]["status"] == "QUEUED"

    @pytest.mark.parametrize("field", ["code", "input"])
    async def test_sizes(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding, field: str
    ) -> None:
        given = {"exerciseId": challenge.id, "code": "1"}
        for wrong in ("x" * 65_537, "\N{SNOWMAN}" * 21_846, "a\0b"):
            payload = await api.mutate("codingRun", given | {field: wrong}, as_=ana)
            assert [(each["code"], each["field"]) for each in payload.errors] == [
                ("INVALID_INPUT", ["input", field])
            ]
        assert await programs(resources) == []
        longest = given | {field: "\N{SNOWMAN}" * 21_845 + "x"}
        (await api.mutate("codingRun", longest, as_=ana)).ok()

    async def test_two_wait_and_no_more_at_the_same_moment(
        self, api: Api, resources: Resources, ana: Person, ivo: Person, challenge: Coding
    ) -> None:
        calls = [call(api, ana, challenge, SOLVE) for call in (run, submit) for _ in range(5)]
        payloads = await asyncio.gather(*calls)
        codes = [code for payload in payloads for code in payload.codes]
        assert codes == ["CODING_QUEUE_FULL"] * 8
        kept = await programs(resources)
        assert len(kept) == len(await waiting_jobs(resources)) == 2
        # Others' don't count, and what has ended makes room.
        (await submit(api, ivo, challenge, SOLVE)).ok()
        async with resources.begin() as uow:
            await coding.give_up(uow, kept[0].id)
        (await submit(api, ana, challenge, SOLVE)).ok()
        assert (await submit(api, ana, challenge, SOLVE)).codes == ["CODING_QUEUE_FULL"]

    async def test_attempts_have_no_gaps(
        self, api: Api, resources: Resources, ana: Person, ida: Person, challenge: Coding
    ) -> None:
        other = await make_coding(resources, ida)
        for _ in range(3):
            calls = [submit(api, ana, challenge, SOLVE) for _ in range(4)]
            await asyncio.gather(*calls, submit(api, ana, other, SOLVE))
            for each in await programs(resources):
                async with resources.begin() as uow:
                    await coding.give_up(uow, each.id)
            (await run(api, ana, challenge, SOLVE)).ok()
        kept = await programs(resources)
        numbers = [each.attempt for each in kept if each.exercise_id == challenge.row.id]
        given = sorted(each for each in numbers if each is not None)
        assert given == [*range(1, len(given) + 1)]
        assert 3 <= len(given) <= 6

    async def test_rate(self, settings: Settings, ana: Person) -> None:
        given = {"exerciseId": f"exe_{ana.key}", "code": "1"}
        calls = [mutation_document(name, "") for name in ("codingRun", "codingSubmit")]
        async with serve(settings.model_copy(update={"limit_scale": 1.0})) as api:
            answers = await asyncio.gather(
                *[api.execute(each, {"input": given}, as_=ana) for each in calls * 15]
            )
        refused = [answer.codes for answer in answers].count(["RATE_LIMITED"])
        assert 15 <= refused <= 20


class TestWaiting:
    @pytest.mark.usefixtures("relay")
    async def test_the_answer_comes_as_soon_as_it_has_ended(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        asking = asyncio.create_task(submit(api, ana, challenge, SOLVE))

        async def there() -> list[CodingSubmission]:
            return await programs(resources)

        await eventually(there)
        [waiting] = await programs(resources)
        # Nothing of the pool is held by who waits, once they have looked whether it has ended.
        pool = api.resources.database.engine.pool
        await eventually(lambda: pool.checkedout() == 0)  # type: ignore[attr-defined]
        assert not asking.done()
        await grade(resources, waiting.id, True, True, False)
        found = (await asking).ok()["submission"]
        assert (found["status"], found["score"], found["passed"]) == ("DONE", 15, False)

    async def test_patience_ends(
        self,
        api: Api,
        ana: Person,
        challenge: Coding,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(coding, "PATIENCE_S", 0.2)
        found = (await run(api, ana, challenge, SOLVE)).ok()["submission"]
        assert found["status"] == "QUEUED"
        document = """query ($id: ID!) { exercise(id: $id) { ... on CodingExercise {
            viewerSubmissions { totalCount nodes { id kind } } } } }"""
        answer = await api.execute(document, {"id": challenge.id}, as_=ana)
        assert answer.ok()["exercise"]["viewerSubmissions"] == {
            "totalCount": 1,
            "nodes": [{"id": found["id"], "kind": "RUN"}],
        }


@pytest.mark.usefixtures("impatient")
class TestReading:
    async def test_who_sees_it(
        self,
        api: Api,
        resources: Resources,
        ana: Person,
        ida: Person,
        ivo: Person,
        sam: Person,
        challenge: Coding,
    ) -> None:
        found = (await submit(api, ana, challenge, SOLVE)).ok()["submission"]
        await grade(resources, key_of(found), True, True, False)
        ben = await make_person(resources, "ben")
        leader = await make_person(resources, "lea", role="instructor")
        # He leads others of the course, and she leads Ana.
        await _member(resources, challenge, ivo, ben)
        await _member(resources, challenge, leader, ana)
        for person in (ben, ivo):
            assert await read_submission(api, person, found["id"]) is None
        secret = {"name": "Secret", "actual": "out", "error": "oops solve(7000, 6000)"}
        for person in (ana, ida, leader, sam):
            seen = await read_submission(api, person, found["id"])
            assert seen is not None
            hidden = seen["results"][1]
            told = {name: hidden[name] for name in secret}
            assert (hidden["hidden"], hidden["passed"], hidden["points"]) == (True, False, 20)
            if person is ana:
                assert told == dict.fromkeys(secret)
                assert (hidden["test"], hidden["seconds"], hidden["failure"]) == (None, None, None)
                assert "7000" not in str(seen)
            else:
                assert (told, hidden["seconds"]) == (secret, 0.01)
                assert hidden["test"] == {"input": "solve(7000, 6000)"}

    async def test_own_ones_only_below_the_exercise(
        self, api: Api, ana: Person, ida: Person, challenge: Coding
    ) -> None:
        (await submit(api, ana, challenge, SOLVE)).ok()
        document = """query ($id: ID!) { exercise(id: $id) { ... on CodingExercise {
            viewerSubmissions { nodes { id } } } } }"""
        answer = await api.execute(document, {"id": challenge.id}, as_=ida)
        assert answer.ok()["exercise"]["viewerSubmissions"]["nodes"] == []
