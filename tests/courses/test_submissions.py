"""Work on assignments: handed in version by version, graded, returned, and who sees it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from app.core.audit import AuditDetail, AuditEntry
from app.core.ids import from_global, to_global
from app.core.outbox import OutboxEntry, Topic
from app.core.resources import Resources
from app.courses.models import (
    AssignmentSubmission,
    Cohort,
    CohortLesson,
    CohortMember,
    Exercise,
    ExerciseProgress,
    SubmissionKind,
    SubmissionStatus,
)
from app.courses.submission_states import STEPS, SubmissionStep, after
from app.vault.models import StoredFile
from tests.client import Api, Payload
from tests.courses.authoring import MATERIAL, add_exercise
from tests.factories import (
    Person,
    Teaching,
    empty_outbox,
    make_course,
    make_person,
    waiting_events,
    writing,
)
from tests.vault.files import PDF, row, sent, upload

WORK = """
    submission {
        id version kind text link comment status grade maxGrade feedback gradedAt
        file { id name url } student { id } gradedBy { id } exercise { id }
    }
"""


@dataclass(frozen=True)
class Assignment:
    """A free published course of Ida's with an assignment in it."""

    course: Teaching
    id: str


def _content(*accepts: str, points: int = 20) -> dict[str, Any]:
    return {"assignment": {"instructions": "Draw a leaf.", "accepts": accepts, "maxPoints": points}}


@pytest.fixture
async def assignment(api: Api, resources: Resources, ida: Person) -> Assignment:
    course = await make_course(resources, ida, description="About leaves.")
    lesson = to_global("les", course.lessons[0].id)
    made = await add_exercise(api, ida, lesson, _content("FILE", "TEXT", "LINK"))
    return Assignment(course, made.ok()["exercise"]["id"])


async def submit(api: Api, person: Person, exercise: str, **work: Any) -> Payload:
    comment = work.pop("comment", None)
    given = {"exerciseId": exercise, "work": work or {"text": "A leaf."}}
    if comment is not None:
        given["comment"] = comment
    return await api.mutate("assignmentSubmit", given, WORK, as_=person)


async def grade(api: Api, person: Person, id: str, points: int, **more: Any) -> Payload:
    given = {"id": id, "grade": points, **more}
    return await api.mutate("submissionGrade", given, WORK, as_=person)


async def give_back(api: Api, person: Person, id: str, feedback: str = "Draw more.") -> Payload:
    given = {"id": id, "feedback": feedback}
    return await api.mutate("submissionReturn", given, WORK, as_=person)


async def handed_in(api: Api, person: Person, exercise: str, **work: Any) -> str:
    """The id of a version."""
    return str((await submit(api, person, exercise, **work)).ok()["submission"]["id"])


async def listed(api: Api, person: Person, filter: str = "") -> list[str]:
    """The ids of what somebody sees of submissions, in its order."""
    given = f"(filter: {{{filter}}})" if filter else ""
    answer = await api.execute(f"{{ submissions{given} {{ nodes {{ id }} }} }}", as_=person)
    return [each["id"] for each in answer.ok()["submissions"]["nodes"]]


async def rows(resources: Resources) -> list[AssignmentSubmission]:
    async with resources.database.read() as reading:
        return await reading.all(
            select(AssignmentSubmission).order_by(col(AssignmentSubmission.version))
        )


async def cohort(
    resources: Resources, course: Teaching, leader: Person | None, *members: Person
) -> None:
    """People who learn a course together, every lesson open to them."""
    async with writing(resources) as session:
        made = Cohort(course_id=course.key, instructor_id=leader.key if leader else None)
        session.add(made)
        await session.flush()
        session.add(*[CohortMember(cohort_id=made.id, user_id=each.key) for each in members])
        session.add(
            *[CohortLesson(cohort_id=made.id, lesson_id=each.id) for each in course.lessons]
        )


async def audited(resources: Resources) -> list[tuple[str, Any, Any]]:
    async with resources.database.read() as reading:
        found = await reading.rows(
            select(AuditEntry.action, AuditDetail.before, AuditDetail.after)
            .join(AuditDetail, col(AuditDetail.sequence) == AuditEntry.sequence)
            .where(col(AuditEntry.action).startswith("submission."))
            .order_by(col(AuditEntry.sequence))
        )
    return [tuple(each) for each in found]


