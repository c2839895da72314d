"""Courses come in from files of other systems, and go out to them."""

from typing import Any

import httpx
from sqlmodel import func, select

from app.core.resources import Resources
from app.courses.cartridges.reading import read_package
from app.courses.cartridges.writing import package_of
from app.courses.models import Course
from tests.client import Api, Payload
from tests.courses.cartridges.test_packages import TREE
from tests.factories import Person, make_course
from tests.vault import files

_COURSE = """course { id title status language description instructor { id }
    sections { nodes { title lessons { nodes { title status estimatedMinutes
        exercises { nodes { __typename title } } } } } } }
    left { what why }"""


async def _import(api: Api, person: Person, file_id: str, **more: Any) -> Payload:
    given = {"fileId": file_id, "level": "BEGINNER", **more}
    return await api.mutate("courseImport", given, _COURSE, as_=person)


async def _package(api: Api, person: Person, data: bytes) -> str:
    file = await files.upload(api, person, data, "course.imscc", purpose="CARTRIDGE")
    return str(file["id"])


async def _courses(resources: Resources) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(Course))


async def _export(api: Api, person: Person, id: str) -> Payload:
    return await api.mutate("courseExport", {"id": id}, "url", as_=person)


class TestImport:
    async def test_a_package_becomes_a_draft(self, api: Api, ida: Person) -> None:
        id = await _package(api, ida, package_of(TREE))
        made = (await _import(api, ida, id)).ok()
        course = made["course"]
        assert (course["title"], course["status"], course["language"]) == (
            "Everything & more",
            "DRAFT",
            "id",
        )
        assert course["instructor"]["id"] == ida.id
        assert made["left"] == []
        first, second = course["sections"]["nodes"]
        [lesson] = first["lessons"]["nodes"]
        assert [each["__typename"] for each in lesson["exercises"]["nodes"]] == [
            "VideoExercise",
            "MaterialExercise",
            "QuizExercise",
            "AssignmentExercise",
            "CodingExercise",
        ]
        assert lesson["estimatedMinutes"] == 7
        assert second["lessons"]["nodes"][0]["exercises"]["nodes"] == [
            {"__typename": "VideoExercise", "title": "Watch <it>"}
        ]
        published = await api.mutate("coursePublish", {"id": course["id"]}, "__typename", as_=ida)
        assert published.codes == []

    async def test_a_file_is_used_up(self, api: Api, resources: Resources, ida: Person) -> None:
        id = await _package(api, ida, package_of(TREE))
        (await _import(api, ida, id, title="Mine")).ok()
        assert (await _import(api, ida, id)).codes == ["FILE_IN_USE"]
        assert await _courses(resources) == 1

    async def test_a_package_that_cannot_be_read(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        id = await _package(api, ida, files.archive(imsmanifest_xml="<manifest"))
        refused = await _import(api, ida, id)
        assert refused.codes == ["PACKAGE_REFUSED"]
        assert refused.errors[0]["field"] == ["input", "fileId"]
        assert refused.errors[0]["message"] == "imsmanifest.xml isn't XML that can be read."
        assert await _courses(resources) == 0

    async def test_somebody_elses_file(self, api: Api, ida: Person, ivo: Person) -> None:
        id = await _package(api, ida, package_of(TREE))
        assert (await _import(api, ivo, id)).codes == ["NOT_FOUND"]

    async def test_a_file_for_something_else(self, api: Api, ida: Person) -> None:
        id = str((await files.upload(api, ida))["id"])
        assert (await _import(api, ida, id)).codes == ["FILE_TYPE_REFUSED"]


class TestExport:
    async def test_it_comes_back_as_it_was(self, api: Api, ida: Person) -> None:
        id = (await _import(api, ida, await _package(api, ida, package_of(TREE)))).ok()["course"][
            "id"
        ]
        url = (await _export(api, ida, id)).ok()["url"]
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(url)
        assert answer.status_code == 200
        assert "everything-more.imscc" in answer.headers["content-disposition"]
        assert read_package(answer.content).tree == TREE

    async def test_only_who_teaches_it_has_it(
        self, api: Api, resources: Resources, ida: Person, ivo: Person
    ) -> None:
        teaching = await make_course(resources, ida)
        refused = await _export(api, ivo, teaching.id)
        assert refused.codes == ["NOT_FOUND"]
        assert refused.data["url"] is None
