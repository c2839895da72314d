"""Documents by their hash, as clients ask the real server for them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.graph.trusted import digest
from app.core.resources import Resources
from app.core.settings import Settings
from tests.client import Answer, Api, OperationError
from tests.conftest import serve
from tests.core.documents import apq, register
from tests.factories import Person, make_person

_TEXT = "query Me { viewer { email } }"
_OWN = "application/graphql-response+json"
_NOT_FOUND = {
    "errors": [
        {
            "message": "PersistedQueryNotFound",
            "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
        }
    ]
}
_NOT_TRUSTED = {
    "errors": [
        {
            "message": "This server runs registered documents only, and this one isn't.",
            "extensions": {"code": "DOCUMENT_NOT_TRUSTED"},
        }
    ]
}


async def _post(api: Api, body: dict[str, Any], as_: Person | None = None, **more: str) -> Answer:
    headers = {"Authorization": f"Bearer {as_.access_token}"} if as_ else {}
    return Answer(await api.http.post("/graphql", json=body, headers=headers | more))


async def _get(api: Api, text: str, **more: str) -> Answer:
    """As Apollo asks for what a cache may answer."""
    params = {"operationName": "Me", "variables": "{}", "extensions": json.dumps(apq(text)), **more}
    return Answer(await api.http.get("/graphql", params=params))


class TestAutomatic:
    async def test_as_apollo_sends_them(
        self, api: Api, resources: Resources, settings: Settings
    ) -> None:
        ana = await make_person(resources)
        hashed = {"operationName": "Me", "variables": {}, "extensions": apq(_TEXT)}
        expected = {"viewer": {"email": ana.user.email}}
        unknown = await _post(api, hashed, ana)
        assert (unknown.status, unknown.response.json()) == (200, _NOT_FOUND)
        assert (await _post(api, {**hashed, "query": _TEXT}, ana)).ok() == expected
        assert (await _post(api, hashed, ana)).ok() == expected
        # Its rights are still those of whoever asks.
        assert (await _post(api, hashed)).ok() == {"viewer": None}
        async with serve(settings) as another:
            assert (await _post(another, hashed, ana)).ok() == expected

    async def test_by_get(self, api: Api) -> None:
        unknown = await _get(api, _TEXT)
        assert (unknown.status, unknown.response.json()) == (200, _NOT_FOUND)
        assert (await _get(api, _TEXT, query=_TEXT)).ok() == {"viewer": None}
        assert (await _get(api, _TEXT)).ok() == {"viewer": None}

    async def test_no_mutation_by_get(self, api: Api) -> None:
        text = "mutation Me { accountLogout { errors { code } } }"
        refused = await _get(api, text, query=text)
        assert (refused.status, refused.codes) == (405, ["BAD_REQUEST"])
        assert (await _get(api, text)).status == 405

    async def test_in_graphqls_own_media_type(self, api: Api) -> None:
        unknown = await _post(api, {"extensions": apq(_TEXT)}, Accept=_OWN)
        assert (unknown.status, unknown.response.json()) == (400, _NOT_FOUND)

    async def test_another_text_is_not_kept(self, api: Api) -> None:
        other = "query Me { viewer { user { id } } }"
        refused = await _post(api, {"query": other, "extensions": apq(_TEXT)})
        assert refused.codes == ["BAD_REQUEST"]
        assert (await _post(api, {"extensions": apq(_TEXT)})).response.json() == _NOT_FOUND

    async def test_what_is_refused_is_not_kept(self, api: Api) -> None:
        text = "{ nothing }"
        for _ in range(2):
            refused = await _post(api, {"query": text, "extensions": apq(text)})
            assert refused.codes == ["GRAPHQL_VALIDATION_FAILED"]
            assert (await _post(api, {"extensions": apq(text)})).response.json() == _NOT_FOUND


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[Api]:
    """A server that runs registered documents only."""
    async with serve(settings.model_copy(update={"trusted_documents_only": True})) as api:
        yield api


def _ways(text: str) -> list[dict[str, Any]]:
    """All the ways in which clients ask for a document that was registered under two hashes."""
    sha256 = digest(text).hex()
    return [
        {"query": text},
        {"extensions": apq(text)},
        {"query": text, "extensions": apq(text)},
        {"documentId": f"sha256:{sha256}"},
        {"documentId": sha256},
        {"id": sha256},
        {"doc_id": digest(text, 16).hex()},
    ]


class TestRegisteredOnly:
    async def test_others_are_refused(self, strict: Api, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        # Another server of the same installation may have been taught the document.
        assert (await _post(api, {"query": _TEXT, "extensions": apq(_TEXT)}, ana)).ok()
        for body in (*_ways(_TEXT), {"query": "{ __schema { types { name } } }"}, {"query": "{"}):
            refused = await _post(strict, body, ana)
            assert (refused.status, refused.response.json()) == (200, _NOT_TRUSTED), body
        assert (await _get(strict, _TEXT)).response.json() == _NOT_TRUSTED

    async def test_registered_ones_run(self, strict: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await register(resources, _TEXT, digest(_TEXT), digest(_TEXT, 16))
        for body in _ways(_TEXT):
            answer = await _post(strict, body, ana)
            assert answer.ok() == {"viewer": {"email": ana.user.email}}, body
        assert (await _get(strict, _TEXT)).ok() == {"viewer": None}

    async def test_with_variables(self, strict: Api, resources: Resources) -> None:
        text = "query ($first: Int) { courses(first: $first) { totalCount } }"
        await register(resources, text, digest(text))
        id = digest(text).hex()
        answer = await _post(strict, {"documentId": id, "variables": {"first": 3}})
        assert answer.ok() == {"courses": {"totalCount": 0}}
        refused = await _post(strict, {"documentId": id, "variables": {"first": 101}})
        assert refused.codes == ["BAD_REQUEST"]

    async def test_on_a_socket(self, strict: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await register(resources, _TEXT, digest(_TEXT))
        async with strict.socket(as_=ana) as socket:
            refused = await socket.subscribe("{ viewer { id } }")
            with pytest.raises(OperationError) as told:
                await refused.next()
            assert told.value.code == "DOCUMENT_NOT_TRUSTED"
            answered = await socket.subscribe(_TEXT)
            assert await answered.next() == {"viewer": {"email": ana.user.email}}