async def _told(resources: Resources, kind: str) -> list[dict[str, Any]]:
    """The events of a kind in the outbox."""
    async with resources.database.read() as reading:
        entries = await reading.all(select(OutboxEntry).where(OutboxEntry.topic == Topic.EVENT))
    return [entry.payload for entry in entries if entry.payload["kind"] == kind]


class TestStates:
    @pytest.mark.parametrize("status", list(SubmissionStatus))
    @pytest.mark.parametrize("step", list(SubmissionStep))
    def test_every_step_in_every_state(
        self, status: SubmissionStatus, step: SubmissionStep
    ) -> None:
        waits, graded, returned = (
            SubmissionStatus.SUBMITTED,
            SubmissionStatus.GRADED,
            SubmissionStatus.RETURNED,
        )
        table = {
            waits: {
                SubmissionStep.GRADE: graded,
                SubmissionStep.RETURN: returned,
                SubmissionStep.FOLLOW: SubmissionStatus.REPLACED,
            },
            SubmissionStatus.REPLACED: {},
            graded: {SubmissionStep.REGRADE: graded},
            returned: {SubmissionStep.FOLLOW: returned},
        }
        assert after(status, step) == table[status].get(step)
        assert sum(map(len, table.values())) == len(STEPS)

    @pytest.mark.parametrize("status", list(SubmissionStatus))
    async def test_every_mutation_in_every_state(
        self,
        api: Api,
        resources: Resources,
        assignment: Assignment,
        ida: Person,
        ana: Person,
        status: SubmissionStatus,
    ) -> None:
        id = await handed_in(api, ana, assignment.id)
        points = 5 if status is SubmissionStatus.GRADED else None
        calls = {
            SubmissionStep.GRADE: lambda: grade(api, ida, id, 7),
            SubmissionStep.REGRADE: lambda: grade(api, ida, id, 7, regrade=True),
            SubmissionStep.RETURN: lambda: give_back(api, ida, id),
            SubmissionStep.FOLLOW: lambda: submit(api, ana, assignment.id),
        }
        for step, call in calls.items():
            async with writing(resources) as session:
                await session.execute(
                    delete(AssignmentSubmission).where(col(AssignmentSubmission.version) > 1)
                )
                made = await session.value(select(AssignmentSubmission))
                made.status, made.grade = status, points
                made.max_grade = 20 if points else None
            done = await call()
            expected = after(status, step)
            assert done.codes == ([] if expected else ["SUBMISSION_WRONG_STATE"]), step
            first, *more = await rows(resources)
            assert first.status is (expected or status)
            assert len(more) == (step is SubmissionStep.FOLLOW and expected is not None)
            assert first.grade == (points if expected is None else first.grade)


