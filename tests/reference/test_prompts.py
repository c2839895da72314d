"""The prompt library: versions, what is refused, and what runs."""

import asyncio
import json
from typing import Any

import pytest
from sqlmodel import col, select

from app.core.resources import Resources
from app.reference.models import PromptStatus, PromptTemplate
from app.reference.prompts import PROMPTS
from app.reference.service import Prompt, prompt
from app.reference.service.prompts import add_shipped
from tests.client import Api, Payload
from tests.factories import Person, make_person

_KEY = "session.topics"
_CONTRACT = {"type": "object", "properties": {"topics": {"type": "array"}}}


def _given(**more: Any) -> dict[str, Any]:
    return {
        "key": _KEY,
        "title": "Topics",
        "category": "session_insights",
        "system": "You list topics.",
        "user": "$lines\n\nTopics, please:",
        "variables": ["lines"],
        "contract": json.dumps(_CONTRACT),
        "maxTokens": 90,
        **more,
    }


async def _save(api: Api, admin: Person, **more: Any) -> Payload:
    fields = "promptTemplate { id key version status shipped }"
    return await api.mutate("promptTemplateSave", _given(**more), fields, as_=admin)


async def _publish(api: Api, admin: Person, id: str) -> Payload:
    fields = "promptTemplate { version status }"
    return await api.mutate("promptTemplatePublish", {"id": id}, fields, as_=admin)


async def _running(resources: Resources, key: str = _KEY) -> Prompt:
    async with resources.database.read() as reading:
        return await prompt(reading, key)


async def _statuses(resources: Resources, key: str = _KEY) -> list[tuple[int, PromptStatus]]:
    async with resources.database.read() as reading:
        rows = await reading.all(
            select(PromptTemplate)
            .where(PromptTemplate.key == key)
            .order_by(col(PromptTemplate.version))
        )
    return [(row.version, row.status) for row in rows]


