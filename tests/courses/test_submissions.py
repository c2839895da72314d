"""Work on assignments: handed in version by version, with files, and deleted."""

import asyncio

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from app.core.ids import from_global, to_global
from app.core.resources import Resources
from app.courses.models import (
    AssignmentSubmission,
    CohortLesson,
    Exercise,
    ExerciseProgress,
    SubmissionKind,
    SubmissionStatus,
)
from app.courses.submission_states import STEPS, SubmissionStep, after
from app.vault.models import StoredFile
from tests.client import Api
from tests.courses.authoring import MATERIAL, add_exercise
from tests.courses.submissions import (
    Assignment,
    assignment_of,
    cohort,
    events_of,
    give_back,
    grade,
    handed_in,
    rows,
    submit,
)
from tests.factories import Person, writing
from tests.vault.files import PDF, row, sent, upload


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
        told = await events_of(resources, "assignment.submitted")
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
        made = await add_exercise(api, ida, lesson, assignment_of("LINK"))
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
            made = await add_exercise(api, ida, lesson, assignment_of("TEXT"))
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