class TestSubmit:
    async def test_text(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person
    ) -> None:
        done = (await submit(api, ana, assignment.id, text=" A leaf.\n", comment="Green.")).ok()[
            "submission"
        ]
        [made] = await rows(resources)
        assert done == {
            "id": f"asg_{made.id}",
            "version": 1,
            "kind": "TEXT",
            "text": "A leaf.",
            "link": None,
            "comment": "Green.",
            "status": "SUBMITTED",
            "grade": None,
            "maxGrade": None,
            "feedback": None,
            "gradedAt": None,
            "file": None,
            "student": {"id": ana.id},
            "gradedBy": None,
            "exercise": {"id": assignment.id},
        }
        told = await _told(resources, "assignment.submitted")
        assert [(each["stream"], each["sequence"], each["data"]) for each in told] == [
            (
                f"submissions:{ana.key}",
                1,
                {
                    "user_id": str(ana.key),
                    "exercise_id": assignment.id.removeprefix("exe_"),
                    "submission_id": str(made.id),
                },
            )
        ]

    async def test_file(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person
    ) -> None:
        file = await upload(api, ana)
        done = (await submit(api, ana, assignment.id, fileId=file["id"])).ok()["submission"]
        assert done["kind"] == "FILE"
        assert done["file"] == {"id": file["id"], "name": "leaf.pdf", "url": file["url"]}
        claimed = await row(resources, file["id"])
        assert claimed is not None
        assert claimed.claimed_at is not None

    async def test_link(self, api: Api, assignment: Assignment, ana: Person) -> None:
        link = "https://example.org/leaf?page=1"
        done = (await submit(api, ana, assignment.id, link=link)).ok()["submission"]
        assert (done["kind"], done["link"]) == ("LINK", link)

    @pytest.mark.parametrize(
        "link",
        [
            "http://example.org/leaf",
            "javascript:alert(1)",
            "https://",
            "https://localhost/leaf",
            "https://me:secret@example.org/",
            "leaf",
            "https://example.org/" + "x" * 2048,
        ],
    )
    async def test_no_link(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person, link: str
    ) -> None:
        refused = await submit(api, ana, assignment.id, link=link)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "work", "link"])
        ]
        assert await rows(resources) == []

    @pytest.mark.parametrize("text", ["", "  \n", "x" * 50_001, "a\0b"])
    async def test_no_text(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person, text: str
    ) -> None:
        refused = await submit(api, ana, assignment.id, text=text)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "work", "text"])
        ]
        assert await rows(resources) == []

    async def test_what_the_assignment_does_not_accept(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        lesson = to_global("les", assignment.course.lessons[0].id)
        made = await add_exercise(api, ida, lesson, _content("LINK"))
        file = await upload(api, ana)
        for work, field in (({"text": "A leaf."}, "text"), ({"fileId": file["id"]}, "fileId")):
            refused = await submit(api, ana, made.ok()["exercise"]["id"], **work)
            assert [(each["code"], each["field"]) for each in refused.errors] == [
                ("SUBMISSION_KIND_REFUSED", ["input", "work", field])
            ]
        loose = await row(resources, file["id"])
        assert loose is not None
        assert loose.claimed_at is None
        assert await rows(resources) == []

    async def test_no_assignment(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        lesson = to_global("les", assignment.course.lessons[0].id)
        made = await add_exercise(api, ida, lesson, MATERIAL)
        assert (await submit(api, ana, made.ok()["exercise"]["id"])).codes == ["NOT_ASSIGNMENT"]
        assert await rows(resources) == []

    async def test_what_is_not_open(
        self,
        api: Api,
        resources: Resources,
        assignment: Assignment,
        ana: Person,
        ben: Person,
        ivo: Person,
    ) -> None:
        await cohort(resources, assignment.course, ivo, ana)
        async with writing(resources) as session:
            await session.execute(delete(CohortLesson))
        refused = await submit(api, ana, assignment.id)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("NOT_FOUND", ["input", "exerciseId"])
        ]
        assert await rows(resources) == []
        (await submit(api, ben, assignment.id)).ok()

    async def test_versions_under_concurrency(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person, ben: Person
    ) -> None:
        answers = await asyncio.gather(
            *[submit(api, ana, assignment.id, text=f"Leaf {n}") for n in range(8)],
            *[submit(api, ben, assignment.id, text=f"Leaf {n}") for n in range(4)],
        )
        assert all(not each.errors for each in answers)
        made = await rows(resources)
        for person, many in ((ana, 8), (ben, 4)):
            own = [each for each in made if each.student_id == person.key]
            assert [each.version for each in own] == list(range(1, many + 1))
            assert [each.status for each in own] == [
                *[SubmissionStatus.REPLACED] * (many - 1),
                SubmissionStatus.SUBMITTED,
            ]

    async def test_thirty_an_hour(self) -> None:
        from app.courses.mutations.submissions import SUBMISSIONS

        assert (SUBMISSIONS.count, SUBMISSIONS.seconds, SUBMISSIONS.burst) == (30, 3600, 30)


class TestFiles:
    async def test_one_is_attached_once(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person
    ) -> None:
        file = await upload(api, ana)
        answers = await asyncio.gather(
            *[submit(api, ana, assignment.id, fileId=file["id"]) for _ in range(5)]
        )
        assert sorted(each.codes for each in answers) == [[], *[["FILE_IN_USE"]] * 4]
        [made] = await rows(resources)
        assert made.version == 1

    async def test_only_its_owners(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person, ben: Person
    ) -> None:
        file = await upload(api, ana)
        refused = await submit(api, ben, assignment.id, fileId=file["id"])
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("NOT_FOUND", ["input", "work", "fileId"])
        ]
        loose = await row(resources, file["id"])
        assert loose is not None
        assert loose.claimed_at is None
        assert await rows(resources) == []

    async def test_only_a_complete_one(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person
    ) -> None:
        half = await sent(api, ana, PDF)
        assert (await submit(api, ana, assignment.id, fileId=half)).codes == ["FILE_NOT_READY"]
        assert await rows(resources) == []

    async def test_who_grades_reads_it_there_and_nobody_else(
        self,
        api: Api,
        assignment: Assignment,
        ida: Person,
        ivo: Person,
        ana: Person,
        ben: Person,
    ) -> None:
        file = await upload(api, ana)
        id = await handed_in(api, ana, assignment.id, fileId=file["id"])
        node = """query ($id: ID!) { node(id: $id) {
            id ... on AssignmentSubmission { file { id name url } } } }"""
        for person in (ana, ida):
            seen = (await api.execute(node, {"id": id}, as_=person)).ok()["node"]["file"]
            assert seen == {"id": file["id"], "name": "leaf.pdf", "url": file["url"]}
        for person in (ben, ivo):
            assert (await api.execute(node, {"id": id}, as_=person)).ok() == {"node": None}
        for person in (ida, ben, ivo):
            answer = await api.execute(node, {"id": file["id"]}, as_=person)
            assert answer.ok() == {"node": None}


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
        [told] = await _told(resources, "assignment.graded")
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
        changed = {"id": assignment.id, "content": _content("TEXT", points=10)}
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
        second = (await add_exercise(api, ida, lesson, _content("TEXT"))).ok()["exercise"]["id"]
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


