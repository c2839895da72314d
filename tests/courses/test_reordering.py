"""Orders: dense, of exactly what is there, whatever comes at the same moment."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.courses.models import Exercise, Lesson, Section
from app.courses.service import courses, trees
from tests.client import Api
from tests.conftest import Counting
from tests.courses.authoring import MATERIAL, VIDEO, add_exercise, draft, tree
from tests.factories import Person, waiting_events, writing

_MANY = 5000


async def _order(resources: Resources, table: type[Any]) -> list[tuple[UUID, int]]:
    async with resources.database.read() as reading:
        rows = await reading.rows(select(table.id, table.position).order_by(col(table.position)))
    return [(row[0], row[1]) for row in rows]


class TestReorder:
    async def test_sections_lessons_and_exercises(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 3, 0)
        sections = [f"sec_{each.id}" for each in course.sections]
        lessons = [f"les_{each.id}" for each in course.lessons]
        exercises = [
            (await add_exercise(api, ida, lessons[0], content)).ok()["exercise"]["id"]
            for content in (VIDEO, MATERIAL)
        ]
        (
            await api.mutate(
                "sectionsReorder", {"courseId": course.id, "ids": sections[::-1]}, as_=ida
            )
        ).ok()
        payload = await api.mutate(
            "lessonsReorder",
            {"sectionId": sections[0], "ids": [lessons[2], lessons[0], lessons[1]]},
            "section { lessons { nodes { id position } } }",
            as_=ida,
        )
        assert payload.ok()["section"]["lessons"]["nodes"] == [
            {"id": lessons[2], "position": 0},
            {"id": lessons[0], "position": 1},
            {"id": lessons[1], "position": 2},
        ]
        payload = await api.mutate(
            "exercisesReorder",
            {"lessonId": lessons[0], "ids": exercises[::-1]},
            "lesson { exercises { nodes { id position __typename } } }",
            as_=ida,
        )
        assert payload.ok()["lesson"]["exercises"]["nodes"] == [
            {"id": exercises[1], "position": 0, "__typename": "MaterialExercise"},
            {"id": exercises[0], "position": 1, "__typename": "VideoExercise"},
        ]
        assert (await tree(resources, course.key))[0][:2] == ("Section 1", 0)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda ids, _: ids[:2], "1 missing"),
            (lambda ids, _: ids[3:], "3 missing"),
            (lambda ids, _: [*ids, ids[0]], "1 given twice"),
            (lambda ids, other: [*ids[:2], other], "1 not in it, 1 missing"),
            (lambda ids, _: [*ids, to_global("les", new_id())], "1 not in it"),
        ],
    )
    async def test_anything_else_is_refused(
        self, api: Api, resources: Resources, ida: Person, change: Any, said: str
    ) -> None:
        course = await draft(resources, ida, 3, 1)
        ids = [f"les_{each.id}" for each in course.lessons]
        before = await tree(resources, course.key)
        payload = await api.mutate(
            "lessonsReorder",
            {"sectionId": f"sec_{course.sections[0].id}", "ids": change(ids[:3], ids[3])},
            as_=ida,
        )
        assert payload.codes == ["ORDER_MISMATCH"]
        assert payload.errors[0]["message"].endswith(f"once: {said}.")
        assert payload.errors[0]["field"] == ["input", "ids"]
        assert await tree(resources, course.key) == before
        assert await waiting_events(resources) == []

    async def test_two_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 6)
        ids = [f"les_{each.id}" for each in course.lessons]
        orders = [ids[::-1], [*ids[1:], ids[0]]]
        section = f"sec_{course.sections[0].id}"
        answers = await asyncio.gather(
            *[
                api.mutate("lessonsReorder", {"sectionId": section, "ids": order}, as_=ida)
                for order in orders * 3
            ]
        )
        assert [each.codes for each in answers] == [[]] * 6
        found = await _order(resources, Lesson)
        assert [position for _, position in found] == list(range(6))
        assert [f"les_{key}" for key, _ in found] in orders

    async def test_adding_deleting_and_ordering_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 4)
        ids = [f"les_{each.id}" for each in course.lessons]
        section = f"sec_{course.sections[0].id}"
        await asyncio.gather(
            *[
                api.mutate("lessonCreate", {"sectionId": section, "title": f"New {n}"}, as_=ida)
                for n in range(3)
            ],
            *[api.mutate("lessonDelete", {"id": each}, as_=ida) for each in ids[:2]],
            api.mutate("lessonsReorder", {"sectionId": section, "ids": ids[::-1]}, as_=ida),
        )
        found = await _order(resources, Lesson)
        assert [position for _, position in found] == list(range(5))
        assert {to_global("les", key) for key, _ in found} >= set(ids[2:])


class TestALongCourse:
    async def test_is_ordered_and_copied_in_few_statements(
        self, resources: Resources, ida: Person, statements: Counting
    ) -> None:
        course = await draft(resources, ida, 0)
        section = course.sections[0].id
        async with writing(resources) as session:
            session.add(
                *[
                    Lesson(section_id=section, title=f"Lesson {place}", position=place)
                    for place in range(_MANY)
                ]
            )
        keys = [key for key, _ in await _order(resources, Lesson)]
        with statements(resources) as ordering:
            async with resources.begin() as uow:
                await trees.reorder(uow, ida.viewer, Lesson, section, keys[::-1])
        assert [key for key, _ in await _order(resources, Lesson)] == keys[::-1]
        with statements(resources) as copying:
            async with resources.begin() as uow:
                copy = await courses.duplicate(uow, ida.viewer, course.key, None)
        titles = [each[2:4] for each in await tree(resources, copy.id)]
        assert titles == [(f"Lesson {_MANY - 1 - place}", place) for place in range(_MANY)]
        # What a course of one lesson takes.
        short = await draft(resources, ida, 1)
        with statements(resources) as expected:
            async with resources.begin() as uow:
                key, parent = short.lessons[0].id, short.sections[0].id
                await trees.reorder(uow, ida.viewer, Lesson, parent, [key])
        assert len(ordering) == len(expected)
        with statements(resources) as expected:
            async with resources.begin() as uow:
                await courses.duplicate(uow, ida.viewer, short.key, None)
        assert len(copying) == len(expected)
        assert (len(ordering), len(copying)) == (5, 7)


def test_what_is_ordered() -> None:
    assert set(trees.MOST) == {Section, Lesson, Exercise}
