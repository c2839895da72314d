"""`curriculumUpdate` and `curriculum`: what a tree can be, its versions, and what they make."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.resources import Resources
from app.courses.models import Course, CourseStatus, Curriculum, CurriculumNode, Exercise, Lesson
from app.courses.service.arranging import NodeData, without_cycles
from tests.client import Api, Data, Payload
from tests.courses.authoring import draft
from tests.courses.composer import node, tree
from tests.factories import (
    Person,
    Teaching,
    empty_outbox,
    make_course,
    make_person,
    waiting_events,
    writing,
)

_LEAVES = [
    node("light", objectives=["See"], description="About light."),
    node("colours", "light", minutes=10),
    node("water", "light", minutes=20, prerequisites=["colours"]),
    node("sugar", prerequisites=["light"]),
    node("calvin", "sugar", minutes=30),
]


async def make_personal(resources: Resources, learner: Person, **values: Any) -> Teaching:
    """A personal course without sections."""
    given = {"status": CourseStatus.ACTIVE, "public": False, "lessons": ()} | values
    return await make_course(resources, None, learner_id=learner.key, **given)


async def save(
    api: Api, person: Person, course: Teaching, nodes: list[Data], base: int | None = None
) -> Payload:
    """Save a curriculum."""
    given = {"courseId": course.id, "nodes": nodes, "baseVersion": base}
    return await api.mutate("curriculumUpdate", given, "curriculum { version }", as_=person)


async def count(resources: Resources, table: Any) -> int:
    """How many rows there are."""
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(table))


def _titles(found: Data) -> list[tuple[str, list[tuple[str, int]]]]:
    return [
        (
            section["title"],
            [(each["title"], each["estimatedMinutes"]) for each in section["lessons"]["nodes"]],
        )
        for section in found["course"]["sections"]["nodes"]
    ]


class TestVersions:
    async def test_each_save_is_one(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        assert (await tree(api, ana, course.id))["curriculum"] is None
        await empty_outbox(resources)
        assert (await save(api, ana, course, _LEAVES)).ok()["curriculum"] == {"version": 1}
        assert await waiting_events(resources) == ["curriculum.saved", "course.changed"]
        assert (await save(api, ana, course, _LEAVES[:3], 1)).ok()["curriculum"] == {"version": 2}
        first, second = [await tree(api, ana, course.id, each) for each in (1, 2)]
        newest = await tree(api, ana, course.id)
        assert newest == second
        assert (await tree(api, ana, course.id, 3))["curriculum"] is None
        told = first["curriculum"]
        assert [
            (each["path"], each["depth"], each["key"], (each["parent"] or {}).get("key"))
            for each in told["nodes"]["nodes"]
        ] == [
            ("1", 0, "light", None),
            ("1.1", 1, "colours", "light"),
            ("1.2", 1, "water", "light"),
            ("2", 0, "sugar", None),
            ("2.1", 1, "calvin", "sugar"),
        ]
        assert told["modules"] == [
            {"title": "Light", "children": [{"title": "Colours"}, {"title": "Water"}]},
            {"title": "Sugar", "children": [{"title": "Calvin"}]},
        ]
        assert (told["origin"], told["status"]) == ("WRITTEN", "SAVED")
        assert second["curriculum"]["baseVersion"] == 1
        assert _titles(newest) == [("Light", [("Colours", 10), ("Water", 20)])]

    async def test_two_at_the_same_moment(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        course = await make_personal(resources, ana)
        answers = await asyncio.gather(*[save(api, ana, course, _LEAVES) for _ in range(4)])
        assert sorted(each.codes for each in answers) == [[], *[["CURRICULUM_OUTDATED"]] * 3]
        answers = await asyncio.gather(*[save(api, ana, course, _LEAVES, 1) for _ in range(4)])
        assert sorted(each.codes for each in answers) == [[], *[["CURRICULUM_OUTDATED"]] * 3]
        async with resources.database.read() as session:
            assert await session.all(
                select(Curriculum.version).order_by(col(Curriculum.version))
            ) == [1, 2]
        assert await count(resources, Lesson) == 3

    @pytest.mark.parametrize("base", [None, 1, 3])
    async def test_from_another_than_the_newest(
        self, api: Api, resources: Resources, ana: Person, base: int | None
    ) -> None:
        course = await make_personal(resources, ana)
        (await save(api, ana, course, _LEAVES)).ok()
        (await save(api, ana, course, _LEAVES, 1)).ok()
        before = await tree(api, ana, course.id)
        refused = await save(api, ana, course, [], base)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("CURRICULUM_OUTDATED", ["input", "baseVersion"])
        ]
        assert "The newest one is 2." in refused.errors[0]["message"]
        assert await tree(api, ana, course.id) == before


class TestWho:
    async def test_saves_and_sees(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        ben, ida, sam = [
            await make_person(resources, role=role) for role in ("student", "instructor", "staff")
        ]
        for person in (ben, ida):
            assert (await save(api, person, course, _LEAVES)).codes == ["NOT_FOUND"]
        assert await count(resources, Curriculum) == 0
        (await save(api, sam, course, _LEAVES)).ok()
        for person, sees in ((ana, True), (sam, True), (ben, False), (ida, False)):
            assert ((await tree(api, person, course.id))["curriculum"] is not None) is sees

    async def test_of_a_taught_course(
        self, api: Api, resources: Resources, ana: Person, ida: Person
    ) -> None:
        course = await make_course(resources, ida, lessons=())
        assert (await save(api, ana, course, _LEAVES)).codes == ["NOT_TEACHER"]
        # What is published stays whole, and drafts don't count.
        assert (await save(api, ida, course, _LEAVES)).codes == ["COURSE_INCOMPLETE"] * 2
        assert await count(resources, Curriculum) == 0
        course = await draft(resources, ida, 1)
        (await save(api, ida, course, _LEAVES)).ok()
        found = await tree(api, ida, course.id)
        assert _titles(found) == [
            ("Light", [("Colours", 10), ("Water", 20)]),
            ("Sugar", [("Calvin", 30)]),
            ("Section 0", [("Lesson 0.0", 10)]),
        ]
        statuses = [
            lesson["status"]
            for section in found["course"]["sections"]["nodes"]
            for lesson in section["lessons"]["nodes"]
        ]
        assert statuses == ["DRAFT", "DRAFT", "DRAFT", "PUBLISHED"]

    @pytest.mark.parametrize("status", list(CourseStatus))
    async def test_in_which_states(
        self, api: Api, resources: Resources, ana: Person, status: CourseStatus
    ) -> None:
        course = await make_personal(resources, ana, status=status)
        payload = await save(api, ana, course, _LEAVES)
        possible = status in (
            CourseStatus.DRAFT, CourseStatus.ERROR, CourseStatus.ACTIVE, CourseStatus.PAUSED
        )  # fmt: skip
        if status is CourseStatus.PUBLISHED:
            assert set(payload.codes) == {"COURSE_INCOMPLETE"}
        else:
            assert payload.codes == ([] if possible else ["COURSE_WRONG_STATE"])
        assert await count(resources, Curriculum) == possible


def _deep(levels: int) -> list[Data]:
    keys = [f"level-{number}" for number in range(levels)]
    return [
        node(key, keys[number - 1] if number else None, kind="MODULE")
        for number, key in enumerate(keys)
    ]


def _many(count: int) -> list[Data]:
    modules = [node(f"m-{number}") for number in range(12)]
    return modules + [
        node(f"l-{number}", f"m-{number % 12}") for number in range(count - len(modules))
    ]


_WRONG: list[tuple[str, list[Data], str, list[str], str]] = [
    (
        "twice",
        [node("a"), node("b", "a"), node("b", "a")],
        "INVALID_INPUT",
        ["1", "key"],
        'The key "b" is there more than once.',
    ),
    ("no parent", [node("b", "a")], "INVALID_INPUT", ["0", "parent"], 'There is no node "a".'),
    (
        "below a lesson",
        [node("a"), node("b", "a"), node("c", "b")],
        "INVALID_INPUT",
        ["2", "parent"],
        "Nothing stands below a lesson.",
    ),
    (
        "a lesson at the top",
        [node("a", kind="LESSON")],
        "INVALID_INPUT",
        ["0", "parent"],
        "A lesson stands below a module.",
    ),
    (
        "below itself",
        [node("a", "b", kind="MODULE"), node("b", "a", kind="MODULE")],
        "INVALID_INPUT",
        ["0", "parent"],
        '"a" stands below itself.',
    ),
    (
        "too deep",
        _deep(6),
        "INVALID_INPUT",
        ["5", "parent"],
        "A curriculum has at most 5 levels.",
    ),
    (
        "too many",
        _many(501),
        "INVALID_INPUT",
        [],
        "A curriculum has at most 500 nodes: this one has 501.",
    ),
    (
        "too many below one",
        [node("a"), *[node(f"l-{number}", "a") for number in range(51)]],
        "INVALID_INPUT",
        [],
        'At most 50 nodes stand below "a": here are 51.',
    ),
    (
        "an unknown prerequisite",
        [node("a"), node("b", "a", prerequisites=["a-1"])],
        "INVALID_INPUT",
        ["1", "prerequisites", "0"],
        'There is no node "a-1".',
    ),
    (
        "itself before it",
        [node("a"), node("b", "a", prerequisites=["b"])],
        "CURRICULUM_CYCLE",
        ["1", "prerequisites", "0"],
        "These wait for each other: b.",
    ),
    (
        "its module before it",
        [node("a"), node("b", "a", prerequisites=["a"])],
        "CURRICULUM_CYCLE",
        ["1", "prerequisites", "0"],
        "These wait for each other: ",
    ),
    (
        "a lesson of it before a module",
        [node("a", prerequisites=["b"]), node("b", "a")],
        "CURRICULUM_CYCLE",
        ["0", "prerequisites", "0"],
        "These wait for each other: ",
    ),
    (
        "a circle through modules",
        [
            node("a"),
            node("a-1", "a", prerequisites=["b"]),
            node("b", prerequisites=["c"]),
            node("b-1", "b"),
            node("c"),
            node("c-1", "c", prerequisites=["a-1"]),
        ],
        "CURRICULUM_CYCLE",
        ["1", "prerequisites", "0"],
        "These wait for each other: ",
    ),
]


class TestRules:
    @pytest.mark.parametrize(
        ("nodes", "code", "field", "said"),
        [case[1:] for case in _WRONG],
        ids=[c[0] for c in _WRONG],
    )
    async def test_wrong(
        self,
        api: Api,
        resources: Resources,
        ana: Person,
        nodes: list[Data],
        code: str,
        field: list[str],
        said: str,
    ) -> None:
        course = await make_personal(resources, ana)
        refused = await save(api, ana, course, nodes)
        first = refused.errors[0]
        assert set(refused.codes) == {code}
        assert first["field"] == ["input", "nodes", *field]
        assert first["message"].startswith(said)
        assert await count(resources, Curriculum) == await count(resources, Lesson) == 0

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"key": "Not a key"}, "key"),
            ({"key": "x" * 65}, "key"),
            ({"title": " "}, "title"),
            ({"minutes": -1}, "minutes"),
            ({"objectives": ["x"] * 51}, "objectives"),
            ({"description": "\0"}, "description"),
        ],
    )
    async def test_values(
        self, api: Api, resources: Resources, ana: Person, values: Data, field: str
    ) -> None:
        course = await make_personal(resources, ana)
        refused = await save(api, ana, course, [node("a"), node("b") | values])
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "nodes", "1", field])
        ]

    async def test_as_large_as_can_be(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        (await save(api, ana, course, _many(500))).ok()
        assert await count(resources, CurriculumNode) == 500
        assert await count(resources, Lesson) == 488

    def test_what_a_model_gives_loses_only_what_cannot_be(self) -> None:
        given = [
            NodeData.model_validate(each)
            for each in (
                node("a", kind="module"),
                node("x", "a", kind="lesson", prerequisites=["y", "none", "y"]),
                node("y", "a", kind="lesson", prerequisites=["x", "a"]),
                node("z", "a", kind="lesson", prerequisites=["x", "y"]),
            )
        ]
        kept, dropped = without_cycles(given)
        assert [each.prerequisites for each in kept] == [[], ["y"], [], ["x", "y"]]
        assert dropped == 3


class TestCourse:
    async def _exercise(self, resources: Resources, title: str) -> Any:
        from app.courses.models import ExerciseKind

        async with writing(resources) as session:
            lesson = await session.value(select(Lesson).where(Lesson.title == title))
            session.add(
                Exercise(
                    lesson_id=lesson.id, kind=ExerciseKind.MATERIAL, title="Read", position=0,
                    body="x", required_percent=90, estimated_minutes=5,
                )
            )  # fmt: skip
            lesson.estimated_minutes = 5
        return lesson.id

    async def test_keeps_what_keeps_its_key(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        course = await make_personal(resources, ana)
        (await save(api, ana, course, _LEAVES)).ok()
        kept = await self._exercise(resources, "Water")
        moved = [
            node("sugar"),
            node("water", "sugar", title="Water and salts", minutes=99),
            node("light"),
            node("new", "light", minutes=1),
            node("colours", "light", minutes=2),
        ]
        (await save(api, ana, course, moved, 1)).ok()
        found = await tree(api, ana, course.id)
        # Its minutes are those of its exercises.
        assert _titles(found) == [
            ("Sugar", [("Water and salts", 5)]),
            ("Light", [("New", 1), ("Colours", 2)]),
        ]
        async with resources.database.read() as session:
            lesson = await session.value(select(Lesson).where(Lesson.title == "Water and salts"))
            assert lesson.id == kept
            assert await session.all(select(Exercise.lesson_id)) == [kept]
            assert await session.all(
                select(Lesson.position).where(Lesson.section_id != lesson.section_id)
                .order_by(col(Lesson.position))
            ) == [0, 1]  # fmt: skip
        # The old version stays as it was, but for the lesson that is gone.
        old = (await tree(api, ana, course.id, 1))["curriculum"]["nodes"]["nodes"]
        assert [(each["key"], (each["lesson"] or {}).get("title")) for each in old] == [
            ("light", None),
            ("colours", "Colours"),
            ("water", "Water and salts"),
            ("sugar", None),
            ("calvin", None),
        ]

    async def test_modules_of_modules(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        nodes = [
            node("part"),
            node("chapter", "part", kind="MODULE"),
            node("one", "chapter"),
            node("empty", "part", kind="MODULE"),
            node("two", "part"),
        ]
        (await save(api, ana, course, nodes)).ok()
        assert _titles(await tree(api, ana, course.id)) == [
            ("Part", [("Two", 0)]),
            ("Chapter", [("One", 0)]),
            ("Empty", []),
        ]

    async def test_emptied(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        (await save(api, ana, course, _LEAVES)).ok()
        (await save(api, ana, course, [], 1)).ok()
        found = await tree(api, ana, course.id)
        assert (found["curriculum"]["version"], found["curriculum"]["modules"]) == (2, [])
        assert _titles(found) == []
        assert await count(resources, Lesson) == 0

    async def test_what_authors_added_stays(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida)
        (await save(api, ida, course, _LEAVES)).ok()
        found = await api.execute(
            "query ($id: ID!) { course(id: $id) { sections { nodes { id title } } } }",
            {"id": course.id},
            as_=ida,
        )
        light, _ = found.ok()["course"]["sections"]["nodes"]
        given = {"sectionId": light["id"], "title": "By hand"}
        (await api.mutate("lessonCreate", given, as_=ida)).ok()
        (await save(api, ida, course, [node("sugar"), node("calvin", "sugar")], 1)).ok()
        assert _titles(await tree(api, ida, course.id)) == [
            ("Sugar", [("Calvin", 0)]),
            ("Light", [("By hand", 0)]),
        ]


async def test_goes_with_its_course(api: Api, resources: Resources, ana: Person) -> None:
    course = await make_personal(resources, ana)
    (await save(api, ana, course, _LEAVES)).ok()
    async with writing(resources) as session:
        row = await session.value(select(Course))
        await session.delete(row)
    assert await count(resources, Curriculum) == await count(resources, CurriculumNode) == 0
