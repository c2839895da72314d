"""Courses are written, changed, copied and deleted by those who may."""

from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.audit import AuditEntry
from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.courses.models import Course, CourseStatus, Exercise, LessonStatus, QuizOption
from app.reference.models import Currency, Subject
from tests.client import Api
from tests.courses.authoring import (
    CODING,
    CONTENTS,
    MATERIAL,
    QUIZ,
    WHOLE,
    add_exercise,
    draft,
    read_course,
    tree,
)
from tests.factories import Person, make_person, waiting_events, writing

_FIELDS = """
    id title code slug description topic category coverImage level language estimatedHours status
    public publishedAt objectives prerequisites subject { name } price { amount currency }
    instructor { id }
"""


async def _create(api: Api, person: Person, **more: Any) -> Any:
    given = {"title": "Leaves & Light", "level": "BEGINNER", **more}
    return await api.mutate("courseCreate", given, f"course {{ {_FIELDS} }}", as_=person)


async def _euro(resources: Resources) -> None:
    async with writing(resources) as session:
        session.add(Currency(code="EUR", number="978", name="Euro", symbol="€", minor_units=2))


class TestCreate:
    async def test_all_of_it(self, api: Api, resources: Resources, ida: Person) -> None:
        await _euro(resources)
        async with writing(resources) as session:
            subject = Subject(name="Biology", category="Science")
            session.add(subject)
        payload = await _create(
            api,
            ida,
            code="BIO-1",
            description="About leaves.",
            topic="Leaves",
            category="Biology",
            subjectId=to_global("sub", subject.id),
            coverImage="https://example.org/leaf.png",
            language="pt-BR",
            estimatedHours=12,
            objectives=["Name the parts of a leaf"],
            prerequisites=["Reading"],
            price={"amount": "9.9", "currency": "EUR"},
            public=False,
        )
        made = payload.ok()["course"]
        assert made | {"id": ""} == {
            "id": "",
            "title": "Leaves & Light",
            "code": "BIO-1",
            "slug": "leaves-light",
            "description": "About leaves.",
            "topic": "Leaves",
            "category": "Biology",
            "coverImage": "https://example.org/leaf.png",
            "level": "BEGINNER",
            "language": "pt-BR",
            "estimatedHours": 12,
            "status": "DRAFT",
            "public": False,
            "publishedAt": None,
            "objectives": ["Name the parts of a leaf"],
            "prerequisites": ["Reading"],
            "subject": {"name": "Biology"},
            "price": {"amount": "9.90", "currency": "EUR"},
            "instructor": {"id": ida.id},
        }
        assert await waiting_events(resources) == ["course.created"]

    async def test_names_in_addresses(self, api: Api, ida: Person, ivo: Person) -> None:
        slugs = [(await _create(api, person)).ok()["course"]["slug"] for person in (ida, ivo, ida)]
        assert slugs == ["leaves-light", "leaves-light-2", "leaves-light-3"]
        assert (await _create(api, ida, title="光合作用")).ok()["course"]["slug"] == "course"
        taken = await _create(api, ivo, slug="leaves-light-2")
        assert taken.codes == ["SLUG_TAKEN"]
        assert taken.errors[0]["field"] == ["input", "slug"]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"title": " "}, ["title"]),
            ({"title": "a\0b"}, ["title"]),
            ({"slug": "No Slug"}, ["slug"]),
            ({"language": "english"}, ["language"]),
            ({"coverImage": "javascript:alert(1)"}, ["coverImage"]),
            ({"price": {"amount": "-1", "currency": "EUR"}}, ["price", "amount"]),
            ({"price": {"amount": "9.999", "currency": "EUR"}}, ["price", "amount"]),
            ({"price": {"amount": "9", "currency": "XXX"}}, ["price", "currency"]),
            ({"objectives": [""]}, ["objectives", "0"]),
        ],
    )
    async def test_what_makes_no_sense(
        self, api: Api, resources: Resources, ida: Person, more: Any, field: list[str]
    ) -> None:
        await _euro(resources)
        payload = await _create(api, ida, **more)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", *field]
        async with resources.database.read() as reading:
            assert await reading.all(select(Course.id)) == []

    async def test_for_another_instructor(
        self, api: Api, ida: Person, ivo: Person, sam: Person
    ) -> None:
        refused = await _create(api, ida, instructorId=ivo.id)
        assert refused.codes == ["NOT_TEACHER"]
        made = (await _create(api, sam, instructorId=ivo.id)).ok()["course"]
        assert made["instructor"] == {"id": ivo.id}
        assert (await _create(api, sam, instructorId=f"usr_{new_id()}")).codes == ["NOT_FOUND"]


