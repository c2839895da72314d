"""The endpoint over HTTP: ids, bounds, health, GraphQL's own rules, and masked bugs."""

import json
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest

from app.core.resources import Resources
from app.core.settings import Settings
from app.sessions.service import planning
from app.sessions.types import transcript
from tests.client import Answer, Api, Data, mutation_document
from tests.conftest import serve
from tests.core.conftest import Killable
from tests.factories import make_person, make_session
from tests.waiting import eventually

_VIEWER = "{ viewer { email } }"
_OWN = "application/graphql-response+json"


class TestRequestId:
    async def test_made(self, api: Api) -> None:
        ids = {(await api.execute(_VIEWER)).response.headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3

    @pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("x" * 65, False)])
    async def test_given(self, api: Api, given: str, kept: bool) -> None:
        answer = await api.execute(_VIEWER, headers={"X-Request-Id": given})
        assert (answer.response.headers["x-request-id"] == given) is kept


class TestHeaders:
    async def test_safe_ones(self, api: Api) -> None:
        headers = (await api.execute(_VIEWER)).response.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "strict-transport-security" not in headers

    async def test_in_production(self, settings: Settings) -> None:
        given = {"environment": "production", "allowed_origins": ["https://learn.example.org"]}
        async with serve(settings.model_copy(update=given)) as api:
            answer = await api.execute(_VIEWER, headers={"Origin": "https://learn.example.org"})
            other = await api.execute(_VIEWER, headers={"Origin": "https://evil.example.org"})
            # Through the whole application, where a library says the same.
            origin = {"Origin": "https://learn.example.org", "Idempotency-Key": "a key"}
            long = await api.execute(_VIEWER, headers=origin)
        headers = answer.response.headers
        for name in ("vary", "access-control-allow-credentials", "access-control-allow-origin"):
            assert headers[name] == long.response.headers[name]
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert headers["access-control-allow-origin"] == "https://learn.example.org"
        assert "access-control-allow-origin" not in other.response.headers


class TestBodyLimit:
    async def test_too_large(self, api: Api) -> None:
        body = json.dumps({"query": _VIEWER, "variables": {"x": "x" * 1024 * 1024}})
        refused = Answer(await api.http.post("/graphql", content=body))
        assert (refused.status, refused.codes) == (413, ["REQUEST_TOO_LARGE"])
        assert refused.errors[0]["message"] == "A request of this kind has at most 1 MB."

    async def test_too_large_without_saying_so(self, api: Api) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 64 * 1024

        headers = {"content-type": "application/json"}
        refused = Answer(await api.http.post("/graphql", content=chunks(), headers=headers))
        assert (refused.status, refused.codes) == (413, ["REQUEST_TOO_LARGE"])

    async def test_just_fits(self, api: Api) -> None:
        body = json.dumps({"query": _VIEWER, "variables": {"x": "x" * 1000 * 1000}})
        headers = {"content-type": "application/json"}
        answer = Answer(await api.http.post("/graphql", content=body, headers=headers))
        assert answer.ok() == {"viewer": None}


class TestHealth:
    async def test_all_is_well(self, api: Api) -> None:
        assert (await api.http.get("/health")).json() == {"status": "ok"}
        ready = await api.http.get("/ready")
        assert (ready.status_code, ready.json()) == (
            200,
            {"status": "ok", "checks": {"database": "ok", "redis": "ok"}},
        )

    async def test_without_redis(self, frail_settings: Settings, valkey: Killable) -> None:
        async with serve(frail_settings) as api:
            await valkey.kill()
            assert (await api.http.get("/health")).status_code == 200
            ready = await api.http.get("/ready")
            assert (ready.status_code, ready.json()) == (
                503,
                {
                    "status": "unavailable",
                    "checks": {"database": "ok", "redis": "ConnectionError"},
                },
            )
            # Limits are no reason to be down.
            assert (await api.execute(_VIEWER)).ok() == {"viewer": None}
            valkey.restart()

            async def well() -> bool:
                return (await api.http.get("/ready")).status_code == 200

            await eventually(well)


