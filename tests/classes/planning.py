"""Classes as a manager makes them, and what is found of them afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.classes.models import Class, ClassStatus, ClassType, CreditEntry, Enrollment
from app.core.clock import now
from app.core.ids import from_global, to_global
from app.core.resources import Resources
from app.courses.models import Cohort, CohortLesson, CohortMember
from app.reference.models import Currency
from tests.client import Api, Payload
from tests.factories import Person, Teaching, writing

CLASS = """
    id name type status maxCapacity currentCapacity totalMeetings meetingsCompleted
    meetingsRemaining lessonsUnlocked weekdays startsAt endsAt timeZone enrollmentDeadline
    startDate endDate price { amount currency } course { id } instructor { username }
    continuedFrom { id }
"""
ENROLLMENT = """
    id status student { username } class { id } creditsTotal creditsUsed creditsRemaining
    paymentStatus price { amount currency } completedAt
"""


def in_days(days: int) -> str:
    """A day to come, or one that has been."""
    return (now() + timedelta(days=days)).date().isoformat()


@dataclass(frozen=True)
class School:
    """A course, and somebody who plans classes of it."""

    api: Api
    resources: Resources
    manager: Person
    course: Teaching

    async def do(
        self, mutation: str, given: dict[str, Any], fields: str = "", as_: Person | None = None
    ) -> Payload:
        """A mutation by the manager, or somebody else."""
        return await self.api.mutate(mutation, given, fields, as_=as_ or self.manager)

    async def plan(self, **more: Any) -> Payload:
        """A group class for two, unless something else is said."""
        given = {
            "courseId": self.course.id,
            "type": "GROUP",
            "name": "Leaves on Mondays",
            "totalMeetings": 3,
            "maxCapacity": 2,
            "enrollmentDeadline": in_days(7),
            **more,
        }
        return await self.do("classCreate", given, f"class {{ {CLASS} }}")

    async def group(self, **more: Any) -> str:
        """The id of a new group class."""
        id: str = (await self.plan(**more)).ok()["class"]["id"]
        return id

    async def private(self, **more: Any) -> str:
        """The id of a new private class."""
        given = {"type": "PRIVATE", "maxCapacity": 1, "enrollmentDeadline": None}
        return await self.group(**given | more)

    async def put(self, id: str, **values: Any) -> None:
        """Put a class into any state."""
        async with writing(self.resources) as session:
            key = from_global("cls", id)
            await session.execute(update(Class).where(col(Class.id) == key).values(**values))

    async def in_status(self, type: ClassType, status: ClassStatus, *people: Person) -> str:
        """A class in a state, with these in it."""
        make = self.group if type is ClassType.GROUP else self.private
        id = await make()
        for person in people:
            await self.enroll(id, person)
        await self.put(id, status=status)
        return id

    async def enrolled(self, id: str, person: Person) -> Payload:
        """What becomes of enrolling somebody."""
        given = {"classId": id, "studentId": person.id}
        return await self.do("classEnroll", given, f"enrollment {{ {ENROLLMENT} }}")

    async def enroll(self, id: str, person: Person) -> str:
        """The id of somebody's new enrollment."""
        made: str = (await self.enrolled(id, person)).ok()["enrollment"]["id"]
        return made

    async def unlock(self, id: str, lesson: int, as_: Person) -> Payload:
        """What becomes of unlocking the course's lesson of this number."""
        given = {"classId": id, "lessonId": to_global("les", self.course.lessons[lesson].id)}
        fields = "class { lessonsUnlocked } unlock { id lesson { title } unlockedBy { username } }"
        return await self.do("lessonUnlock", given, fields, as_=as_)

    async def row(self, id: str) -> Class:
        """A class as it is now."""
        async with self.resources.database.read() as reading:
            return await reading.value(select(Class).where(Class.id == from_global("cls", id)))

    async def cohort(self, id: str) -> Cohort:
        """Its cohort as it is now."""
        async with self.resources.database.read() as reading:
            return await reading.value(select(Cohort).where(Cohort.id == from_global("cls", id)))

    async def members(self, id: str) -> set[UUID]:
        """Who learns in it."""
        async with self.resources.database.read() as reading:
            return set(
                await reading.all(
                    select(CohortMember.user_id).where(
                        CohortMember.cohort_id == from_global("cls", id)
                    )
                )
            )

    async def unlocked(self, id: str) -> set[UUID]:
        """The lessons that are open to it."""
        async with self.resources.database.read() as reading:
            return set(
                await reading.all(
                    select(CohortLesson.lesson_id).where(
                        CohortLesson.cohort_id == from_global("cls", id)
                    )
                )
            )

    async def enrollments(self, id: str) -> Sequence[Enrollment]:
        """Everybody's, in the order in which they came."""
        async with self.resources.database.read() as reading:
            return await reading.all(
                select(Enrollment)
                .where(Enrollment.class_id == from_global("cls", id))
                .order_by(col(Enrollment.id))
            )

    async def ledger(self, id: str) -> Sequence[tuple[int, str, int, int]]:
        """Number, kind, amount and balance of an enrollment's entries."""
        async with self.resources.database.read() as reading:
            entries = await reading.all(
                select(CreditEntry)
                .where(CreditEntry.enrollment_id == from_global("enr", id))
                .order_by(col(CreditEntry.number))
            )
        return [(each.number, each.kind.value, each.amount, each.after) for each in entries]

    async def euro(self) -> None:
        """A currency to pay in."""
        async with writing(self.resources) as session:
            session.add(Currency(code="EUR", number="978", name="Euro", symbol="€", minor_units=2))
