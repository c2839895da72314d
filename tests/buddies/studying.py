"""People on a course, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.buddies.models import Buddy, BuddyAssignment, BuddyRequest
from app.core.ids import to_global
from app.core.resources import Resources
from app.courses.models import Cohort, CohortMember
from tests.client import Api, Data, Payload
from tests.factories import Person, Teaching, writing

REQUEST = """
    id status score reason message requester { username } requested { username }
    contextKind course { id } section { title }
"""
MATCH = """
    user { username } score overlapMinutes reason reasonOrigin timeZone
    availability { weekday startsMinute endsMinute }
"""


@dataclass(frozen=True)
class Circle:
    """A course in a class of which people are."""

    api: Api
    resources: Resources
    course: Teaching
    cohort_id: UUID

    async def join(self, *people: Person) -> None:
        """They are on the course from now on."""
        async with writing(self.resources) as session:
            session.add(
                *[CohortMember(cohort_id=self.cohort_id, user_id=each.key) for each in people]
            )

    async def do(self, mutation: str, given: Data, fields: str, person: Person) -> Payload:
        """A mutation by somebody."""
        return await self.api.mutate(mutation, given, fields, as_=person)

    async def prefer(self, person: Person, **given: Any) -> Payload:
        """What becomes of saying how somebody likes to study."""
        fields = "preferences { maxBuddies findable timeZone }"
        return await self.do("studyPreferencesUpdate", given, fields, person)

    async def ask(self, person: Person, other: Person, **more: Any) -> Payload:
        """What becomes of asking somebody."""
        given = {"userId": other.id, "courseId": self.course.id, **more}
        fields = f"request {{ {REQUEST} }} buddy {{ user {{ username }} }}"
        return await self.do("buddyRequestSend", given, fields, person)

    async def asked(self, person: Person, other: Person, **more: Any) -> str:
        """The id of a new request."""
        found: str = (await self.ask(person, other, **more)).ok()["request"]["id"]
        return found

    async def answer(self, verb: str, id: str, person: Person) -> Payload:
        """Accept, reject or cancel a request."""
        more = " buddy { id user { username } } assignment { id status section { title } }"
        fields = "request { status }" + (more if verb == "Accept" else "")
        return await self.do(f"buddyRequest{verb}", {"id": id}, fields, person)

    async def pair(self, person: Person, other: Person) -> Data:
        """Two people become buddies, the second one by accepting."""
        return (await self.answer("Accept", await self.asked(person, other), other)).ok()

    async def found(self, person: Person, arguments: str = "") -> list[Data] | None:
        """Who fits somebody, as they are shown."""
        given = f"({arguments})" if arguments else ""
        document = f"""query ($id: ID!) {{ buddyMatches(courseId: $id) {{
            matches{given} {{ {MATCH} }} }} }}"""
        answer = await self.api.execute(document, {"id": self.course.id}, as_=person)
        matches = answer.ok()["buddyMatches"]
        return None if matches is None else list(matches["matches"])

    async def names(self, person: Person, arguments: str = "") -> list[str]:
        """Their names."""
        found = await self.found(person, arguments)
        assert found is not None
        return [each["user"]["username"] for each in found]

    def section(self, number: int) -> str:
        """The id of a section of the course."""
        return to_global("sec", self.course.sections[number].id)

    async def requests(self) -> Sequence[BuddyRequest]:
        """All there are."""
        async with self.resources.database.read() as reading:
            return await reading.all(select(BuddyRequest).order_by(col(BuddyRequest.id)))

    async def buddies(self) -> Sequence[Buddy]:
        """All there are or were."""
        async with self.resources.database.read() as reading:
            return await reading.all(select(Buddy).order_by(col(Buddy.id)))

    async def assignments(self) -> Sequence[BuddyAssignment]:
        """All there are or were."""
        async with self.resources.database.read() as reading:
            return await reading.all(select(BuddyAssignment).order_by(col(BuddyAssignment.id)))


async def make_circle(api: Api, resources: Resources, course: Teaching) -> Circle:
    """A course with a class."""
    cohort = Cohort(course_id=course.key)
    async with writing(resources) as session:
        session.add(cohort)
    return Circle(api, resources, course, cohort.id)
