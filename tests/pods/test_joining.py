"""People come into pods, and leave them; private ones exist for nobody else."""

import asyncio

import pytest

from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.messaging.events import conversation_stream
from app.pods.errors import LastPodOwner
from app.pods.models import PodMemberStatus, PodRole
from app.pods.service import joining
from app.pods.service import members as running
from tests.client import Api, OperationError
from tests.factories import Person, empty_outbox, make_person, waiting_events
from tests.pods.communities import UPDATED, Community

_JOINED = "outcome pod { id memberCount conversation { id } } membership { role status }"


class TestJoin:
    async def test_a_public_one_at_once(
        self, community: Community, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await community.make(ana)
        await empty_outbox(resources)
        pod = await community.row(id)
        assert pod is not None
        joined = (await community.do("podJoin", {"id": id}, _JOINED, as_=ben)).ok()
        assert joined == {
            "outcome": "JOINED",
            "pod": {
                "id": id,
                "memberCount": 2,
                "conversation": {"id": to_global("cnv", pod.conversation_id)},
            },
            "membership": {"role": "MEMBER", "status": "ACTIVE"},
            "errors": [],
        }
        assert sorted(await waiting_events(resources)) == [
            "conversation.member_joined",
            "pod.member_joined",
        ]
        await empty_outbox(resources)
        again = (await community.do("podJoin", {"id": id}, _JOINED, as_=ben)).ok()
        assert again == joined
        assert await waiting_events(resources) == []

    async def test_a_private_one_tells_nothing(
        self, community: Community, ana: Person, ben: Person, eve: Person
    ) -> None:
        private = await community.make(ana, public=False)
        forbidden = await community.make(ana, public=False)
        await community.put(forbidden, ben, status=PodMemberStatus.BANNED)
        archived = await community.make(ana, public=False)
        (await community.do("podArchive", {"id": archived}, as_=ana)).ok()
        nothing = to_global("pod", new_id())
        answers = [
            (await community.do("podJoin", {"id": id}, _JOINED, as_=ben)).data
            for id in (private, private, forbidden, archived, nothing)
        ]
        assert (
            answers == [{"outcome": "REQUESTED", "pod": None, "membership": None, "errors": []}] * 5
        )
        assert (await community.standing(private))[ben.key] == ("member", "pending")
        assert (await community.standing(forbidden))[ben.key] == ("member", "banned")
        assert ben.key not in await community.standing(archived)
        assert await community.read(private, ben) is None
        assert await community.found(ben) == []
        assert ben.key not in await community.chat(private)
        # Taking it back says as little.
        left = [
            (await community.do("podLeave", {"id": id}, "pod { id }", as_=ben)).data
            for id in (private, forbidden, nothing)
        ]
        assert left == [{"pod": None, "errors": []}] * 3
        assert ben.key not in await community.standing(private)
        assert (await community.standing(forbidden))[ben.key] == ("member", "banned")
        assert await community.read(private, eve) is None

    async def test_who_is_banned(self, community: Community, ana: Person, ben: Person) -> None:
        id = await community.make(ana)
        await community.put(id, ben, status=PodMemberStatus.BANNED)
        assert (await community.do("podJoin", {"id": id}, as_=ben)).codes == ["POD_BANNED"]
        # Leaving isn't a way out of it.
        (await community.do("podLeave", {"id": id}, as_=ben)).ok()
        assert (await community.standing(id))[ben.key] == ("member", "banned")
        assert (await community.do("podJoin", {"id": id}, as_=ben)).codes == ["POD_BANNED"]

    async def test_never_more_than_places(
        self, community: Community, resources: Resources, ana: Person
    ) -> None:
        id = await community.make(ana, maxMembers=10)
        people = [await make_person(resources) for _ in range(50)]
        done = await asyncio.gather(
            *(community.do("podJoin", {"id": id}, as_=person) for person in people)
        )
        codes = [each.codes for each in done]
        assert codes.count([]) == 9
        assert codes.count(["POD_FULL"]) == 41
        assert len(await community.standing(id)) == 10
        assert len(await community.chat(id)) == 10

    async def test_two_clicks_at_once(
        self, community: Community, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await community.make(ana)
        await empty_outbox(resources)
        done = await asyncio.gather(
            *(community.do("podJoin", {"id": id}, "outcome", as_=ben) for _ in range(10))
        )
        assert [each.ok()["outcome"] for each in done] == ["JOINED"] * 10
        assert (await waiting_events(resources)).count("pod.member_joined") == 1


class TestLeave:
    @pytest.mark.usefixtures("relay")
    @pytest.mark.parametrize("how", ["podLeave", "podMemberRemove", "podMemberBan"])
    async def test_the_chat_ends_at_once(
        self, community: Community, api: Api, ana: Person, ben: Person, how: str
    ) -> None:
        id = await community.make(ana)
        (await community.do("podJoin", {"id": id}, as_=ben)).ok()
        pod = await community.row(id)
        assert pod is not None
        chat = {"conversationId": to_global("cnv", pod.conversation_id)}
        async with api.socket(as_=ana) as hers, api.socket(as_=ben) as his:
            kept = await hers.subscribe(UPDATED, {"id": chat["conversationId"]})
            lost = await his.subscribe(UPDATED, {"id": chat["conversationId"]})
            await api.listening(conversation_stream(pod.conversation_id), 2)
            itself = how == "podLeave"
            given = {"id": id} if itself else {"podId": id, "userId": ben.id}
            (await community.do(how, given, as_=ben if itself else ana)).ok()
            (await community.do("messageSend", {**chat, "body": "secret"}, as_=ana)).ok()
            with pytest.raises(StopAsyncIteration):
                await lost.next()
            left = (await kept.next())["conversationUpdated"]
            assert left == {"__typename": "ConversationLeft", "user": {"username": "ben"}}
            assert (await kept.next())["conversationUpdated"]["message"] == {"body": "secret"}
            again = await his.subscribe(UPDATED, {"id": chat["conversationId"]})
            with pytest.raises(OperationError) as refused:
                await again.next()
            assert refused.value.code == "NOT_FOUND"
        written = await community.do("messageSend", {**chat, "body": "still here"}, as_=ben)
        assert written.codes == ["NOT_FOUND"]

    async def test_the_last_owner_stays(
        self, community: Community, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await community.make(ana)
        await community.put(id, ben, PodRole.ADMIN)
        await empty_outbox(resources)
        myself = {"podId": id, "userId": ana.id}
        tried = [
            ("podLeave", {"id": id}, ana, "LAST_POD_OWNER"),
            ("podMemberRoleSet", {**myself, "role": "MEMBER"}, ana, "LAST_POD_OWNER"),
            ("podMemberRemove", myself, ana, "POD_ROLE_TOO_LOW"),
            ("podMemberBan", myself, ana, "POD_ROLE_TOO_LOW"),
            ("podMemberRemove", myself, ben, "POD_ROLE_TOO_LOW"),
            ("podMemberBan", myself, ben, "POD_ROLE_TOO_LOW"),
        ]
        for mutation, given, person, code in tried:
            assert (await community.do(mutation, given, as_=person)).codes == [code]
        assert (await community.standing(id))[ana.key] == ("owner", "active")
        assert await waiting_events(resources) == []

    @pytest.mark.parametrize("stepping", [(False, False), (True, False), (True, True)])
    async def test_two_owners_at_the_same_moment(
        self,
        community: Community,
        resources: Resources,
        ana: Person,
        ben: Person,
        stepping: tuple[bool, bool],
    ) -> None:
        key = from_global("pod", await community.make(ana))
        await community.put(to_global("pod", key), ben, PodRole.OWNER)

        async def go(person: Person, *, steps_down: bool) -> bool:
            try:
                async with resources.begin() as uow:
                    if steps_down:
                        await running.set_role(uow, person.viewer, key, person.key, PodRole.MEMBER)
                    else:
                        await joining.leave(uow, person.viewer, key)
            except LastPodOwner:
                return False
            return True

        gone = await asyncio.gather(
            go(ana, steps_down=stepping[0]), go(ben, steps_down=stepping[1])
        )
        assert sorted(gone) == [False, True]
        standing = await community.standing(to_global("pod", key))
        assert [role for role, _ in standing.values()].count("owner") == 1


class TestPrivate:
    async def test_exists_by_no_way(
        self, community: Community, ana: Person, ben: Person, eve: Person
    ) -> None:
        id = await community.make(ana, public=False)
        await community.put(id, ben)
        seen = """viewerMembership { id } members { nodes { id } } conversation { id }
            viewerInvitations { id } invitations { nodes { id } }"""
        invited = {"podId": id, "userId": (await make_person(community.resources)).id}
        invitation = await community.do("podInvite", invited, "invitation { id }", as_=ana)
        found = await community.read(id, ana, seen)
        ids = [
            id,
            found["viewerMembership"]["id"],
            found["conversation"]["id"],
            *(each["id"] for each in found["members"]["nodes"]),
            invitation.ok()["invitation"]["id"],
        ]
        document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        answer = await community.api.execute(document, {"ids": ids}, as_=eve)
        assert answer.ok()["nodes"] == [None] * 6
        read = "query ($id: ID!) { pod(id: $id) { id } podAnalytics(podId: $id) { memberCount } }"
        answer = await community.api.execute(read, {"id": id}, as_=eve)
        assert answer.ok() == {"pod": None, "podAnalytics": None}
        nothing = to_global("pod", new_id())
        person = {"userId": ben.id}
        for mutation, given in [
            ("podInvite", person),
            ("podMemberApprove", person),
            ("podMemberRoleSet", {**person, "role": "OWNER"}),
            ("podMemberRemove", person),
            ("podMemberBan", person),
        ]:
            hidden = await community.do(mutation, {**given, "podId": id}, as_=eve)
            missing = await community.do(mutation, {**given, "podId": nothing}, as_=eve)
            assert hidden.errors == missing.errors
            assert hidden.codes == ["NOT_FOUND"]
        for mutation in ("podInvitationAccept", "podInvitationDecline", "podInvitationRevoke"):
            hidden = await community.do(mutation, {"id": ids[-1]}, as_=eve)
            missing = await community.do(mutation, {"id": to_global("pin", new_id())}, as_=eve)
            assert hidden.errors == missing.errors
            assert hidden.codes == ["NOT_FOUND"]

    async def test_blocked_people_aren_t_shown_to_each_other(
        self, community: Community, ana: Person, ben: Person, eve: Person
    ) -> None:
        id = await community.make(ana)
        for person in (ben, eve):
            await community.put(id, person)
        (await community.do("userBlock", {"userId": ana.id}, as_=eve)).ok()
        fields = (
            "creator { username } memberCount members { totalCount nodes { user { username } } }"
        )

        async def names(person: Person) -> list[str]:
            found = await community.read(id, person, fields)
            assert found["memberCount"] == 3
            assert found["members"]["totalCount"] == len(found["members"]["nodes"])
            creator = found["creator"] and found["creator"]["username"]
            assert creator == (None if person is eve else "ana")
            return [each["user"]["username"] for each in found["members"]["nodes"]]

        assert await names(ana) == ["ana", "ben"]
        assert await names(ben) == ["ana", "ben", "eve"]
        assert await names(eve) == ["ben", "eve"]
        # Whoever blocks those who run a pod isn't out of their reach.
        (await community.do("podMemberBan", {"podId": id, "userId": eve.id}, as_=ana)).ok()
        assert (await community.standing(id))[eve.key] == ("member", "banned")
