"""`userBlock` and `userUnblock`, and what a block keeps from happening."""

import asyncio

from sqlmodel import col, select

from app.accounts.models import AccountStatus, UserBlock
from app.core.ids import to_global
from app.core.resources import Resources
from app.messaging.models import ConversationKind, Message
from app.messaging.service import admit, open_conversation
from app.sessions.models import Participant
from tests.accounts.people import change
from tests.client import Api, Payload
from tests.factories import (
    Person,
    empty_outbox,
    make_person,
    make_session,
    waiting_events,
)

_BLOCK = "block { user { username } createdAt }"


async def _do(api: Api, name: str, who: Person, other: Person, fields: str = "") -> Payload:
    return await api.mutate(name, {"userId": other.id}, fields, as_=who)


async def _pairs(resources: Resources) -> list[tuple[object, object]]:
    async with resources.database.read() as session:
        rows = await session.all(select(UserBlock).order_by(col(UserBlock.id)))
    return [(row.blocker_id, row.blocked_id) for row in rows]


async def _chat(resources: Resources, kind: ConversationKind, *people: Person) -> str:
    async with resources.begin() as uow:
        made = await open_conversation(uow, kind, "")
        for person in people:
            await admit(uow, made.id, person.key)
    await empty_outbox(resources)
    return to_global("cnv", made.id)


async def _bodies(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return [row.body for row in await session.all(select(Message).order_by(col(Message.id)))]


class TestBlock:
    async def test_once_and_again(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        first = (await _do(api, "userBlock", ana, ben, _BLOCK)).ok()
        assert first["block"]["user"] == {"username": "ben"}
        assert (await _do(api, "userBlock", ana, ben, _BLOCK)).ok() == first
        assert await _pairs(resources) == [(ana.key, ben.key)]
        assert await waiting_events(resources) == ["account.user_blocked"]

    async def test_at_once(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        done = await asyncio.gather(*[_do(api, "userBlock", ana, ben) for _ in range(4)])
        assert [each.codes for each in done] == [[]] * 4
        assert await _pairs(resources) == [(ana.key, ben.key)]
        assert await waiting_events(resources) == ["account.user_blocked"]

    async def test_each_other_at_once(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        done = await asyncio.gather(
            _do(api, "userBlock", ana, ben), _do(api, "userBlock", ben, ana)
        )
        assert [each.codes for each in done] == [[], []]
        assert set(await _pairs(resources)) == {(ana.key, ben.key), (ben.key, ana.key)}

    async def test_oneself(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        assert (await _do(api, "userBlock", ana, ana)).codes == ["BLOCKED_ONESELF"]
        assert await _pairs(resources) == []

    async def test_nobody(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        await change(resources, ben, status=AccountStatus.SUSPENDED)
        assert (await _do(api, "userBlock", ana, ben)).codes == ["NOT_FOUND"]
        nobody = {"userId": "usr_00000000-0000-7000-8000-000000000000"}
        assert (await api.mutate("userBlock", nobody, as_=ana)).codes == ["NOT_FOUND"]
        assert await _pairs(resources) == []
        assert await waiting_events(resources) == []

    async def test_unblock(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources, "ben")
        (await _do(api, "userBlock", ana, ben)).ok()
        # Who is blocked can't take it back.
        (await _do(api, "userUnblock", ben, ana)).ok()
        assert await _pairs(resources) == [(ana.key, ben.key)]
        for _ in range(2):
            done = (await _do(api, "userUnblock", ana, ben, "user { username }")).ok()
            assert done["user"] == {"username": "ben"}
        assert await _pairs(resources) == []
        assert await waiting_events(resources) == [
            "account.user_blocked",
            "account.user_unblocked",
        ]

    async def test_unblock_a_suspended_one(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        (await _do(api, "userBlock", ana, ben)).ok()
        await change(resources, ben, status=AccountStatus.SUSPENDED)
        done = (await _do(api, "userUnblock", ana, ben, "user { username }")).ok()
        assert done["user"] is None
        assert await _pairs(resources) == []

    async def test_the_list_is_the_blockers(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        cleo = await make_person(resources, "cleo")
        for other in (ben, cleo):
            (await _do(api, "userBlock", ana, other)).ok()
        document = "{ viewer { blockedUsers { totalCount nodes { id user { username } } } } }"
        found = (await api.execute(document, as_=ana)).ok()["viewer"]["blockedUsers"]
        assert [each["user"]["username"] for each in found["nodes"]] == ["cleo", "ben"]
        nothing = {"totalCount": 0, "nodes": []}
        assert (await api.execute(document, as_=ben)).ok()["viewer"]["blockedUsers"] == nothing
        node, given = "query ($id: ID!) { node(id: $id) { id } }", {"id": found["nodes"][1]["id"]}
        assert (await api.execute(node, given, as_=ana)).ok()["node"] == given
        assert (await api.execute(node, given, as_=ben)).ok()["node"] is None


class TestMessages:
    async def test_neither_writes_to_the_other(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        chat = await _chat(resources, ConversationKind.DIRECT, ana, ben)
        given = {"conversationId": chat, "body": "Hello"}
        (await api.mutate("messageSend", given, as_=ben)).ok()
        (await _do(api, "userBlock", ana, ben)).ok()
        await empty_outbox(resources)
        for person in (ben, ana):
            assert (await api.mutate("messageSend", given, as_=person)).codes == ["NOT_FOUND"]
        assert await _bodies(resources) == ["Hello"]
        assert await waiting_events(resources) == []
        (await _do(api, "userUnblock", ana, ben)).ok()
        (await api.mutate("messageSend", given | {"body": "Again"}, as_=ben)).ok()
        assert await _bodies(resources) == ["Hello", "Again"]

    async def test_to_others_they_write(self, api: Api, resources: Resources) -> None:
        ana, ben, cleo = [await make_person(resources) for _ in range(3)]
        (await _do(api, "userBlock", ana, ben)).ok()
        for kind, people in (
            (ConversationKind.DIRECT, (ben, cleo)),
            (ConversationKind.ROOM, (ana, ben, cleo)),
        ):
            chat = await _chat(resources, kind, *people)
            given = {"conversationId": chat, "body": kind.value}
            (await api.mutate("messageSend", given, as_=ben)).ok()
        assert await _bodies(resources) == ["direct", "room"]


class TestInvitations:
    async def test_neither_invites_the_other(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        cleo = await make_person(resources, "cleo")
        (await _do(api, "userBlock", ana, ben)).ok()
        for host, other in ((ana, ben), (ben, ana)):
            session = await make_session(resources, host)
            for who, field in (
                ({"userIds": [cleo.id, other.id]}, "userIds"),
                ({"usernames": ["cleo", other.user.username]}, "usernames"),
            ):
                given = {"sessionId": session.id, **who}
                done = await api.mutate("sessionInvite", given, as_=host)
                assert [(e["code"], e["field"]) for e in done.errors] == [
                    ("NOT_FOUND", ["input", field])
                ]
            async with resources.database.read() as reading:
                part = select(Participant.user_id).where(Participant.session_id == session.key)
                assert await reading.all(part) == [host.key]
