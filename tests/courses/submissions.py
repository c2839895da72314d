"""Work that learners hand in and instructors grade, as tests do it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from app.core.audit import AuditDetail, AuditEntry
from app.core.outbox import OutboxEntry, Topic
from app.core.resources import Resources
from app.courses.models import AssignmentSubmission, Cohort, CohortLesson, CohortMember
from tests.client import Api, Payload
from tests.factories import Person, Teaching, writing

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


def assignment_of(*accepts: str, points: int = 20) -> dict[str, Any]:
    return {"assignment": {"instructions": "Draw a leaf.", "accepts": accepts, "maxPoints": points}}


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


async def events_of(resources: Resources, kind: str) -> list[dict[str, Any]]:
    """The events of a kind in the outbox."""
    async with resources.database.read() as reading:
        entries = await reading.all(select(OutboxEntry).where(OutboxEntry.topic == Topic.EVENT))
    return [entry.payload for entry in entries if entry.payload["kind"] == kind]
