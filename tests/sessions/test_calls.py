"""In the call: signals, the screen, hands."""

import asyncio

import pytest

from app.core.resources import Resources
from app.sessions.service import calls
from tests.client import Api, OperationError, Subscription
from tests.factories import make_person, make_session, read_session, waiting_events
from tests.waiting import eventually

_SIGNALS = """
    subscription ($id: ID!) { signalReceived(sessionId: $id) {
      __typename participant { user { username } } ... on SignalArrived { kind payload } } }
"""
_HANDS = "session { raisedHands { user { username } } screenSharer { username } }"


async def _next(live: Subscription) -> tuple[str, str, str | None]:
    event = (await live.next())["signalReceived"]
    return (
        event["__typename"],
        event["participant"]["user"]["username"],
        event.get("payload"),
    )


async def _all_told(resources: Resources) -> bool:
    return not await waiting_events(resources)


@pytest.mark.usefixtures("relay")
class TestSignals:
    async def test_to_one_and_no_longer_than_the_call(self, api: Api, resources: Resources) -> None:
        ana, ben, cleo = [await make_person(resources, name) for name in ("ana", "ben", "cleo")]
        session = await make_session(
            resources, ana, guests=[ben, cleo], joined=[ana, ben], live=True
        )
        # Who follows from now on isn't told of those who came before.
        await eventually(lambda: _all_told(resources))
        given = {"sessionId": session.id}
        async with api.socket(as_=ana) as hers, api.socket(as_=ben) as his:
            first = await hers.subscribe(_SIGNALS, {"id": session.id})
            second = await his.subscribe(_SIGNALS, {"id": session.id})
            await api.listening(f"signals:{session.key}", 2)
            signal = {**given, "toUserId": ben.id, "kind": "OFFER", "payload": "v=0"}
            (await api.mutate("signalSend", signal, as_=ana)).ok()
            (await api.mutate("sessionJoin", given, as_=cleo)).ok()
            # Ana was told nothing of her own signal.
            assert await _next(first) == ("SignalPeerJoined", "cleo", None)
            assert await _next(second) == ("SignalArrived", "ana", "v=0")
            assert await _next(second) == ("SignalPeerJoined", "cleo", None)
            (await api.mutate("sessionLeave", given, as_=ben)).ok()
            with pytest.raises(StopAsyncIteration):
                await second.next()
            assert await _next(first) == ("SignalPeerLeft", "ben", None)
            refused = await api.mutate("signalSend", signal, as_=ana)
            assert refused.codes == ["NOT_FOUND"]
            again = await his.subscribe(_SIGNALS, {"id": session.id})
            with pytest.raises(OperationError, match="NOT_FOUND"):
                await again.next()

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        other = await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ana], live=True)
        signal = {"sessionId": session.id, "kind": "CANDIDATE", "payload": "x"}

        async def codes(person: object, **more: object) -> list[str]:
            return (await api.mutate("signalSend", signal | more, as_=person)).codes  # type: ignore[arg-type]

        assert await codes(ana, toUserId=ben.id) == ["NOT_FOUND"]
        assert await codes(ana, toUserId=ana.id) == ["INVALID_INPUT"]
        assert await codes(ben, toUserId=ana.id) == ["NOT_IN_SESSION"]
        assert await codes(other, toUserId=ana.id) == ["NOT_FOUND"]
        large = "é" * 32_769
        assert await codes(ana, toUserId=ben.id, payload=large) == ["INVALID_INPUT"]


class TestScreen:
    async def test_one_of_two_wins(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben], joined=[ana, ben], live=True)
        given = {"sessionId": session.id, "sharing": True}
        answers = await asyncio.gather(
            *[api.mutate("screenShareSet", given, _HANDS, as_=each) for each in (ana, ben)]
        )
        assert sorted(each.codes for each in answers) == [[], ["SCREEN_ALREADY_SHARED"]]
        winner = ana if not answers[0].codes else ben
        assert (await read_session(resources, session)).screen_sharer_id == winner.key
        loser = ben if winner is ana else ana
        off = {"sessionId": session.id, "sharing": False}
        (await api.mutate("screenShareSet", off, as_=loser)).ok()
        assert (await read_session(resources, session)).screen_sharer_id == winner.key
        (await api.mutate("sessionLeave", {"sessionId": session.id}, as_=winner)).ok()
        assert (await read_session(resources, session)).screen_sharer_id is None

    async def test_is_taken_from_who_is_gone(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, joined=[ana], live=True)
        document = "subscription ($id: ID!) { sessionUpdated(sessionId: $id) { cursor } }"
        place = f"session:{session.key}"
        async with api.socket(as_=ana) as socket:
            await socket.subscribe(document, {"id": session.id})
            await api.listening(place)
            given = {"sessionId": session.id, "sharing": True}
            (await api.mutate("screenShareSet", given, as_=ana)).ok()
            presence = api.resources.presence
            await eventually(lambda: bool(presence._held))
            assert await presence.members(place) == {str(ana.key)}
            assert await calls.release_gone(api.resources, blink=0) == 0
        await eventually(lambda: not presence._held)
        assert await calls.release_gone(api.resources, blink=0) == 1
        assert (await read_session(resources, session)).screen_sharer_id is None


class TestHands:
    async def test_keep_their_order(self, api: Api, resources: Resources) -> None:
        people = [await make_person(resources, name) for name in ("ana", "ben", "cleo")]
        ana, ben, cleo = people
        session = await make_session(resources, ana, guests=[ben, cleo], joined=people, live=True)
        up = {"sessionId": session.id, "raised": True}
        for person in (cleo, ana, cleo, ben):
            shown = (await api.mutate("handRaise", up, _HANDS, as_=person)).ok()["session"]
        names = [each["user"]["username"] for each in shown["raisedHands"]]
        assert names == ["cleo", "ana", "ben"]
        down = {"sessionId": session.id, "raised": False}
        (await api.mutate("handRaise", down, as_=cleo)).ok()
        (await api.mutate("sessionLeave", {"sessionId": session.id}, as_=ana)).ok()
        shown = (await api.mutate("handRaise", up, _HANDS, as_=cleo)).ok()["session"]
        names = [each["user"]["username"] for each in shown["raisedHands"]]
        assert names == ["ben", "cleo"]
        assert (await api.mutate("handRaise", up, as_=ana)).codes == ["NOT_IN_SESSION"]
