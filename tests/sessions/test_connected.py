"""Who follows a session now, and who is told of it."""

from typing import Any

import pytest

from app.core.resources import Resources
from tests.client import Api, Data, Subscription
from tests.factories import Studying, make_person, make_session
from tests.waiting import eventually

_UPDATED = """
    subscription ($id: ID!) { sessionUpdated(sessionId: $id) {
        __typename cursor session { name }
        ... on SessionPresenceChanged { connected participant { user { username } } } } }
"""
_CONNECTED = """
    query ($id: ID!) {
      studySession(id: $id) { participants { connected user { username } } } }
"""

pytestmark = pytest.mark.usefixtures("relay")


async def _connected(api: Api, session: Studying, as_: Any) -> set[str]:
    found = (await api.execute(_CONNECTED, {"id": session.id}, as_=as_)).ok()
    parts = found["studySession"]["participants"]
    return {part["user"]["username"] for part in parts if part["connected"]}


class TestConnected:
    async def test_comes_and_goes_with_the_last_device(
        self, api: Api, resources: Resources
    ) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben])
        assert await _connected(api, session, ana) == set()
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.id})
            await eventually(lambda: _is(api, session, ana, {"ana"}))
            async with api.socket(as_=ben) as first, api.socket(as_=ben) as second:
                await first.subscribe(_UPDATED, {"id": session.id})
                await eventually(lambda: _is(api, session, ana, {"ana", "ben"}))
                await second.subscribe(_UPDATED, {"id": session.id})
            await eventually(lambda: _is(api, session, ana, {"ana"}))
            told = [(await live.next())["sessionUpdated"] for _ in range(3)]
        assert [(each["participant"]["user"]["username"], each["connected"]) for each in told] == [
            ("ana", True),
            ("ben", True),
            ("ben", False),
        ]
        assert {each["cursor"] for each in told} == {None}
        await eventually(lambda: _is(api, session, ana, set()))

    async def test_who_is_refused_is_not_there(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources, "ana"), await make_person(resources, "eve")
        session = await make_session(resources, ana)
        async with api.socket(as_=eve) as socket:
            refused = await socket.subscribe(_UPDATED, {"id": session.id})
            with pytest.raises(Exception, match="NOT_FOUND"):
                await refused.next()
            assert await _connected(api, session, ana) == set()


async def _of(live: Subscription, name: str) -> Data:
    """The next event about somebody."""
    while True:
        event: Data = (await live.next())["sessionUpdated"]
        if event["participant"]["user"] == {"username": name}:
            return event


async def _is(api: Api, session: Studying, as_: Any, names: set[str]) -> bool:
    return await _connected(api, session, as_) == names
