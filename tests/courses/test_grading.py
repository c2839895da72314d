"""Work on assignments: graded and returned, and who sees it."""

import asyncio

import pytest
from sqlalchemy import delete

from app.core.ids import to_global
from app.core.resources import Resources
from app.courses.models import AssignmentSubmission, CohortMember, SubmissionStatus
from tests.client import Api
from tests.courses.authoring import add_exercise
from tests.courses.submissions import (
    Assignment,
    assignment_of,
    audited,
    cohort,
    events_of,
    give_back,
    grade,
    handed_in,
    listed,
    rows,
    submit,
)
from tests.factories import Person, empty_outbox, make_course, make_person, waiting_events, writing
from tests.vault.files import row, upload


class TestGrade:
    async def test_whole(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        await empty_outbox(resources)
        done = (await grade(api, ida, id, 17, feedback="Fine veins.")).ok()["submission"]
        assert (done["status"], done["grade"], done["maxGrade"]) == ("GRADED", 17, 20)
        assert (done["feedback"], done["gradedBy"]) == ("Fine veins.", {"id": ida.id})
        assert done["gradedAt"] is not None
        [told] = await events_of(resources, "assignment.graded")
        assert told["stream"] == f"submissions:{ana.key}"
        assert await audited(resources) == [
            ("submission.grade", None, {"grade": 17, "max_grade": 20})
        ]
        query = "{ submissions { nodes { grade maxGrade feedback gradedBy { id } } } }"
        seen = (await api.execute(query, as_=ana)).ok()["submissions"]["nodes"]
        assert seen == [
            {"grade": 17, "maxGrade": 20, "feedback": "Fine veins.", "gradedBy": {"id": ida.id}}
        ]

    @pytest.mark.parametrize("points", [-1, 21, 2**31 - 1])
    async def test_out_of_bounds(
        self,
        api: Api,
        resources: Resources,
        assignment: Assignment,
        ida: Person,
        ana: Person,
        points: int,
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        refused = await grade(api, ida, id, points)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "grade"])
        ]
        [made] = await rows(resources)
        assert (made.status, made.grade) == (SubmissionStatus.SUBMITTED, None)

    @pytest.mark.parametrize("points", [0, 20])
    async def test_the_bounds(
        self, api: Api, assignment: Assignment, ida: Person, ana: Person, points: int
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        assert (await grade(api, ida, id, points)).ok()["submission"]["grade"] == points

    async def test_regrade_is_written_down(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        (await grade(api, ida, id, 5)).ok()
        assert (await grade(api, ida, id, 6)).codes == ["SUBMISSION_WRONG_STATE"]
        done = (await grade(api, ida, id, 15, regrade=True)).ok()["submission"]
        assert (done["grade"], done["feedback"]) == (15, None)
        assert await audited(resources) == [
            ("submission.grade", None, {"grade": 5, "max_grade": 20}),
            (
                "submission.regrade",
                {"grade": 5, "max_grade": 20},
                {"grade": 15, "max_grade": 20},
            ),
        ]

    async def test_of_two_who_grade_one_does(
        self,
        api: Api,
        resources: Resources,
        assignment: Assignment,
        ida: Person,
        sam: Person,
        ana: Person,
    ) -> None:
        for _ in range(5):
            async with writing(resources) as session:
                await session.execute(delete(AssignmentSubmission))
            id = await handed_in(api, ana, assignment.id)
            answers = await asyncio.gather(grade(api, ida, id, 5), grade(api, sam, id, 6))
            assert sorted(each.codes for each in answers) == [[], ["SUBMISSION_WRONG_STATE"]]
            [made] = await rows(resources)
            assert made.grade == (5 if not answers[0].errors else 6)

    async def test_grading_while_the_next_version_comes(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        for _ in range(5):
            async with writing(resources) as session:
                await session.execute(delete(AssignmentSubmission))
            id = await handed_in(api, ana, assignment.id)
            graded, followed = await asyncio.gather(
                grade(api, ida, id, 5), submit(api, ana, assignment.id)
            )
            assert sorted([graded.codes, followed.codes]) == [[], ["SUBMISSION_WRONG_STATE"]]
            states = [each.status for each in await rows(resources)]
            assert states == (
                [SubmissionStatus.GRADED]
                if not graded.errors
                else [SubmissionStatus.REPLACED, SubmissionStatus.SUBMITTED]
            )

    async def test_after_a_grade_no_version_comes(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        (await grade(api, ida, id, 5)).ok()
        file = await upload(api, ana)
        refused = await submit(api, ana, assignment.id, fileId=file["id"])
        assert refused.codes == ["SUBMISSION_WRONG_STATE"]
        assert len(await rows(resources)) == 1
        loose = await row(resources, file["id"])
        assert loose is not None
        assert loose.claimed_at is None

    async def test_the_points_stay_those_of_then(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        (await grade(api, ida, id, 20)).ok()
        changed = {"id": assignment.id, "content": assignment_of("TEXT", points=10)}
        (await api.mutate("exerciseUpdate", changed, as_=ida)).ok()
        [made] = await rows(resources)
        assert (made.grade, made.max_grade) == (20, 20)
        assert (await grade(api, ida, id, 11, regrade=True)).codes == ["INVALID_INPUT"]


class TestReturn:
    async def test_and_hand_in_anew(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        await empty_outbox(resources)
        done = (await give_back(api, ida, id, "Draw the stem.")).ok()["submission"]
        assert (done["status"], done["grade"], done["feedback"]) == (
            "RETURNED",
            None,
            "Draw the stem.",
        )
        assert await waiting_events(resources) == ["assignment.returned"]
        again = (await submit(api, ana, assignment.id)).ok()["submission"]
        assert (again["version"], again["status"]) == (2, "SUBMITTED")
        (await grade(api, ida, again["id"], 20)).ok()
        assert [each.status for each in await rows(resources)] == [
            SubmissionStatus.RETURNED,
            SubmissionStatus.GRADED,
        ]

    async def test_says_why(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        assert (await give_back(api, ida, id, " ")).codes == ["INVALID_INPUT"]
        assert [each.status for each in await rows(resources)] == [SubmissionStatus.SUBMITTED]


class TestWho:
    async def test_grades(
        self,
        api: Api,
        resources: Resources,
        assignment: Assignment,
        ida: Person,
        sam: Person,
        ana: Person,
        ben: Person,
    ) -> None:
        leads = await make_person(resources, "leads", role="instructor")
        other = await make_person(resources, "other", role="instructor")
        elsewhere = await make_person(resources, "elsewhere", role="instructor")
        await cohort(resources, assignment.course, leads, ana)
        await cohort(resources, assignment.course, other, ben)
        # She leads him too, but in another course.
        await cohort(resources, await make_course(resources, None), elsewhere, ana)
        id = await handed_in(api, ana, assignment.id)
        for person in (other, elsewhere):
            assert (await grade(api, person, id, 5)).codes == ["NOT_FOUND"]
            assert (await give_back(api, person, id)).codes == ["NOT_FOUND"]
            assert await listed(api, person) == []
        for person in (ana, ben):
            answer = await api.execute(
                f'mutation {{ submissionGrade(input: {{id: "{id}", grade: 1}})'
                " { errors { code } } }",
                as_=person,
            )
            assert answer.codes == ["FORBIDDEN"]
        [made] = await rows(resources)
        assert (made.status, made.grade) == (SubmissionStatus.SUBMITTED, None)
        for points, person in enumerate((leads, ida, sam)):
            assert await listed(api, person) == [id]
            done = await grade(api, person, id, points, regrade=points > 0)
            assert done.ok()["submission"]["gradedBy"] == {"id": person.id}

    async def test_nobody_grades_their_own(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, sam: Person
    ) -> None:
        for person in (ida, sam):
            id = await handed_in(api, person, assignment.id)
            assert (await grade(api, person, id, 20)).codes == ["NOT_TEACHER"]
        assert {each.grade for each in await rows(resources)} == {None}

    async def test_a_leader_of_a_class_who_left_it(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person, ivo: Person
    ) -> None:
        await cohort(resources, assignment.course, ivo, ana)
        id = await handed_in(api, ana, assignment.id)
        assert await listed(api, ivo) == [id]
        async with writing(resources) as session:
            await session.execute(delete(CohortMember))
        assert await listed(api, ivo) == []
        assert (await grade(api, ivo, id, 1)).codes == ["NOT_FOUND"]


class TestQueue:
    async def test_filters(
        self,
        api: Api,
        resources: Resources,
        assignment: Assignment,
        ida: Person,
        sam: Person,
        ana: Person,
        ben: Person,
    ) -> None:
        another = await make_course(resources, ida, description="About stems.")
        lesson = to_global("les", another.lessons[0].id)
        second = (await add_exercise(api, ida, lesson, assignment_of("TEXT"))).ok()["exercise"][
            "id"
        ]
        first = [await handed_in(api, each, assignment.id) for each in (ana, ben, ana)]
        other = await handed_in(api, ana, second)
        (await grade(api, ida, first[1], 5)).ok()
        assert await listed(api, ida) == [*first, other]
        assert await listed(api, sam) == [*first, other]
        assert await listed(api, ida, f'courseId: "{another.id}"') == [other]
        assert await listed(api, ida, f'exerciseId: "{assignment.id}"') == first
        assert await listed(api, ida, f'studentId: "{ben.id}"') == [first[1]]
        assert await listed(api, ida, "statuses: [SUBMITTED]") == [first[2], other]
        assert await listed(api, ida, "statuses: [REPLACED, GRADED]") == first[:2]
        assert await listed(api, ida, "mine: true") == []
        assert await listed(api, ana) == [first[0], first[2], other]
        assert await listed(api, ana, f'mine: true, courseId: "{another.id}"') == [other]
        assert await listed(api, ana, f'studentId: "{ben.id}"') == []
        assert await listed(api, ben) == [first[1]]

    async def test_needs_somebody(self, api: Api) -> None:
        answer = await api.execute("{ submissions { nodes { id } } }")
        assert answer.codes == ["UNAUTHENTICATED"]
