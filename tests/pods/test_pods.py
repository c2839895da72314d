"""Pods are made, changed, found, archived and deleted."""

import pytest
from sqlmodel import col, select

from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.messaging.models import Conversation, Message, MessageClientKey
from app.pods.models import PodRole
from app.pods.service import pods as service
from tests.client import Api, OperationError
from tests.factories import Person, empty_outbox, waiting_events
from tests.pods.communities import UPDATED, Community

_ALL = """
    name description subject { name } category difficulty coverImageUrl icon public maxMembers
    memberCount creator { username } tags rules weekdays startsAt endsAt timeZone language status
    conversation { kind title } viewerMembership { role status }
"""


class TestCreate:
    async def test_everything_that_is_said(
        self, community: Community, resources: Resources, ana: Person
    ) -> None:
        given = {
            "description": "We read leaves.",
            "category": "HOBBY",
            "difficulty": "ADVANCED",
            "coverImageUrl": "https://example.org/leaf.png",
            "icon": "🍃",
            "public": False,
            "maxMembers": 5,
            "tags": ["leaves", "trees", "leaves"],
            "rules": "Be kind.",
            "weekdays": ["FRIDAY", "MONDAY"],
            "startsAt": "18:00",
            "endsAt": "19:30",
            "timeZone": "Europe/Berlin",
            "language": "de",
        }
        id = await community.make(ana, **given)
        assert await community.read(id, ana, _ALL) == {
            **given,
            "name": "Leaf lovers",
            "tags": ["leaves", "trees"],
            "weekdays": ["MONDAY", "FRIDAY"],
            "subject": {"name": "Biology"},
            "memberCount": 1,
            "creator": {"username": "ana"},
            "status": "ACTIVE",
            "conversation": {"kind": "POD", "title": "Leaf lovers"},
            "viewerMembership": {"role": "OWNER", "status": "ACTIVE"},
        }
        assert sorted(await waiting_events(resources)) == [
            "conversation.member_joined",
            "pod.created",
            "pod.member_joined",
        ]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"name": " "}, "name"),
            ({"maxMembers": 1}, "maxMembers"),
            ({"maxMembers": 1001}, "maxMembers"),
            ({"coverImageUrl": "http://example.org/leaf.png"}, "coverImageUrl"),
            ({"coverImageUrl": "javascript:alert(1)"}, "coverImageUrl"),
            ({"coverImageUrl": "https://lyceum.example@evil.example/"}, "coverImageUrl"),
            ({"coverImageUrl": "https://example.org/" + "x" * 1981}, "coverImageUrl"),
            ({"startsAt": "18:00"}, "endsAt"),
            ({"startsAt": "18:00", "endsAt": "17:00"}, "endsAt"),
            ({"timeZone": "Mars/Olympus"}, "timeZone"),
            ({"language": "klingon!"}, "language"),
            ({"public": None}, "public"),
            ({"subjectId": to_global("sub", new_id())}, "subjectId"),
        ],
    )
    async def test_what_can_t_be(
        self,
        community: Community,
        resources: Resources,
        ana: Person,
        more: dict[str, object],
        field: str,
    ) -> None:
        given = {"name": "Leaf lovers", "subjectId": community.subject, **more}
        refused = await community.do("podCreate", given, "pod { id }", as_=ana)
        assert [error["field"] for error in refused.errors] == [["input", field]]
        assert refused.data["pod"] is None
        assert await community.found(ana) == []
        async with resources.database.read() as session:
            assert await session.all(select(Conversation)) == []


