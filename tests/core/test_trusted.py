"""Documents that whoever runs the server has registered."""

import hashlib
from typing import Any

import pytest
from graphql import get_introspection_query

from app.core.errors import BadRequest
from app.core.graph import trusted
from app.core.graph.documents import Documents, Refused
from app.core.graph.trusted import (
    DocumentNotTrusted,
    PersistedQueryNotFound,
    digest,
    document_id,
)
from app.core.resources import Resources
from tests.core.documents import ME, apq, nested, register


class TestRegistered:
    @pytest.mark.parametrize(
        ("algorithm", "prefix"), [("sha256", "sha256:"), ("sha256", ""), ("sha1", ""), ("md5", "")]
    )
    async def test_by_its_id(
        self,
        documents: Documents,
        strict: Documents,
        resources: Resources,
        algorithm: str,
        prefix: str,
    ) -> None:
        id = hashlib.new(algorithm, ME.encode()).hexdigest()
        await register(resources, ME, bytes.fromhex(id))
        for process in (documents, strict):
            document = await process.of(None, None, prefix + id)
            assert document.text == ME
            assert await process.of(None, None, prefix + id) is document

    async def test_by_its_text_or_its_automatic_hash(
        self, documents: Documents, strict: Documents, resources: Resources
    ) -> None:
        await register(resources, ME, digest(ME))
        assert (await documents.of(None, apq(ME))).text == ME
        document = await strict.of(None, apq(ME))
        assert await strict.of(ME, None) is document
        assert strict.known(ME) is document

    @pytest.mark.parametrize("id", ["0" * 64, "sha256:" + "0" * 64, "0" * 63, "GetMe", "x:y"])
    async def test_unknown(self, documents: Documents, strict: Documents, id: str) -> None:
        with pytest.raises(PersistedQueryNotFound):
            await documents.of(None, None, id)
        with pytest.raises(DocumentNotTrusted):
            await strict.of(None, None, id)

    async def test_an_id_and_another_text(self, documents: Documents) -> None:
        for id in ("0" * 64, "GetMe"):
            with pytest.raises(BadRequest):
                await documents.of(ME, None, id)
        assert (await documents.of(ME, None, f"sha256:{digest(ME).hex()}")).text == ME

    @pytest.mark.parametrize("text", [ME, get_introspection_query(), "{ me", nested(20)])
    async def test_nothing_else_runs(
        self, strict: Documents, resources: Resources, text: str
    ) -> None:
        await resources.redis.set(f"apq:{digest(text).hex()}", text)
        for query, extensions in ((text, None), (None, apq(text)), (text, apq(text))):
            with pytest.raises(DocumentNotTrusted) as caught:
                await strict.of(query, extensions)
        assert caught.value.message == (
            "This server runs registered documents only, and this one isn't."
        )
        assert caught.value.extensions == {"code": "DOCUMENT_NOT_TRUSTED"}

    async def test_what_was_forgotten_stops(self, strict: Documents, resources: Resources) -> None:
        await register(resources, ME, digest(ME), digest(ME, 16))
        document = await strict.of(ME, None)
        document.trusted_until = 0
        assert strict.known(ME) is None
        assert await strict.of(None, None, digest(ME, 16).hex()) is document
        assert strict.known(ME) is document
        async with resources.begin() as uow:
            assert await trusted.forget(uow.session, digest(ME)) == 2
        document.trusted_until = 0
        for query, extensions in ((ME, None), (None, apq(ME))):
            with pytest.raises(DocumentNotTrusted):
                await strict.of(query, extensions)

    async def test_one_that_the_schema_outgrew(
        self, strict: Documents, resources: Resources
    ) -> None:
        await register(resources, "{ you }", digest("{ you }"))
        with pytest.raises(Refused):
            await strict.of("{ you }", None)

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"documentId": "a", "id": "b", "doc_id": "c"}, "a"),
            ({"documentId": "a", "query": ME}, "a"),
            ({"id": "b"}, "b"),
            ({"doc_id": "c", "id": "b"}, "c"),
            ({"id": 1, "query": None}, None),
            ({"id": "b", "query": ME}, None),
            ({"documentId": "", "query": ""}, None),
            ({}, None),
        ],
    )
    def test_where_the_id_stands(self, body: dict[str, Any], expected: str | None) -> None:
        assert document_id(body) == expected

    def test_an_id_that_is_none(self) -> None:
        with pytest.raises(BadRequest, match=r"^documentId must be a string\.$"):
            document_id({"documentId": 1})