class TestMetrics:
    async def test_on_this_machine(self, api: Api) -> None:
        await api.execute(_VIEWER)
        seen = await api.http.get("/metrics")
        assert seen.headers["content-type"].startswith("text/plain")
        assert 'lyceum_operation_seconds_count{type="query"}' in seen.text
        assert 'lyceum_request_seconds_count{method="POST",route="/graphql"' in seen.text

    async def test_with_a_token(self, settings: Settings) -> None:
        given = Settings(**settings.model_dump() | {"metrics_token": "let me see"})
        async with serve(given) as api:
            codes = [
                (await api.http.get("/metrics", headers=headers)).status_code
                for headers in (
                    {},
                    {"Authorization": "Bearer guess"},
                    {"Authorization": "Bearer let me see"},
                )
            ]
        assert codes == [403, 403, 200]


class TestGraphQLOverHttp:
    async def test_get(self, api: Api) -> None:
        answer = Answer(await api.http.get("/graphql", params={"query": _VIEWER}))
        assert answer.ok() == {"viewer": None}

    @pytest.mark.parametrize("accept", ["*/*", _OWN])
    async def test_no_mutation_by_get(self, api: Api, resources: Resources, accept: str) -> None:
        ana = await make_person(resources)
        response = await api.http.get(
            "/graphql",
            params={"query": "mutation { accountLogout { errors { code } } }"},
            headers={"Authorization": f"Bearer {ana.access_token}", "Accept": accept},
        )
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.json() == {
            "errors": [
                {
                    "message": "A mutation can't be sent this way.",
                    "extensions": {"code": "BAD_REQUEST", "operation": "mutation"},
                }
            ]
        }
        answer = await api.execute("{ viewer { user { id } } }", as_=ana)
        assert answer.ok() == {"viewer": {"user": {"id": ana.id}}}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_no_subscription_without_a_socket(self, api: Api, method: str) -> None:
        given = {"query": 'subscription { sessionUpdated(sessionId: "sts_x") { __typename } }'}
        where = {"params": given} if method == "GET" else {"json": given}
        answer = Answer(await api.http.request(method, "/graphql", **where))
        assert (answer.status, answer.codes) == (200, ["BAD_REQUEST"])
        assert answer.errors[0]["message"] == "A subscription can't be sent this way."

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("query ($x: X) { viewer }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ viewer", "GRAPHQL_PARSE_FAILED"),
        ],
    )
    async def test_what_doesnt_run_is_400(self, api: Api, document: str, code: str) -> None:
        answer = await api.execute(document, headers={"Accept": _OWN})
        assert answer.status == 400
        assert answer.response.headers["content-type"] == f"{_OWN}; charset=utf-8"
        assert "data" not in answer.response.json()
        assert set(answer.codes) == {code}

    async def test_a_character_that_no_text_has(self, api: Api, resources: Resources) -> None:
        """The database can't keep it, in what is written or in what is looked for."""
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "usernames": ["a\u0000"]}
        writes = await api.execute(
            mutation_document("sessionInvite", ""), {"input": given}, as_=ana
        )
        reads = await api.execute(
            "query ($id: ID!, $text: String) { transcript(sessionId: $id)"
            " { segments(search: $text) { nodes { id } } } }",
            {"id": session.id, "text": "a\u0000"},
            as_=ana,
        )
        for answer in (writes, reads):
            assert answer.codes == ["BAD_REQUEST"]
            assert "U+0000" in answer.errors[0]["message"]

    async def test_what_fails_while_it_runs_is_200(self, api: Api) -> None:
        document = "{ viewer { email } consents { version } }"
        answer = await api.execute(document, headers={"Accept": _OWN})
        assert (answer.status, answer.codes) == (200, ["UNAUTHENTICATED"])
        assert answer.response.headers["content-type"] == f"{_OWN}; charset=utf-8"

    async def test_an_older_client(self, api: Api) -> None:
        answer = await api.execute("{ nothing }", headers={"Accept": "application/json"})
        assert (answer.status, answer.codes) == (200, ["GRAPHQL_VALIDATION_FAILED"])
        assert answer.response.headers["content-type"].startswith("application/json")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"1",
            b"{}",
            b"\xff",
            b'{"query": 1}',
            b'{"query": ""}',
            b'{"variables": {}}',
            b'{"query": "{ viewer { email } }", "variables": []}',
            b'{"query": "{ viewer { email } }", "operationName": {}}',
            b'{"query": "{ viewer { email } }", "extensions": 1}',
            b'{"documentId": 1}',
            b"[" * 100_000,
        ],
    )
    async def test_malformed(self, api: Api, body: bytes) -> None:
        headers = {"content-type": "application/json"}
        refused = Answer(await api.http.post("/graphql", content=body, headers=headers))
        assert (refused.status, refused.codes) == (400, ["BAD_REQUEST"])
        assert "data" not in refused.response.json()

    async def test_another_content_type(self, api: Api) -> None:
        headers = {"content-type": "text/plain"}
        response = await api.http.post("/graphql", content=_VIEWER, headers=headers)
        assert response.status_code in (400, 415)


