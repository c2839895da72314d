"""Small requests on a connection: answered at once or at length, alike, in order, and bounded."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from sqlmodel import col, select

from app.accounts.models import AuthSession
from app.accounts.service import sessions
from app.core.graph import quick
from app.core.limits import API, POINTS
from app.core.resources import Resources
from app.core.settings import Settings
from tests.client import Api, Data
from tests.conftest import serve
from tests.factories import PASSWORD, Person, make_course, make_person
from tests.waiting import eventually

_COURSE = "query ($id: ID!) { course(id: $id) { id title instructor { username } } }"
_PAGE = "{ courses(first: 3) { nodes { id title } pageInfo { hasNextPage } totalCount } }"
_VIEWER = "{ viewer { email } }"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request was answered at once, in turn."""
    seen: list[bool] = []
    take = quick.take

    def watched(*given: Any) -> bool:
        seen.append(take(*given))
        return seen[-1]

    monkeypatch.setattr(quick, "take", watched)
    # What is leased stays, however slow the machine is.
    monkeypatch.setattr("app.core.limits._LEASE_SECONDS", 3600.0)
    return seen


@pytest.fixture
async def ana(resources: Resources) -> Person:
    return await make_person(resources)


def _request(
    query: str, variables: Data | None = None, *, as_: Person | None = None, more: str = ""
) -> bytes:
    body = json.dumps({"query": query, "variables": variables or {}})
    who = f"Authorization: Bearer {as_.access_token}\r\n" if as_ else ""
    return (
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"{who}{more}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Connection:
    """A connection by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader

    def send(self, *pieces: bytes) -> None:
        self.writer.writelines(pieces)

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """Status, headers and the JSON of the next answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = await self._reader.readexactly(int(headers["content-length"]))
        return int(status.split()[1]), headers, orjson.loads(body)

    async def end(self) -> bytes:
        """What comes until the server closes."""
        return await self._reader.read()


@pytest.fixture
async def connection(api: Api) -> AsyncIterator[Connection]:
    port = int(api.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Connection(reader, writer)
    writer.close()


async def _leased(api: Api, who: Person, query: str, variables: Data | None = None) -> None:
    """Ask so that the process knows the document, and lease tokens for more."""
    await api.execute(query, variables, as_=who)
    limiter = api.resources.limiter
    for limit in (API, POINTS):
        await limiter.take(str(who.key), limit, 500)
        limiter.give_back(str(who.key), limit, 500)


class TestAtOnce:
    @pytest.mark.parametrize(
        "query", [_COURSE, _PAGE, "query ($id: ID!) { a: course(id: $id) { id } b: __typename }"]
    )
    async def test_as_at_length(
        self, api: Api, resources: Resources, ana: Person, taken: list[bool], query: str
    ) -> None:
        ida = await make_person(resources, role="instructor")
        made = [await make_course(resources, ida) for _ in range(4)]
        given = {"id": f"crs_{made[0].key}"} if "$id" in query else {}
        await _leased(api, ana, query, given)
        taken.clear()
        quickly = await api.execute(query, given, as_=ana)
        # What might be a mutation to do once takes the way through the application.
        long = await api.execute(query, given, as_=ana, headers={"Idempotency-Key": "a key"})
        # `__typename` beside other root fields isn't for one statement.
        assert taken == ["__typename" not in query]
        bodies = [each.response.json() for each in (quickly, long)]
        for body in bodies:
            assert body["extensions"]["cost"].pop("left") > 0
        assert bodies[0] == bodies[1]
        kinds = [each.response.headers["content-type"] for each in (quickly, long)]
        assert kinds == ["application/json"] * 2
        for name in ("x-content-type-options", "content-security-policy", "referrer-policy"):
            assert quickly.response.headers[name] == long.response.headers[name]

    async def test_other_variables_need_no_second_time(
        self, api: Api, resources: Resources, ana: Person, taken: list[bool]
    ) -> None:
        courses = [await make_course(resources, None) for _ in range(3)]
        await _leased(api, ana, _COURSE, {"id": f"crs_{courses[0].key}"})
        taken.clear()
        for made in courses:
            answer = await api.execute(_COURSE, {"id": f"crs_{made.key}"}, as_=ana)
            assert answer.ok()["course"]["title"] == made.row.title
        assert taken == [True, True, True]

    @pytest.mark.parametrize(
        ("body", "status", "codes"),
        [
            (b'{"query": "{ viewer { nothing } }"}', 200, ["GRAPHQL_VALIDATION_FAILED"]),
            (b"{", 400, ["BAD_REQUEST"]),
            (b"[1]", 400, ["BAD_REQUEST"]),
            (b'{"query": "mutation { accountLogout { errors { code } } }"}', 200, []),
            (b'{"query": "{ courses(first: 101) { totalCount } }"}', 200, ["BAD_REQUEST"]),
        ],
    )  # fmt: skip
    async def test_what_is_out_of_the_ordinary(
        self,
        api: Api,
        ana: Person,
        taken: list[bool],
        body: bytes,
        status: int,
        codes: Sequence[str],
    ) -> None:
        await _leased(api, ana, _VIEWER)
        taken.clear()
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {ana.access_token}",
        }
        for _ in range(2):
            answer = await api.http.post("/graphql", content=body, headers=headers)
            assert answer.status_code == status
            found = [each["extensions"]["code"] for each in answer.json().get("errors", ())]
            assert found == codes
            if b"accountLogout" in body:
                break
        assert not any(taken)

    @pytest.mark.parametrize("accept", ["application/graphql-response+json", "*/*"])
    async def test_in_the_type_that_is_accepted(
        self, api: Api, ana: Person, taken: list[bool], accept: str
    ) -> None:
        await _leased(api, ana, _PAGE)
        taken.clear()
        kinds = set()
        for _ in range(2):
            answer = await api.execute(_PAGE, as_=ana, headers={"Accept": accept})
            kinds.add(answer.response.headers["content-type"])
        assert kinds == {f"{accept}; charset=utf-8" if "graphql" in accept else "application/json"}
        assert taken == [True, True]

    async def test_nobody_asks_at_length(self, api: Api, taken: list[bool]) -> None:
        for _ in range(2):
            assert (await api.execute(_VIEWER)).ok() == {"viewer": None}
        assert taken == [False, False]


class TestRights:
    async def test_of_a_session_that_ended(
        self, api: Api, resources: Resources, ana: Person, taken: list[bool]
    ) -> None:
        await _leased(api, ana, _VIEWER)
        taken.clear()
        async with resources.begin() as uow:
            await sessions.logout(uow, ana.viewer)
        answer = await api.execute(_VIEWER, as_=ana)
        assert answer.data == {"viewer": None}
        # It was taken, and the statement found out.
        assert taken == [True]

    async def test_a_limit_counts(self, settings: Settings, ana: Person, taken: list[bool]) -> None:
        async with serve(settings.model_copy(update={"limit_scale": 0.2})) as api:
            codes = [(await api.execute(_PAGE, as_=ana)).codes for _ in range(50)]
        # A fifth of the burst of 200, and what comes back meanwhile.
        assert codes.count([]) in range(40, 44)
        assert codes[-1] == ["RATE_LIMITED"]
        assert True in taken


class TestFailing:
    async def test_a_statement(
        self,
        api: Api,
        ana: Person,
        taken: list[bool],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The long way finds that it works, and it is paid for once."""
        await _leased(api, ana, _PAGE)
        taken.clear()
        executor, readers = api.app.state.executor, api.resources.readers
        fetch, failed, paid_back = readers.fetch, [], []

        async def once(sql: str, parameters: Sequence[Any]) -> Any:
            if not failed:
                failed.append(sql)
                raise RuntimeError("not today")
            return await fetch(sql, parameters)

        monkeypatch.setattr(readers, "fetch", once)
        monkeypatch.setattr(executor, "pay_back", lambda *given: paid_back.append(given))
        after = await api.execute(_PAGE, as_=ana)
        assert after.ok()["courses"]["totalCount"] == 0
        requested = after.response.json()["extensions"]["cost"]["requested"]
        assert (len(failed), taken) == (1, [True])
        assert paid_back == [(str(ana.key), requested)]

    async def test_a_bug_before_it_is_asked(
        self, api: Api, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> bool:
            raise RuntimeError("melanzane")

        monkeypatch.setattr(quick, "take", broken)
        assert (await api.execute(_PAGE, as_=ana)).ok()["courses"]["totalCount"] == 0


class TestConnection:
    async def test_answers_in_the_order_of_the_questions(
        self, api: Api, connection: Connection, ana: Person, taken: list[bool]
    ) -> None:
        await _leased(api, ana, _VIEWER)
        taken.clear()
        asked = [
            _request(_VIEWER, as_=ana),
            _request("{ a1: viewer { email } }", as_=ana),
            b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
            _request("{ a2: viewer { email } }", as_=ana),
        ]
        connection.send(*asked)
        answers = [(await connection.answer())[2] for _ in asked]
        keys = [next(iter(each.get("data", each))) for each in answers]
        assert keys == ["viewer", "a1", "status", "a2"]
        # Only the first came to a connection on which nothing was to be answered before it.
        assert taken == [True]

    async def test_in_pieces(self, connection: Connection, ana: Person) -> None:
        request = _request(_PAGE, as_=ana)
        for _ in range(2):
            for start in range(0, len(request), 40):
                connection.send(request[start : start + 40])
                await connection.writer.drain()
            status, headers, body = await connection.answer()
            assert (status, body["data"]["courses"]["totalCount"]) == (200, 0)
        assert "connection" not in headers

    async def test_is_closed_where_that_is_asked(
        self, api: Api, connection: Connection, ana: Person, taken: list[bool]
    ) -> None:
        await _leased(api, ana, _PAGE)
        connection.send(_request(_PAGE, as_=ana, more="Connection: close\r\n"))
        status, headers, _ = await connection.answer()
        assert (status, headers["connection"], taken[-1]) == (200, "close", True)
        assert await connection.end() == b""

    async def test_lost_before_the_answer(
        self,
        api: Api,
        connection: Connection,
        ana: Person,
        taken: list[bool],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await _leased(api, ana, _PAGE)
        taken.clear()
        readers = api.resources.readers
        fetch, gate, begun = readers.fetch, asyncio.Event(), asyncio.Event()

        async def slow(sql: str, parameters: Sequence[Any]) -> Any:
            begun.set()
            await gate.wait()
            return await fetch(sql, parameters)

        monkeypatch.setattr(readers, "fetch", slow)
        connection.send(_request(_PAGE, as_=ana))
        await begun.wait()
        connection.writer.transport.abort()
        other = asyncio.create_task(api.execute(_PAGE, as_=ana))
        await eventually(lambda: taken == [True, True])
        gate.set()
        assert (await other).ok()["courses"]["totalCount"] == 0

    @pytest.mark.parametrize("length", ["99999999999999999999", "-1", "x"])
    async def test_a_length_that_is_none(
        self, connection: Connection, ana: Person, length: str
    ) -> None:
        request = _request(_PAGE, as_=ana)
        head, _, body = request.partition(b"\r\n\r\n")
        head = head.rpartition(b" ")[0] + b" " + length.encode()
        connection.send(head, b"\r\n\r\n", body)
        connection.writer.write_eof()
        assert b" 400 " in await connection.end() or length[0] == "9"


_LOGIN = """mutation ($input: AccountLoginInput!) {
  accountLogin(input: $input) { errors { code } user { id } }
}"""


class TestProxy:
    @pytest.mark.parametrize(
        ("header", "address"),
        [("X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\n", "203.0.113.9"), ("", "127.0.0.1")],
    )
    async def test_says_for_whom_it_asks(
        self,
        connection: Connection,
        resources: Resources,
        ana: Person,
        header: str,
        address: str,
    ) -> None:
        given = {"input": {"login": ana.user.username, "password": PASSWORD}}
        connection.send(_request(_LOGIN, given, more=header))
        _, _, body = await connection.answer()
        assert body["data"]["accountLogin"]["errors"] == []
        newest = (
            select(AuthSession.address)
            .where(AuthSession.user_id == ana.key)
            .order_by(col(AuthSession.id).desc())
        )
        async with resources.database.read() as session:
            assert await session.first(newest) == address
