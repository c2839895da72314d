"""The endpoint over graphql-transport-ws: every way to do it wrong has its code."""

from typing import Any

import pytest
from sqlalchemy import update

from app.accounts.models import AuthSession
from app.core.clock import now
from app.core.resources import Resources
from tests.client import Api, OperationError
from tests.factories import Person, make_person, make_session, writing

_FOLLOW = "subscription ($id: ID!) { sessionUpdated(sessionId: $id) { session { status } } }"
_QUERY = "{ consents { version granted } }"


def _init(person: Person) -> dict[str, Any]:
    given = {"Authorization": f"Bearer {person.access_token}"}
    return {"type": "connection_init", "payload": given}


def _subscribe(id: str = "1", query: str = _QUERY) -> dict[str, Any]:
    return {"type": "subscribe", "id": id, "payload": {"query": query}}


class TestClosing:
    async def test_subscribed_before(self, api: Api) -> None:
        async with api.open() as socket:
            await socket.send(_subscribe())
            assert await socket.closed() == 4401

    @pytest.mark.parametrize(
        "payload", [{}, {"authorization": "Bearer x"}, {"authorization": 1}, {"token": "x"}]
    )
    async def test_bad_token(self, api: Api, payload: dict[str, Any]) -> None:
        async with api.open() as socket:
            await socket.send({"type": "connection_init", "payload": payload})
            assert await socket.closed() == 4403

    @pytest.mark.parametrize(
        "message",
        ["hello", {"type": "nothing"}, {"id": "1"}, {"type": "subscribe", "id": "1"}],
    )
    async def test_garbage(self, api: Api, resources: Resources, message: Any) -> None:
        ana = await make_person(resources)
        async with api.open() as socket:
            await socket.send(_init(ana))
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.send(message)
            assert await socket.closed() == 4400

    async def test_initialised_twice(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        async with api.open() as socket:
            await socket.send(_init(ana))
            await socket.send(_init(ana))
            assert await socket.closed() == 4429

    async def test_the_same_id_twice(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        message = _subscribe(query=_FOLLOW)
        message["payload"]["variables"] = {"id": session.id}
        async with api.open() as socket:
            await socket.send(_init(ana))
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.send(message)
            await socket.send(message)
            assert await socket.closed() == 4409

    async def test_signed_out_before(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        async with writing(resources) as session:
            await session.execute(update(AuthSession).values(ended_at=now()))
        async with api.open() as socket:
            await socket.send(_init(ana))
            assert await socket.closed() == 4403


class TestOperations:
    async def test_ping(self, api: Api) -> None:
        async with api.open() as socket:
            await socket.send({"type": "ping"})
            assert (await socket.receive())["type"] == "pong"

    async def test_each_reads_anew(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        async with api.socket(as_=ana) as socket:
            before = await (await socket.subscribe(_QUERY)).next()
            await api.mutate("consentSet", {"purpose": "RECORDING", "granted": True}, as_=ana)
            after = await (await socket.subscribe(_QUERY)).next()
        assert before == {"consents": []}
        assert after == {"consents": [{"version": 1, "granted": True}]}

    async def test_an_invalid_one_leaves_the_socket_open(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        async with api.socket(as_=ana) as socket:
            for document, code in (
                ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
                ("{ viewer", "GRAPHQL_PARSE_FAILED"),
            ):
                with pytest.raises(OperationError) as refused:
                    await (await socket.subscribe(document)).next()
                assert refused.value.code == code
            assert await (await socket.subscribe(_QUERY)).next() == {"consents": []}

    async def test_stopping_lets_go_of_the_stream(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        stream = f"session:{session.key}"
        async with api.socket(as_=ana) as socket:
            first = await socket.subscribe(_FOLLOW, {"id": session.id})
            second = await socket.subscribe(_FOLLOW, {"id": session.id})
            await api.listening(stream, 2)
            await first.stop()
            await api.listening(stream, 1)
            await second.stop()
            assert await (await socket.subscribe(_QUERY)).next() == {"consents": []}

    @pytest.mark.usefixtures("relay")
    async def test_a_closed_socket_costs_others_nothing(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        stream = f"session:{session.key}"
        async with api.socket(as_=ana) as stays:
            kept = await stays.subscribe(_FOLLOW, {"id": session.id})
            async with api.socket(as_=ana) as leaves:
                await leaves.subscribe(_FOLLOW, {"id": session.id})
                await api.listening(stream, 2)
            await api.listening(stream, 1)
            await api.mutate("sessionStart", {"sessionId": session.id}, as_=ana)
            # Before that, perhaps, who came and who went.
            while await kept.next() != {"sessionUpdated": {"session": {"status": "LIVE"}}}:
                pass
