"""What the engine can and the real schema has no use for yet: both executions agree on it."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from app.accounts.models import AccountStatus
from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.courses.models import Course, CourseLevel
from tests.engine.shelf import Shelf
from tests.factories import Person, Teaching, make_course, make_person, make_session, writing

Ask = Callable[..., Awaitable[dict[str, Any]]]

_INTERNAL = "INTERNAL"


@pytest.fixture
def shelf(resources: Resources) -> Shelf:
    return Shelf(resources)


@pytest.fixture
def ask(shelf: Shelf) -> Ask:
    """Ask both; the answer that is the same, and that was compiled unless told otherwise."""

    async def asked(document: str, *, compiled: bool = True, **variables: Any) -> dict[str, Any]:
        expected, found, was_compiled = await shelf.ask(document, variables)
        # What isn't expected is told under the number of a request: here there is none.
        assert found == expected
        assert was_compiled is compiled, expected
        answer: dict[str, Any] = orjson.loads(expected)
        return answer

    return asked


@pytest.fixture
async def writer(resources: Resources) -> Person:
    return await make_person(resources)


async def _book(resources: Resources, writer: Person | None, title: str, **more: Any) -> Teaching:
    return await make_course(resources, writer, title=title, **more)


def _told(answer: dict[str, Any]) -> list[tuple[list[Any], str]]:
    return [(each["path"], each["extensions"]["code"]) for each in answer["errors"]]


class TestAbstract:
    _FRAGMENTS = """
        fragment OfBook on Book { text shown: title ...OfTitled }
        fragment OfTitled on Titled {
            title ... on Chapter { position about: text } ... on Book { weeks }
        }
    """

    async def test_one_of_a_union(self, resources: Resources, writer: Person, ask: Ask):
        book = await _book(resources, writer, "A", timeline_weeks=3)
        chapter = book.sections[0]
        document = f"""
            query ($id: ID!) {{
                either(id: $id) {{
                    __typename ...OfTitled ...OfBook
                    ... on Node {{ id }} ... on Chapter {{ position book {{ title }} }}
                }}
            }} {self._FRAGMENTS}
        """
        answer = await ask(document, id=book.id)
        assert answer["data"]["either"] == {
            "__typename": "Book", "title": "A", "weeks": 3, "text": "", "shown": "A", "id": book.id,
        }  # fmt: skip
        key = to_global("sec", chapter.id)
        assert (await ask(document, id=key))["data"]["either"] == {
            "__typename": "Chapter", "title": "Section 0", "position": 0, "about": None, "id": key,
            "book": {"title": "A"},
        }  # fmt: skip
        gone = to_global("crs", new_id())
        assert (await ask(document, id=gone))["data"] == {"either": None}

    @pytest.mark.parametrize("field", ["eithers", "titled"])
    async def test_several(self, resources: Resources, writer: Person, ask: Ask, field: str):
        book = await _book(resources, writer, "A", lessons=((), ()))
        keys = [to_global("sec", each.id) for each in book.sections]
        ids = [keys[1], book.id, to_global("crs", new_id()), keys[0], book.id, keys[1]]
        document = f"""
            query ($ids: [ID!]!) {{ {field}(ids: $ids) {{ ...OfTitled ...OfBook }} }}
            {self._FRAGMENTS}
        """
        answer = await ask(document, ids=ids)
        made = {"title": "A", "weeks": None, "text": "", "shown": "A"}
        first, second = [
            {"title": f"Section {number}", "position": number, "about": None} for number in (0, 1)
        ]
        assert answer["data"][field] == [second, made, None, first, made, second]

    @pytest.mark.parametrize("field", ["eithers", "titled", "sure"])
    async def test_an_id_of_another_type_is_refused(self, writer: Person, ask: Ask, field: str):
        document = f"query ($ids: [ID!]!) {{ {field}(ids: $ids) {{ __typename }} }}"
        answer = await ask(document, ids=[writer.id], compiled=False)
        assert "data" not in answer
        assert _told(answer) == [([field], "INVALID_ID")]

    async def test_what_has_to_be_there_and_isnt(self, ask: Ask):
        document = "query ($ids: [ID!]!) { sure(ids: $ids) { __typename } }"
        answer = await ask(document, ids=[to_global("crs", new_id())], compiled=False)
        assert answer["data"] is None
        assert _told(answer) == [(["sure", 0], _INTERNAL)]

    async def test_nothing_that_applies(self, resources: Resources, writer: Person, ask: Ask):
        book = await _book(resources, writer, "A")
        document = "query ($id: ID!) { either(id: $id) { ... on Chapter { title } } }"
        assert (await ask(document, id=book.id))["data"] == {"either": {}}


class TestBelow:
    async def test_one(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A", lessons=((), (), ()))
        document = """{ book(title: "A") {
            a: chapter(position: 2) { title book { chapter(position: 0) { position } } }
            b: chapter(position: 9) { title }
            c: neededChapter(position: 1) { title }
        } }"""
        assert (await ask(document))["data"]["book"] == {
            "a": {"title": "Section 2", "book": {"chapter": {"position": 0}}},
            "b": None,
            "c": {"title": "Section 1"},
        }

    async def test_rows_of_a_function(self, resources: Resources, writer: Person, ask: Ask):
        words = ['"one"', "zwei\\", "%s", "четыре", "\t5", "six"]
        title = " ".join(words)
        await _book(resources, writer, title)
        document = """query ($title: String!) {
            book(title: $title) { words { t: text __typename } chapters { nodes { book {
                words { text } } } } }
        }"""
        found = (await ask(document, title=title))["data"]["book"]
        assert [each["t"] for each in found["words"]] == words[:5]
        [chapter] = found["chapters"]["nodes"]
        assert [each["text"] for each in chapter["book"]["words"]] == words[:5]

    async def test_two_pages_of_one_list(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A", lessons=((),) * 5)
        info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
        document = f"""query ($after: String) {{ book(title: "A") {{
            a: chapters(first: 2) {{ nodes {{ position }} {info} }}
            b: chapters(last: 2) {{ nodes {{ position }} {info} totalCount }}
            c: chapters(first: 2, after: $after) {{ edges {{ cursor node {{ position }} }} {info} }}
            d: chapters(first: 9) {{ nodes {{ position }} }}
        }} }}"""
        found = (await ask(document))["data"]["book"]
        assert [each["position"] for each in found["a"]["nodes"]] == [0, 1]
        assert [each["position"] for each in found["b"]["nodes"]] == [3, 4]
        after = found["a"]["pageInfo"]["endCursor"]
        found = (await ask(document, after=after))["data"]["book"]
        assert [each["node"]["position"] for each in found["c"]["edges"]] == [2, 3]
        assert [each["position"] for each in found["d"]["nodes"]] == [0, 1, 2, 3, 4]
        assert found["c"]["pageInfo"] == {
            "hasNextPage": True,
            "hasPreviousPage": True,
            "startCursor": found["c"]["edges"][0]["cursor"],
            "endCursor": found["c"]["edges"][1]["cursor"],
        }

    async def test_as_deep_as_may_be(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A", lessons=((), ()))
        nested = "chapters(first: 2) { nodes { book { %s } } }"
        inner = "chapters(first: 2) { nodes { title } }"
        for _ in range(3):
            inner = nested % inner
        document = '{ book(title: "A") { %s } }'
        found: Any = (await ask(document % f"{inner} title"))["data"]["book"]
        for _ in range(3):
            found = found["chapters"]["nodes"][1]["book"]
        assert found == {"chapters": {"nodes": [{"title": "Section 0"}, {"title": "Section 1"}]}}
        deeper = document % (nested % inner)
        answer = await ask(deeper, compiled=False)
        assert answer["errors"][0]["extensions"]["bound"] == "depth"

    async def test_more_members_than_a_function_takes(
        self, resources: Resources, writer: Person, ask: Ask
    ):
        title = '%s"\\'
        await _book(resources, writer, title)
        for number in (89, 90, 91, 92, 180, 181, 250):
            names = [f"f{each}" for each in range(number)]
            document = f"query ($title: String!) {{ wide(title: $title) {{ {' '.join(names)} }} }}"
            found = (await ask(document, title=title))["data"]["wide"]
            assert found == dict.fromkeys(names, title)


class TestLeaves:
    async def test_lists_of_enums(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A", code="EXPERT,BEGINNER")
        document = '{ book(title: "A") { levels neededLevels } }'
        levels = ["EXPERT", "BEGINNER"]
        found = (await ask(document))["data"]["book"]
        assert found == {"levels": levels, "neededLevels": levels}

    async def test_lists_of_enums_that_are_null(
        self, resources: Resources, writer: Person, ask: Ask
    ):
        await _book(resources, writer, "A")
        assert (await ask('{ book(title: "A") { levels } }'))["data"] == {"book": {"levels": None}}
        answer = await ask('{ book(title: "A") { neededLevels } }', compiled=False)
        assert answer["data"] == {"book": None}
        assert _told(answer) == [(["book", "neededLevels"], _INTERNAL)]

    async def test_an_enum_that_is_computed_of_a_column(
        self, resources: Resources, writer: Person, ask: Ask
    ):
        await _book(resources, writer, "A", target_level=CourseLevel.EXPERT)
        await _book(resources, writer, "secret", target_level=CourseLevel.EXPERT)
        for title, target in (("A", "EXPERT"), ("secret", None)):
            found = await ask("query ($t: String!) { book(title: $t) { toldTarget } }", t=title)
            assert found["data"] == {"book": {"toldTarget": target}}

    @pytest.mark.parametrize("full", [True, False])
    async def test_everything_that_can_be_null(
        self, resources: Resources, writer: Person, ask: Ask, *, full: bool
    ):
        more: dict[str, Any] = {"category": "x", "timeline_weeks": 1, "estimated_hours": 2}
        more |= {"target_level": CourseLevel.EXPERT}
        await _book(resources, writer if full else None, "A", **(more if full else {}))
        document = '{ book(title: "A") { weeks hours target category maybeWriter { name } } }'
        found = (await ask(document))["data"]["book"]
        assert list(found.values()) == (
            [1, 2, "EXPERT", "x", {"name": writer.user.username}] if full else [None] * 5
        )

    async def test_nulls_in_a_list(self, resources: Resources, writer: Person, ask: Ask):
        await make_session(resources, writer)
        async with writing(resources) as session:
            await session.execute(text("UPDATE study_session SET topics = ARRAY['a', NULL, 'b']"))
        assert (await ask("{ texts { loose } }"))["data"] == {
            "texts": [{"loose": ["a", None, "b"]}]
        }
        answer = await ask("{ texts { full } }", compiled=False)
        assert answer["data"] is None
        assert _told(answer) == [(["texts", 0, "full", 1], _INTERNAL)]

    @pytest.mark.parametrize("title", ["NaN", "Infinity", "-Infinity"])
    async def test_numbers_that_are_none(
        self, resources: Resources, writer: Person, ask: Ask, title: str
    ):
        await _book(resources, writer, title)
        document = "query ($title: String!) { book(title: $title) { id %s } }"
        answer = await ask(document % "number", title=title, compiled=False)
        assert answer["data"]["book"]["number"] is None
        assert [path for path, _ in _told(answer)] == [["book", "number"]]
        answer = await ask(document % "neededNumber", title=title, compiled=False)
        assert answer["data"] == {"book": None}

    @pytest.mark.parametrize("title", ["infinity", "-infinity"])
    async def test_times_without_end(
        self, resources: Resources, writer: Person, ask: Ask, title: str
    ):
        await _book(resources, writer, title)
        document = "query ($title: String!) { book(title: $title) { id %s } }"
        answer = await ask(document % "moment", title=title, compiled=False)
        assert answer["data"]["book"]["moment"] is None
        assert [path for path, _ in _told(answer)] == [["book", "moment"]]
        answer = await ask(document % "neededMoment", title=title, compiled=False)
        assert answer["data"] == {"book": None}

    @pytest.mark.parametrize(
        ("title", "printed"),
        [("1e20", "100000000000000000000"), ("-0.0", "0"), ("1e-7", "0.0000001"), ("2.50", "2.5")],
    )
    async def test_numbers(
        self, resources: Resources, shelf: Shelf, writer: Person, title: str, printed: str
    ):
        await _book(resources, writer, title)
        document = "query ($title: String!) { book(title: $title) { number neededNumber } }"
        one, other, compiled = await shelf.ask(document, {"title": title})
        assert one == other
        assert compiled
        assert f'"number":{printed},"neededNumber":{printed}'.encode() in one


class TestPoison:
    """A non-null edge to what the viewer can't see."""

    async def _suspend(self, resources: Resources, person: Person) -> None:
        async with writing(resources) as session:
            user = await session.get(type(person.user), person.key)
            assert user is not None
            user.status = AccountStatus.SUSPENDED

    async def test_takes_the_nearest_that_may_be_null(
        self, resources: Resources, writer: Person, ask: Ask
    ):
        await _book(resources, writer, "A")
        await self._suspend(resources, writer)
        document = '{ a: book(title: "A") { id maybeWriter { id } writer { id } } b: __typename }'
        answer = await ask(document, compiled=False)
        assert answer["data"] == {"a": None, "b": "Query"}
        assert _told(answer) == [(["a", "writer"], _INTERNAL)]

    async def test_takes_all_if_nothing_may(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A")
        await self._suspend(resources, writer)
        answer = await ask('{ needed(title: "A") { writer { id } } }', compiled=False)
        assert answer["data"] is None
        assert _told(answer) == [(["needed", "writer"], _INTERNAL)]

    async def test_in_a_list_below(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, await make_person(resources), "A")
        await _book(resources, writer, "B")
        await self._suspend(resources, writer)
        document = (
            '{ x: book(title: "%s") { chapters { edges { node { book { writer { id } } } } } } }'
        )
        assert (await ask(document % "A"))["data"]["x"]["chapters"]["edges"]
        answer = await ask(document % "B", compiled=False)
        assert answer["data"] == {"x": None}
        path = ["x", "chapters", "edges", 0, "node", "book", "writer"]
        assert _told(answer) == [(path, _INTERNAL)]

    async def test_only_where_it_is_selected(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A")
        await self._suspend(resources, writer)
        document = """query ($yes: Boolean!) {
            book(title: "A") { title writer @include(if: $yes) { id } }
        }"""
        assert (await ask(document, yes=False))["data"] == {"book": {"title": "A"}}
        assert (await ask(document, yes=True, compiled=False))["data"] == {"book": None}

    async def test_one_that_isnt_there(self, resources: Resources, writer: Person, ask: Ask):
        await _book(resources, writer, "A")
        document = '{ book(title: "A") { neededChapter(position: 9) { id } } }'
        answer = await ask(document, compiled=False)
        assert answer["data"] == {"book": None}
        assert _told(answer) == [(["book", "neededChapter"], _INTERNAL)]


class TestOrders:
    async def _walk(self, ask: Ask, field: str, size: int, *, backward: bool) -> list[str]:
        """The ids of a list, a page at a time."""
        page = "last: $size, before: $at" if backward else "first: $size, after: $at"
        document = f"""query ($size: Int!, $at: String) {{ {field}({page}) {{
            nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }} }}"""
        found: list[str] = []
        at = None
        while True:
            given = (await ask(document, size=size, at=at))["data"][field]
            ids, info = [node["id"] for node in given["nodes"]], given["pageInfo"]
            found = [*ids, *found] if backward else [*found, *ids]
            at = info["startCursor" if backward else "endCursor"]
            assert info["hasNextPage" if backward else "hasPreviousPage"] is (len(found) > len(ids))
            if not info["hasPreviousPage" if backward else "hasNextPage"]:
                return found

    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    @pytest.mark.parametrize("backward", [False, True])
    async def test_two_columns_descending_with_ties(
        self, resources: Resources, writer: Person, ask: Ask, size: int, *, backward: bool
    ):
        made = [
            (await _book(resources, writer, f"{hours}", estimated_hours=hours)).row
            for hours in (3, 1, 3, 2, 3, 1, -5, 2)
        ]

        def place(row: Course) -> Any:
            return row.estimated_hours, row.id

        expected = [to_global("crs", row.id) for row in sorted(made, key=place, reverse=True)]
        assert await self._walk(ask, "books", size, backward=backward) == expected

    @pytest.mark.parametrize("size", [1, 3])
    @pytest.mark.parametrize("backward", [False, True])
    async def test_any_text_in_a_cursor(
        self, resources: Resources, writer: Person, ask: Ask, size: int, *, backward: bool
    ):
        titles = ['"', "'", "\\", '\\"', "%s", "é", "e\u0301", "光合", "😀", "\x01\x1f\x7f", " "]
        titles += ["\n\t\r\b\f", "\u2028", "", "é", "/", "</script>", '["titles","x"]', "Z", "a"]
        for title in titles:
            await _book(resources, writer, title)
        document = "{ titles(first: 100) { edges { cursor node { id title } } } }"
        edges = (await ask(document))["data"]["titles"]["edges"]
        assert sorted(each["node"]["title"] for each in edges) == sorted(titles)
        found = await self._walk(ask, "titles", size, backward=backward)
        assert found == [each["node"]["id"] for each in edges]