class TestVersions:
    async def test_an_edit_is_a_version_that_runs_once_published(
        self, own_api: Api, own_resources: Resources
    ) -> None:
        admin = await make_person(own_resources, role="admin")
        before = await _running(own_resources)
        made = (await _save(own_api, admin)).ok()["promptTemplate"]
        id = made.pop("id")
        assert made == {"key": _KEY, "version": 2, "status": "DRAFT", "shipped": False}
        assert await _running(own_resources) == before
        published = await _publish(own_api, admin, id)
        assert published.ok()["promptTemplate"] == {"version": 2, "status": "PUBLISHED"}
        assert await _running(own_resources) == Prompt(
            name="session.topics@2",
            system="You list topics.",
            user="$lines\n\nTopics, please:",
            contract=_CONTRACT,
            temperature=0.0,
            max_tokens=90,
        )
        assert await _statuses(own_resources) == [
            (1, PromptStatus.RETIRED),
            (2, PromptStatus.PUBLISHED),
        ]

    async def test_an_older_one_comes_back(self, own_api: Api, own_resources: Resources) -> None:
        admin = await make_person(own_resources, role="admin")
        first = await _running(own_resources)
        made = (await _save(own_api, admin)).ok()["promptTemplate"]
        await _publish(own_api, admin, made["id"])
        document = 'query { promptTemplates(filter: {key: "session.topics"}) { nodes { id } } }'
        nodes = (await own_api.execute(document, as_=admin)).ok()["promptTemplates"]["nodes"]
        for _ in range(2):  # again is no change
            (await _publish(own_api, admin, nodes[0]["id"])).ok()
            assert await _running(own_resources) == first
        assert await _statuses(own_resources) == [
            (1, PromptStatus.PUBLISHED),
            (2, PromptStatus.RETIRED),
        ]

    async def test_many_at_once(self, own_api: Api, own_resources: Resources) -> None:
        admin = await make_person(own_resources, role="admin")
        made = await asyncio.gather(*[_save(own_api, admin) for _ in range(5)])
        versions = [each.ok()["promptTemplate"] for each in made]
        assert sorted(each["version"] for each in versions) == [2, 3, 4, 5, 6]
        done = await asyncio.gather(*[_publish(own_api, admin, each["id"]) for each in versions])
        assert [each.codes for each in done] == [[]] * 5
        statuses = [status for _, status in await _statuses(own_resources)]
        assert sorted(statuses) == ["published", *["retired"] * 5]

    async def test_what_changed(self, own_api: Api, own_resources: Resources) -> None:
        admin = await make_person(own_resources, role="admin")
        await _save(own_api, admin)
        await _save(own_api, admin, user="Topics of:\n$lines", temperature=0.5)
        document = """{ promptTemplates(filter: {key: "session.topics"}) { nodes {
            version changes previous { version } savedBy { id }
            versions { nodes { version } }
        } } }"""
        nodes = (await own_api.execute(document, as_=admin)).ok()["promptTemplates"]["nodes"]
        assert [node["version"] for node in nodes] == [1, 2, 3]
        assert [node["previous"] for node in nodes] == [None, {"version": 1}, {"version": 2}]
        assert [node["savedBy"] for node in nodes] == [None, {"id": admin.id}, {"id": admin.id}]
        assert nodes[0]["versions"]["nodes"] == [{"version": each} for each in (3, 2, 1)]
        assert nodes[0]["changes"] == ""
        assert nodes[2]["changes"].splitlines() == [
            "--- session.topics@2",
            "+++ session.topics@3",
            "@@ -1,11 +1,10 @@",
            "-temperature: 0",
            "+temperature: 0.5",
            " max tokens: 90",
            " system:",
            " You list topics.",
            " user:",
            "+Topics of:",
            " $lines",
            "-",
            "-Topics, please:",
            " contract:",
            " {",
            '   "properties": {',
        ]

    async def test_the_newest_of_each(self, own_api: Api, own_resources: Resources) -> None:
        admin = await make_person(own_resources, role="admin")
        await _save(own_api, admin)
        document = """query ($filter: PromptTemplateFilter) {
            promptTemplates(filter: $filter) { nodes { key version } } }"""

        async def listed(**filter: Any) -> list[tuple[str, int]]:
            answer = await own_api.execute(document, {"filter": filter or None}, as_=admin)
            nodes = answer.ok()["promptTemplates"]["nodes"]
            return [(node["key"], node["version"]) for node in nodes]

        keys = sorted(each.key for each in PROMPTS)
        assert await listed() == [(key, 2 if key == _KEY else 1) for key in keys]
        assert await listed(status="PUBLISHED") == [(key, 1) for key in keys]
        assert await listed(status="DRAFT") == [(_KEY, 2)]
        assert await listed(category="qa") == [("session.answer", 1)]
        assert await listed(key=_KEY) == [(_KEY, 1), (_KEY, 2)]


