"""Who finds which classes, and what of them."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import UserRole
from app.accounts.store import roles
from app.classes.models import ClassStatus, ClassType
from app.core.resources import Resources
from app.courses.models import Course
from tests.classes.planning import School
from tests.client import Api
from tests.factories import Person, writing

S, T = ClassStatus, ClassType
_CLASS = "query ($id: ID!) { class(id: $id) { id } }"


async def _sees(school: School, id: str, person: Person | None) -> bool:
    answer = await school.api.execute(_CLASS, {"id": id}, as_=person)
    return bool(answer.ok()["class"])


async def _found(school: School, person: Person, filter: str = "") -> Sequence[str]:
    given = f"(filter: {{{filter}}})" if filter else ""
    answer = await school.api.execute(f"{{ classes{given} {{ nodes {{ id }} }} }}", as_=person)
    return [each["id"] for each in answer.ok()["classes"]["nodes"]]


class TestClass:
    async def test_in_every_state(
        self, school: School, ida: Person, ivo: Person, ana: Person, ben: Person, sam: Person
    ) -> None:
        for status in ClassStatus:
            id = await school.in_status(T.GROUP, status, ana)
            for person in (sam, ida, ana):
                assert await _sees(school, id, person), status
            offered = status is S.ENROLLMENT_OPEN
            for person in (ivo, ben):
                assert await _sees(school, id, person) is offered, status
                assert (id in await _found(school, person)) is offered, status

    async def test_nobody_who_isn_t_signed_in(self, school: School) -> None:
        id = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN)
        for document, given in ((_CLASS, {"id": id}), ("{ classes { nodes { id } } }", {})):
            answer = await school.api.execute(document, given)
            assert answer.codes == ["UNAUTHENTICATED"]

    async def test_only_courses_of_the_catalogue_are_offered(
        self, school: School, resources: Resources, ana: Person
    ) -> None:
        id = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN)
        async with writing(resources) as session:
            hidden = update(Course).where(col(Course.id) == school.course.key)
            await session.execute(hidden.values(public=False))
        assert not await _sees(school, id, ana)

    async def test_who_left(self, school: School, ana: Person) -> None:
        id = await school.group()
        enrollment = await school.enroll(id, ana)
        (await school.do("enrollmentWithdraw", {"id": enrollment})).ok()
        assert not await _sees(school, id, ana)
        document = "query ($id: ID!) { enrollment(id: $id) { status class { id } } }"
        answer = await school.api.execute(document, {"id": enrollment}, as_=ana)
        assert answer.ok()["enrollment"] == {"status": "WITHDRAWN", "class": None}

    async def test_who_may_no_longer_teach(
        self, school: School, resources: Resources, ida: Person
    ) -> None:
        id = await school.group()
        assert await _sees(school, id, ida)
        async with writing(resources) as session:
            student = await roles.role_by_name(session, "student")
            hers = update(UserRole).where(col(UserRole.user_id) == ida.key)
            await session.execute(hers.values(role_id=student.id))
        assert not await _sees(school, id, ida)


class TestPeople:
    @pytest.fixture
    async def id(self, school: School, ana: Person, ben: Person) -> str:
        """A class on offer, with two in it."""
        return await school.in_status(T.GROUP, S.ENROLLMENT_OPEN, ana, ben)

    async def test_who_sees_whom(
        self, api: Api, id: str, ida: Person, ivo: Person, ana: Person, sam: Person
    ) -> None:
        document = """query ($id: ID!) { class(id: $id) {
            currentCapacity viewerEnrollment { student { username } }
            enrollments { totalCount nodes { student { username } } } } }"""
        both, none = {"ana", "ben"}, set[str]()
        for person, names, own in (
            (sam, both, None),
            (ida, both, None),
            (ana, {"ana"}, "ana"),
            (ivo, none, None),
        ):
            found = (await api.execute(document, {"id": id}, as_=person)).ok()["class"]
            nodes = found["enrollments"]["nodes"]
            assert {each["student"]["username"] for each in nodes} == names
            assert found["enrollments"]["totalCount"] == len(names)
            # How many there are is told to everybody.
            assert found["currentCapacity"] == 2
            mine: Any = found["viewerEnrollment"]
            assert (mine and mine["student"]["username"]) == own

    async def test_an_enrollment(
        self, school: School, id: str, ida: Person, ivo: Person, ana: Person, ben: Person
    ) -> None:
        [first, _] = await school.enrollments(id)
        given = {"id": f"enr_{first.id}"}
        document = "query ($id: ID!) { enrollment(id: $id) { creditsRemaining } }"
        for person, seen in ((ida, True), (ana, True), (ivo, False), (ben, False)):
            found = (await school.api.execute(document, given, as_=person)).ok()["enrollment"]
            assert found == ({"creditsRemaining": 3} if seen else None)


class TestFilter:
    async def test_each(
        self, school: School, ida: Person, ivo: Person, ana: Person, sam: Person
    ) -> None:
        group = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN, ana)
        taught = await school.group(instructorId=ivo.id)
        private = await school.private()
        assert await _found(school, sam) == [private, taught, group]
        for filter, person, found in (
            ("statuses: [ENROLLMENT_OPEN]", sam, [group]),
            ("statuses: []", sam, []),
            ("type: PRIVATE", sam, [private]),
            (f'courseId: "{school.course.id}"', sam, [private, taught, group]),
            (f'instructorId: "{ivo.id}"', sam, [taught]),
            (f'instructorId: "{ivo.id}", type: PRIVATE', sam, []),
            ("mine: true", sam, []),
            ("mine: true", ana, [group]),
            ("mine: true", ida, [private, group]),
            ("mine: true", ivo, [taught]),
        ):
            assert await _found(school, person, filter) == found, (filter, person.user.username)


async def test_what_is_unlocked(school: School, ida: Person, ana: Person, ben: Person) -> None:
    id = await school.in_status(T.GROUP, S.ACTIVE, ana)
    await school.put(id, meetings_completed=2)
    for lesson in (1, 0):
        (await school.unlock(id, lesson, ida)).ok()
    document = "query ($id: ID!) { class(id: $id) { unlocks { nodes { lesson { title } } } } }"
    found = (await school.api.execute(document, {"id": id}, as_=ana)).ok()["class"]
    titles = [each["lesson"]["title"] for each in found["unlocks"]["nodes"]]
    assert titles == ["Lesson 0.1", "Lesson 0.0"]
    # On offer again it would still tell nothing of it.
    await school.put(id, status=S.ENROLLMENT_OPEN)
    found = (await school.api.execute(document, {"id": id}, as_=ben)).ok()["class"]
    assert found == {"unlocks": {"nodes": []}}