class TestUpdate:
    async def test_the_chat_is_called_the_same(self, community: Community, ana: Person) -> None:
        id = await community.make(ana)
        given = {"id": id, "name": "Trees", "maxMembers": 2}
        fields = "pod { name maxMembers conversation { title } }"
        changed = (await community.do("podUpdate", given, fields, as_=ana)).ok()["pod"]
        assert changed == {"name": "Trees", "maxMembers": 2, "conversation": {"title": "Trees"}}

    async def test_never_fewer_places_than_members(self, community: Community, ana: Person) -> None:
        id = await community.make(ana)
        for name in ("bo", "cy"):
            await community.member(id, name)
        given = {"id": id, "maxMembers": 2, "name": "Trees"}
        refused = await community.do("podUpdate", given, as_=ana)
        assert refused.codes == ["INVALID_INPUT"]
        row = await community.row(id)
        assert row is not None
        assert (row.max_members, row.name) == (50, "Leaf lovers")

    @pytest.mark.parametrize("mutation", ["podUpdate", "podArchive", "podDelete"])
    @pytest.mark.parametrize(
        ("role", "codes"),
        [
            (PodRole.ADMIN, []),
            (PodRole.MODERATOR, ["POD_ROLE_TOO_LOW"]),
            (PodRole.MEMBER, ["POD_ROLE_TOO_LOW"]),
        ],
    )
    async def test_owners_and_admins(
        self, community: Community, ana: Person, mutation: str, role: PodRole, codes: list[str]
    ) -> None:
        id = await community.make(ana)
        bo = await community.member(id, "bo", role)
        assert (await community.do(mutation, {"id": id}, as_=bo)).codes == codes
        row = await community.row(id)
        assert (row is None) is (mutation == "podDelete" and not codes)
        if codes:
            assert row is not None
            assert row.archived_at is None

    async def test_strangers(self, community: Community, ana: Person, eve: Person) -> None:
        private = await community.make(ana, public=False)
        public = await community.make(ana)
        nothing = to_global("pod", new_id())
        for mutation in ("podUpdate", "podArchive", "podDelete"):
            hidden = await community.do(mutation, {"id": private}, as_=eve)
            assert hidden.errors == (await community.do(mutation, {"id": nothing}, as_=eve)).errors
            assert hidden.codes == ["NOT_FOUND"]
            shown = await community.do(mutation, {"id": public}, as_=eve)
            assert shown.codes == ["POD_ROLE_TOO_LOW"]
        assert await community.row(private) is not None


class TestFind:
    async def test_by_what_is_said_of_them(
        self, community: Community, ana: Person, ben: Person
    ) -> None:
        hobby = {"category": "HOBBY", "difficulty": "BEGINNER"}
        await community.make(ana, name="Moss", description="green and soft", **hobby)
        await community.make(ana, name="Ferns", description="green and old", public=False)
        archived = await community.make(ben, name="Algae")
        (await community.do("podArchive", {"id": archived}, as_=ben)).ok()
        assert await community.found(ana) == ["Algae", "Ferns", "Moss"]
        assert await community.found(ben) == ["Algae", "Moss"]
        assert await community.found(ana, search="green -old") == ["Moss"]
        assert await community.found(ben, search="green") == ["Moss"]
        assert await community.found(ben, search="ferns") == []
        assert await community.found(ana, category="HOBBY") == ["Moss"]
        assert await community.found(ana, difficulty="ADVANCED") == []
        assert await community.found(ana, public=False) == ["Ferns"]
        assert await community.found(ana, mine=True) == ["Ferns", "Moss"]
        assert await community.found(ben, mine=True) == ["Algae"]
        assert await community.found(ana, status="ACTIVE") == ["Ferns", "Moss"]
        assert await community.found(ana, subjectId=community.subject, mine=True) == [
            "Ferns",
            "Moss",
        ]
        assert await community.found(ana, subjectId=to_global("sub", new_id())) == []

    async def test_pages_and_count(self, community: Community, ana: Person, ben: Person) -> None:
        for name in ("a", "b", "c"):
            await community.make(ana, name=name)
        await community.make(ana, name="hidden", public=False)
        document = """query ($after: String) { pods(first: 2, after: $after) {
            totalCount nodes { name } pageInfo { endCursor hasNextPage } } }"""
        first = (await community.api.execute(document, as_=ben)).ok()["pods"]
        assert [first["totalCount"], first["nodes"]] == [3, [{"name": "c"}, {"name": "b"}]]
        after = {"after": first["pageInfo"]["endCursor"]}
        await community.make(ana, name="d")
        rest = (await community.api.execute(document, after, as_=ben)).ok()["pods"]
        assert rest["nodes"] == [{"name": "a"}]
        assert rest["pageInfo"]["hasNextPage"] is False