class TestDeleting:
    async def test_what_somebody_worked_on_stays(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        await handed_in(api, ana, assignment.id)
        lesson = to_global("les", assignment.course.lessons[0].id)
        section = to_global("sec", assignment.course.sections[0].id)
        # Something else has to be left in the lesson.
        (await add_exercise(api, ida, lesson, MATERIAL)).ok()
        for mutation, id in (
            ("exerciseDelete", assignment.id),
            ("lessonDelete", lesson),
            ("sectionDelete", section),
        ):
            refused = await api.mutate(mutation, {"id": id}, as_=ida)
            assert refused.codes == ["COURSE_IN_USE"], mutation
        assert len(await rows(resources)) == 1
        # What was handed in is kept for itself, and so is how far they have come.
        given = {"id": assignment.id}
        for kept in (ExerciseProgress, AssignmentSubmission):
            refused = await api.mutate("exerciseDelete", given, as_=ida)
            assert refused.codes == ["COURSE_IN_USE"], kept
            async with writing(resources) as session:
                await session.execute(delete(kept))
        (await api.mutate("exerciseDelete", given, as_=ida)).ok()

    async def test_handing_in_while_it_is_deleted(
        self, api: Api, resources: Resources, assignment: Assignment, ida: Person, ana: Person
    ) -> None:
        lesson = to_global("les", assignment.course.lessons[0].id)
        for _ in range(4):
            made = await add_exercise(api, ida, lesson, _content("TEXT"))
            id = made.ok()["exercise"]["id"]
            deleted, submitted = await asyncio.gather(
                api.mutate("exerciseDelete", {"id": id}, as_=ida), submit(api, ana, id)
            )
            assert sorted([deleted.codes, submitted.codes]) in (
                [[], ["COURSE_IN_USE"]],
                [[], ["NOT_FOUND"]],
            )
            async with resources.database.read() as reading:
                there = await reading.get(Exercise, from_global("exe", id))
            assert (there is not None) is bool(deleted.errors)


class TestTables:
    async def test_a_file_that_goes_takes_its_version_along(
        self, api: Api, resources: Resources, assignment: Assignment, ana: Person
    ) -> None:
        file = await upload(api, ana)
        await handed_in(api, ana, assignment.id, fileId=file["id"])
        assert [each.kind for each in await rows(resources)] == [SubmissionKind.FILE]
        async with writing(resources) as session:
            await session.execute(delete(StoredFile))
        assert await rows(resources) == []