class TestUpdate:
    async def test_what_is_given(self, api: Api, resources: Resources, ida: Person) -> None:
        await _euro(resources)
        price = {"amount": "5", "currency": "EUR"}
        made = (await _create(api, ida, code="A", price=price)).ok()["course"]
        payload = await api.mutate(
            "courseUpdate",
            {"id": made["id"], "title": "New", "code": None, "price": None},
            f"course {{ {_FIELDS} }}",
            as_=ida,
        )
        expected = made | {"title": "New", "code": None, "price": None}
        assert payload.ok()["course"] == expected

    async def test_null_where_something_has_to_be(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        made = (await _create(api, ida)).ok()["course"]
        for name in ("title", "level", "public", "slug", "objectives"):
            payload = await api.mutate("courseUpdate", {"id": made["id"], name: None}, as_=ida)
            assert payload.codes == ["INVALID_INPUT"], name
        row = await read_course(resources, from_global("crs", made["id"]))
        assert row is not None
        assert row.title == "Leaves & Light"

    async def test_given_away(
        self, api: Api, resources: Resources, ida: Person, ivo: Person, sam: Person
    ) -> None:
        made = (await _create(api, ida)).ok()["course"]
        given = {"id": made["id"], "instructorId": ivo.id}
        assert (await api.mutate("courseUpdate", given, as_=ida)).codes == ["NOT_TEACHER"]
        (await api.mutate("courseUpdate", given, as_=sam)).ok()
        gone = await api.mutate("courseUpdate", {"id": made["id"], "title": "Mine"}, as_=ida)
        assert gone.codes == ["NOT_FOUND"]
        async with resources.database.read() as reading:
            actions = await reading.all(select(AuditEntry.action))
        assert actions == ["course.instructor_change"]


class TestWhoMay:
    """Each change of each kind of thing, by each kind of person."""

    async def _calls(self, api: Api, ida: Person, course: Any) -> dict[str, dict[str, Any]]:
        section, lesson = f"sec_{course.sections[0].id}", f"les_{course.lessons[0].id}"
        made = (await add_exercise(api, ida, lesson, QUIZ)).ok()["exercise"]["id"]
        return {
            "courseUpdate": {"id": course.id, "title": "Mine"},
            "coursePublish": {"id": course.id},
            "courseArchive": {"id": course.id},
            "courseDuplicate": {"id": course.id},
            "courseDelete": {"id": course.id},
            "sectionCreate": {"courseId": course.id, "title": "Mine"},
            "sectionUpdate": {"id": section, "title": "Mine"},
            "sectionDelete": {"id": section},
            "sectionsReorder": {"courseId": course.id, "ids": [section]},
            "lessonCreate": {"sectionId": section, "title": "Mine"},
            "lessonUpdate": {"id": lesson, "title": "Mine"},
            "lessonDelete": {"id": lesson},
            "lessonsReorder": {"sectionId": section, "ids": [lesson]},
            "exerciseCreate": {"lessonId": lesson, "title": "Mine", "content": MATERIAL},
            "exerciseUpdate": {"id": made, "title": "Mine"},
            "exerciseDelete": {"id": made},
            "exercisesReorder": {"lessonId": lesson, "ids": [made]},
        }

    @pytest.mark.parametrize(
        ("status", "code"),
        [(CourseStatus.DRAFT, "NOT_FOUND"), (CourseStatus.PUBLISHED, "NOT_TEACHER")],
    )
    async def test_nobody_else(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        ivo: Person,
        ana: Person,
        status: CourseStatus,
        code: str,
    ) -> None:
        course = await draft(resources, ida, 1, status=status)
        calls = await self._calls(api, ida, course)
        before = await read_course(resources, course.key), await tree(resources, course.key)
        for mutation, given in calls.items():
            payload = await api.mutate(mutation, given, as_=ivo)
            assert payload.codes == [code], mutation
            answer = await api.execute(
                f"mutation ($input: {mutation[0].upper()}{mutation[1:]}Input!)"
                f" {{ {mutation}(input: $input) {{ __typename }} }}"
                if mutation not in ("coursePublish", "courseArchive", "courseDelete")
                else f"mutation ($input: CourseInput!) {{ {mutation}(input: $input)"
                " { __typename } }",
                {"input": given},
                as_=ana,
            )
            assert answer.codes == ["FORBIDDEN"], mutation
        after = await read_course(resources, course.key), await tree(resources, course.key)
        assert after == before

    async def test_who_manages_courses(
        self, api: Api, resources: Resources, ida: Person, sam: Person
    ) -> None:
        course = await draft(resources, ida, 1)
        calls = await self._calls(api, ida, course)
        for mutation in ("courseUpdate", "sectionUpdate", "lessonUpdate", "exerciseUpdate"):
            (await api.mutate(mutation, calls[mutation], as_=sam)).ok()
        (await api.mutate("courseDelete", calls["courseDelete"], as_=sam)).ok()
        assert await read_course(resources, course.key) is None

    async def test_who_no_longer_may(self, api: Api, resources: Resources) -> None:
        """One who is no instructor any more teaches nothing, whoever wrote it."""
        eve = await make_person(resources, "eve")
        course = await draft(resources, eve, 1)
        answer = await api.execute(
            "mutation ($input: CourseInput!) { courseDelete(input: $input) { __typename } }",
            {"input": {"id": course.id}},
            as_=eve,
        )
        assert answer.codes == ["FORBIDDEN"]
        assert await read_course(resources, course.key) is not None


class TestTree:
    async def test_the_others_move_up(self, api: Api, resources: Resources, ida: Person) -> None:
        course = await draft(resources, ida, 2, 1, 1)
        (await api.mutate("sectionDelete", {"id": f"sec_{course.sections[0].id}"}, as_=ida)).ok()
        assert await tree(resources, course.key) == [
            ("Section 1", 0, "Lesson 1.0", 0, None, None),
            ("Section 2", 1, "Lesson 2.0", 0, None, None),
        ]
        again = await api.mutate("sectionDelete", {"id": f"sec_{course.sections[0].id}"}, as_=ida)
        assert again.codes == ["NOT_FOUND"]

    async def test_new_ones_come_last(self, api: Api, resources: Resources, ida: Person) -> None:
        course = await draft(resources, ida, 1)
        payload = await api.mutate(
            "sectionCreate",
            {"courseId": course.id, "title": "  More  "},
            "section { id title position estimatedMinutes }",
            as_=ida,
        )
        section = payload.ok()["section"]
        assert (section["title"], section["position"]) == ("More", 1)
        payload = await api.mutate(
            "lessonCreate",
            {"sectionId": section["id"], "title": "First", "objectives": ["Know"]},
            "lesson { position status objectives estimatedMinutes }",
            as_=ida,
        )
        assert payload.ok()["lesson"] == {
            "position": 0,
            "status": LessonStatus.DRAFT.name,
            "objectives": ["Know"],
            "estimatedMinutes": 0,
        }


class TestDuplicate:
    async def test_all_that_is_in_it(
        self, api: Api, resources: Resources, ida: Person, sam: Person
    ) -> None:
        course = await draft(resources, ida, 2, 1, objectives=["Know leaves"])
        lessons = [f"les_{each.id}" for each in course.lessons]
        for content in CONTENTS.values():
            (await add_exercise(api, ida, lessons[0], content, estimatedMinutes=3)).ok()
        (await add_exercise(api, ida, lessons[2], CODING)).ok()
        payload = await api.mutate(
            "courseDuplicate", {"id": course.id}, f"course {{ {_FIELDS} }}", as_=sam
        )
        copy = payload.ok()["course"]
        assert (copy["title"], copy["status"], copy["instructor"], copy["objectives"]) == (
            f"{course.row.title} (copy)",
            "DRAFT",
            {"id": sam.id},
            ["Know leaves"],
        )
        key = from_global("crs", copy["id"])
        assert await tree(resources, key) == await tree(resources, course.key)
        document = f"""query ($id: ID!) {{ course(id: $id) {{ sections(first: 2) {{ nodes {{
            title lessons(first: 1) {{ nodes {{
                title estimatedMinutes exercises(first: 5) {{ nodes {{ {WHOLE} }} }}
            }} }}
        }} }} }} }}"""
        read = [
            (await api.execute(document, {"id": each}, as_=sam)).ok()
            for each in (course.id, copy["id"])
        ]
        ids = [_ids(each) for each in read]
        assert _without_ids(read[0]) == _without_ids(read[1])
        assert ids[0].isdisjoint(ids[1])
        assert len(ids[0]) == len(ids[1]) > 10
        # The copy has a life of its own.
        (await api.mutate("courseDelete", {"id": course.id}, as_=ida)).ok()
        async with resources.database.read() as reading:
            left = await reading.value(select(func.count()).select_from(Exercise))
            options = await reading.value(select(func.count()).select_from(QuizOption))
        assert (left, options) == (6, 2)

    async def test_a_published_one_becomes_a_draft(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 1, status=CourseStatus.PUBLISHED)
        payload = await api.mutate(
            "courseDuplicate",
            {"id": course.id, "title": "Mine"},
            "course { title slug status publishedAt }",
            as_=ida,
        )
        assert payload.ok()["course"] == {
            "title": "Mine",
            "slug": "mine",
            "status": "DRAFT",
            "publishedAt": None,
        }
        row = await read_course(resources, course.key)
        assert row is not None
        assert row.status is CourseStatus.PUBLISHED


class TestDelete:
    async def test_a_draft(self, api: Api, resources: Resources, ida: Person) -> None:
        course = await draft(resources, ida, 1)
        (await add_exercise(api, ida, f"les_{course.lessons[0].id}", QUIZ)).ok()
        payload = await api.mutate("courseDelete", {"id": course.id}, "deletedId", as_=ida)
        assert payload.ok()["deletedId"] == course.id
        async with resources.database.read() as reading:
            assert await reading.all(select(Course.id)) == []
            assert await reading.all(select(col(QuizOption.id))) == []
            entry = await reading.value(select(AuditEntry))
        assert (entry.action, entry.subject) == ("course.delete", course.key)


def _ids(found: Any) -> set[str]:
    if isinstance(found, list):
        return set().union(*map(_ids, found))
    if not isinstance(found, dict):
        return set()
    own = {found["id"]} if "id" in found else set()
    return own.union(*map(_ids, found.values()))


def _without_ids(found: Any) -> Any:
    if isinstance(found, list):
        return [_without_ids(each) for each in found]
    if not isinstance(found, dict):
        return found
    return {name: _without_ids(each) for name, each in found.items() if name != "id"}