class TestArchive:
    async def test_is_only_read(
        self, community: Community, resources: Resources, ana: Person, ben: Person, eve: Person
    ) -> None:
        id = await community.make(ana)
        await community.put(id, ben)
        pod = await community.row(id)
        assert pod is not None
        code = await community.do("podInvite", {"podId": id, "codeUses": 3}, "code", as_=ana)
        chat = {"conversationId": to_global("cnv", pod.conversation_id)}
        (await community.do("messageSend", {**chat, "body": "before"}, as_=ben)).ok()
        fields = "pod { status archivedAt }"
        (await community.do("podArchive", {"id": id}, fields, as_=ana)).ok()
        await empty_outbox(resources)
        standing = await community.standing(id)
        person = {"podId": id, "userId": ben.id}
        tried = [
            ("podUpdate", {"id": id, "name": "x"}, ana, "POD_ARCHIVED"),
            ("podArchive", {"id": id}, ana, "POD_ARCHIVED"),
            ("podInvite", {"podId": id, "userId": eve.id}, ana, "POD_ARCHIVED"),
            ("podMemberBan", person, ana, "POD_ARCHIVED"),
            ("podMemberRemove", person, ana, "POD_ARCHIVED"),
            ("podMemberRoleSet", {**person, "role": "ADMIN"}, ana, "POD_ARCHIVED"),
            ("podMemberApprove", person, ana, "POD_ARCHIVED"),
            ("podJoin", {"id": id}, eve, "POD_ARCHIVED"),
            ("podInvitationAccept", {"code": code.ok()["code"]}, eve, "NOT_FOUND"),
            ("messageSend", {**chat, "body": "after"}, ben, "NOT_FOUND"),
        ]
        for mutation, given, person_, expected in tried:
            refused = await community.do(mutation, given, as_=person_)
            assert (mutation, refused.codes) == (mutation, [expected])
        assert await community.standing(id) == standing
        assert await waiting_events(resources) == []
        read = "query ($id: ID!) { messages(conversationId: $id) { nodes { body } } }"
        answer = await community.api.execute(read, {"id": chat["conversationId"]}, as_=ben)
        assert answer.ok()["messages"]["nodes"] == [{"body": "before"}]
        (await community.do("podLeave", {"id": id}, as_=ben)).ok()
        assert ben.key not in await community.standing(id)


class TestDelete:
    @pytest.mark.usefixtures("relay")
    async def test_the_chat_ends_at_once(
        self, community: Community, api: Api, ana: Person, ben: Person
    ) -> None:
        id = await community.make(ana)
        await community.put(id, ben)
        pod = await community.row(id)
        assert pod is not None
        conversation = to_global("cnv", pod.conversation_id)
        async with api.socket(as_=ben) as socket:
            live = await socket.subscribe(UPDATED, {"id": conversation})
            await api.listening(f"conversation:{pod.conversation_id}")
            deleted = await community.do("podDelete", {"id": id}, "deletedId", as_=ana)
            assert deleted.ok()["deletedId"] == id
            assert all([each["conversationUpdated"] async for each in live])
            again = await socket.subscribe(UPDATED, {"id": conversation})
            with pytest.raises(OperationError) as refused:
                await again.next()
        assert refused.value.code == "NOT_FOUND"
        assert await community.read(id, ana) is None

    async def test_what_was_said_is_erased(
        self, community: Community, resources: Resources, ana: Person
    ) -> None:
        kept, id = await community.make(ana), await community.make(ana)
        for each in (kept, id):
            pod = await community.row(each)
            assert pod is not None
            chat = {"conversationId": to_global("cnv", pod.conversation_id), "body": "hello"}
            for number in range(3):
                (
                    await community.do(
                        "messageSend", {**chat, "clientId": f"{each[-8:]}{number}"}, as_=ana
                    )
                ).ok()
        (await community.do("podDelete", {"id": id}, as_=ana)).ok()
        for _ in range(2):
            await service.erase_chat(resources, pod.conversation_id)
        async with resources.database.read() as session:
            left = await session.all(select(Message.conversation_id))
            chats = await session.all(select(Conversation.id))
            keys = await session.all(select(col(MessageClientKey.client_id)))
        other = await community.row(kept)
        assert other is not None
        assert left == [other.conversation_id] * 3
        assert chats == [other.conversation_id]
        assert len(keys) == 3

    async def test_twice(self, community: Community, resources: Resources, ana: Person) -> None:
        id = await community.make(ana)
        (await community.do("podDelete", {"id": id}, as_=ana)).ok()
        await empty_outbox(resources)
        assert (await community.do("podDelete", {"id": id}, as_=ana)).codes == ["NOT_FOUND"]
        assert await waiting_events(resources) == []