class TestRules:
    @pytest.mark.parametrize(
        ("more", "field", "message"),
        [
            (
                {"variables": ["lines", "mood"], "user": "$lines $mood"},
                "variables",
                "The program fills in $lines here, and nothing else.",
            ),
            ({"user": "Topics:"}, "user", "it lacks $lines."),
            ({"user": "$lines $mood"}, "user", "nothing fills in $mood."),
            ({"user": "$mood"}, "user", "it lacks $lines and nothing fills in $mood."),
            ({"user": "$lines for 5 $"}, "user", "write $$ for the sign itself."),
            (
                {"key": "my.own", "variables": ["a"], "user": "$b"},
                "user",
                "it lacks $a and nothing fills in $b.",
            ),
        ],
    )
    async def test_variables(
        self,
        api: Api,
        resources: Resources,
        more: dict[str, Any],
        field: str,
        message: str,
    ) -> None:
        admin = await make_person(resources, role="admin")
        refused = await _save(api, admin, **more)
        assert refused.codes == ["PROMPT_VARIABLES"]
        assert refused.errors[0]["field"] == ["input", field]
        assert refused.errors[0]["message"].endswith(message)
        assert await _statuses(resources) == [(1, PromptStatus.PUBLISHED)]

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"contract": "{"}, "The contract has to be a JSON schema of an object."),
            ({"contract": "[]"}, "The contract has to be a JSON schema of an object."),
            (
                {"contract": '{"type": "object", "properties": 3}'},
                "The contract has to be a JSON schema of an object.",
            ),
            (
                {
                    "contract": json.dumps(
                        {
                            "type": "object",
                            "properties": {
                                "topics": {"type": "array", "items": {"pattern": "^a+$"}}
                            },
                        }
                    )
                },
                "The contract can't have a `pattern`.",
            ),
            ({"contract": None}, "The program reads topics here, and nothing else."),
            (
                {"contract": '{"type": "object"}'},
                "The program reads topics here, and nothing else.",
            ),
            (
                {
                    "key": "session.answer",
                    "user": "$notes $question",
                    "variables": ["notes", "question"],
                },
                "The program reads plain text here: leave the contract out.",
            ),
        ],
    )
    async def test_contracts(
        self, api: Api, resources: Resources, more: dict[str, Any], message: str
    ) -> None:
        admin = await make_person(resources, role="admin")
        refused = await _save(api, admin, **more)
        assert refused.codes == ["PROMPT_CONTRACT"]
        assert refused.errors[0]["message"] == message
        assert refused.errors[0]["field"] == ["input", "contract"]
        assert await _statuses(resources) == [(1, PromptStatus.PUBLISHED)]

    async def test_values(self, api: Api, resources: Resources) -> None:
        admin = await make_person(resources, role="admin")
        given = {"key": "No key", "title": "", "temperature": 2.5, "maxTokens": 0}
        refused = await _save(api, admin, **given)
        assert refused.codes == ["INVALID_INPUT"] * 4
        assert [error["field"][1] for error in refused.errors] == sorted(
            given, key=list(given).index
        )

    async def test_a_model_that_there_isnt(self, api: Api, resources: Resources) -> None:
        admin = await make_person(resources, role="admin")
        nothing = "aim_00000000-0000-7000-8000-000000000000"
        refused = await _save(api, admin, modelId=nothing)
        assert (refused.codes, refused.errors[0]["field"]) == (["NOT_FOUND"], ["input", "modelId"])

    async def test_a_version_that_there_isnt(self, api: Api, resources: Resources) -> None:
        admin = await make_person(resources, role="admin")
        gone = await _publish(api, admin, "prt_00000000-0000-7000-8000-000000000000")
        assert gone.codes == ["NOT_FOUND"]


class TestWhoReads:
    @pytest.mark.parametrize(
        ("role", "codes"), [("student", ["FORBIDDEN"]), ("staff", []), ("admin", [])]
    )
    async def test_the_library(
        self, api: Api, resources: Resources, role: str, codes: list[str]
    ) -> None:
        person = await make_person(resources, role=role)
        answer = await api.execute("{ promptTemplates { totalCount } }", as_=person)
        assert answer.codes == codes

    async def test_one_by_its_id(self, api: Api, resources: Resources) -> None:
        staff, ana = await make_person(resources, role="staff"), await make_person(resources)
        nodes = "{ promptTemplates { nodes { id } } }"
        found = (await api.execute(nodes, as_=staff)).ok()["promptTemplates"]["nodes"][0]
        document = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await api.execute(document, found, as_=staff)).ok()["node"] == found
        assert (await api.execute(document, found, as_=ana)).ok()["node"] is None


class TestShipped:
    async def _ship(self, resources: Resources, version: int) -> None:
        [known] = [each for each in PROMPTS if each.key == _KEY]
        values = known.model_dump(exclude={"id", "created_at", "version", "user"})
        shipped = PromptTemplate(**values, version=version, user=f"$lines v{version}")
        async with resources.begin() as uow:
            await add_shipped(uow, shipped)

    async def test_a_newer_one_runs(self, own_resources: Resources) -> None:
        for version in (2, 2, 1):
            await self._ship(own_resources, version)
            assert (await _running(own_resources)).user == "$lines v2"
        assert await _statuses(own_resources) == [
            (1, PromptStatus.RETIRED),
            (2, PromptStatus.PUBLISHED),
        ]

    async def test_what_staff_published_runs_on(
        self, own_api: Api, own_resources: Resources
    ) -> None:
        admin = await make_person(own_resources, role="admin")
        made = (await _save(own_api, admin)).ok()["promptTemplate"]
        await _publish(own_api, admin, made["id"])
        for _ in range(2):
            await self._ship(own_resources, 2)
        assert (await _running(own_resources)).name == "session.topics@2"
        assert await _statuses(own_resources) == [
            (1, PromptStatus.RETIRED),
            (2, PromptStatus.PUBLISHED),
            (3, PromptStatus.DRAFT),
        ]