class TestDocumentLimits:
    async def test_depth(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        inner = "replyTo { " * 14 + "id" + " }" * 14
        document = f'{{ node(id: "usr_x") {{ ... on Message {{ {inner} }} }} }}'
        answer = await api.execute(document, as_=ana)
        assert answer.response.json() == _refused(
            "depth", 15, 16, "An operation has at most 15 levels of fields"
        )

    async def test_aliases(self, api: Api) -> None:
        fields = " ".join(f"v{number}: email" for number in range(51))
        answer = await api.execute(f"{{ viewer {{ {fields} }} }}")
        assert answer.response.json() == _refused(
            "aliases", 50, 51, "An operation has at most 50 aliases"
        )

    async def test_tokens(self, api: Api) -> None:
        answer = await api.execute("{ viewer { " + "email " * 3996 + "} }")
        assert answer.response.json() == _refused(
            "tokens", 4000, 4001, "A document has at most 4,000 tokens"
        )


def _refused(bound: str, limit: int, asked: int, message: str) -> Data:
    code = {"code": "QUERY_TOO_COMPLEX", "bound": bound, "limit": limit, "asked": asked}
    return {"errors": [{"message": f"{message}: this one has {asked:,}.", "extensions": code}]}


class TestMasking:
    """A bug's text stays inside."""

    async def test_in_a_mutation(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = await make_person(resources)
        monkeypatch.setattr(planning, "create", _broken)
        document = mutation_document("sessionCreate", "session { id }")
        given = {"input": {"name": "Leaves"}}
        headers = {"X-Request-Id": "req-1"}
        answer = await api.execute(document, given, as_=ana, headers=headers)
        assert answer.status == 200
        assert answer.errors == [_masked(["sessionCreate"], document.index("sessionCreate"))]
        assert "melanzane" not in answer.response.text

    async def test_in_a_field(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = await make_person(resources)
        studying = await make_session(resources, ana)
        monkeypatch.setattr(transcript, "export", _broken)
        document = (
            f'{{ transcript(sessionId: "{studying.id}") {{ written(format: TEXT) }}'
            " viewer { email } }"
        )
        headers = {"X-Request-Id": "req-1"}
        answer = await api.execute(document, as_=ana, headers=headers)
        path = ["transcript", "written"]
        assert answer.errors == [_masked(path, document.index("written"))]
        assert answer.data == {"transcript": None, "viewer": {"email": ana.user.email}}
        assert "melanzane" not in answer.response.text

    async def test_everywhere(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = await make_person(resources)
        monkeypatch.setattr(api.resources.readers, "fetch", _broken)
        headers = {"X-Request-Id": "req-1"}
        answer = await api.execute("{ viewer { email } }", as_=ana, headers=headers)
        assert answer.status == 500
        assert answer.response.json() == {
            "errors": [{"message": _MASKED, "extensions": {"code": "INTERNAL"}}]
        }


_MASKED = "Something went wrong on our side. We know it as request req-1."


def _broken(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("the secret is melanzane")


def _masked(path: list[str], place: int) -> Data:
    return {
        "message": _MASKED,
        "locations": [{"line": 1, "column": place + 1}],
        "path": path,
        "extensions": {"code": "INTERNAL"},
    }
