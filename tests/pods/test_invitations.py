"""People are invited into pods: as users, by letter, by codes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.ids import from_global
from app.core.outbox import OutboxEntry, StreamEvent
from app.core.resources import Resources
from app.pods.models import PodInvitation, PodMemberStatus, PodRole
from app.pods.service import invitations
from tests.client import Payload
from tests.factories import (
    Person,
    empty_outbox,
    letters,
    make_person,
    waiting_events,
    writing,
)
from tests.pods.communities import Community

Invite = Callable[..., Awaitable[Payload]]


@pytest.fixture
async def pod(community: Community, ana: Person) -> str:
    """Ana's private pod for five."""
    return await community.make(ana, public=False, maxMembers=5)


@pytest.fixture
def invite(community: Community, pod: str, ana: Person) -> Invite:
    """What becomes of inviting somebody into it."""

    async def made(as_: Person = ana, **given: object) -> Payload:
        fields = "code invitation { id kind email status maxUses inviter { username } }"
        return await community.do("podInvite", {"podId": pod, **given}, fields, as_=as_)

    return made


async def _accept(community: Community, person: Person, **given: object) -> Payload:
    fields = "membership { role status pod { name } }"
    return await community.do("podInvitationAccept", given, fields, as_=person)


async def _expire(resources: Resources) -> None:
    async with writing(resources) as session:
        past = now() - timedelta(seconds=1)
        await session.execute(update(PodInvitation).values(expires_at=past))


class TestUser:
    async def test_sees_the_pod_and_comes_in(
        self, community: Community, pod: str, invite: Invite, ben: Person, eve: Person
    ) -> None:
        assert await community.read(pod, ben) is None
        await empty_outbox(community.resources)
        made = (await invite(userId=ben.id, message="Come!")).ok()
        assert made["code"] is None
        assert made["invitation"] | {"id": ""} == {
            "id": "",
            "kind": "USER",
            "email": None,
            "status": "PENDING",
            "maxUses": 1,
            "inviter": {"username": "ana"},
        }
        assert await waiting_events(community.resources) == ["pod.invited"]
        id = made["invitation"]["id"]
        seen = """name viewerInvitations { id message }
            members { nodes { id } } invitations { nodes { id } }"""
        assert await community.read(pod, ben, seen) == {
            "name": "Leaf lovers",
            "viewerInvitations": [{"id": id, "message": "Come!"}],
            "members": {"nodes": []},
            "invitations": None,
        }
        assert await community.found(ben, invited=True) == ["Leaf lovers"]
        assert await community.found(eve, invited=True) == []
        assert (await _accept(community, eve, id=id)).codes == ["NOT_FOUND"]
        accepted = (await _accept(community, ben, id=id)).ok()["membership"]
        assert accepted == {"role": "MEMBER", "status": "ACTIVE", "pod": {"name": "Leaf lovers"}}
        assert ben.key in await community.chat(pod)
        assert (await _accept(community, ben, id=id)).codes == ["NOT_FOUND"]
        assert await community.found(ben, invited=True) == []

    async def test_joining_takes_it(
        self, community: Community, pod: str, invite: Invite, ben: Person
    ) -> None:
        (await invite(userId=ben.id)).ok()
        joined = await community.do("podJoin", {"id": pod}, "outcome", as_=ben)
        assert joined.ok()["outcome"] == "JOINED"
        assert [(each.status.value, each.uses) for each in await community.invitations(pod)] == [
            ("accepted", 1)
        ]

    async def test_who_can_t_be(
        self, community: Community, pod: str, invite: Invite, ana: Person, ben: Person
    ) -> None:
        (await invite(userId=ben.id)).ok()
        assert (await invite(userId=ben.id)).codes == ["ALREADY_INVITED"]
        assert (await invite(userId=ana.id)).codes == ["ALREADY_POD_MEMBER"]
        cy = await make_person(community.resources, "cy")
        (await community.do("userBlock", {"userId": ana.id}, as_=cy)).ok()
        assert (await invite(userId=cy.id)).codes == ["NOT_FOUND"]
        bo = await community.member(pod, "bo")
        assert (await invite(bo, userId=cy.id)).codes == ["POD_ROLE_TOO_LOW"]
        for given in ({}, {"userId": cy.id, "email": "a@example.org"}, {"codeUses": 0}):
            assert (await invite(**given)).codes == ["INVALID_INPUT"]
        for given in ({"days": 0}, {"days": 31}, {"message": "x" * 1001}):
            assert (await invite(codeUses=1, **given)).codes == ["INVALID_INPUT"]
        assert len(await community.invitations(pod)) == 1

    async def test_twice_at_once(
        self, community: Community, pod: str, invite: Invite, ben: Person
    ) -> None:
        done = await asyncio.gather(*(invite(userId=ben.id) for _ in range(6)))
        assert sorted(each.codes for each in done) == [[]] + [["ALREADY_INVITED"]] * 5
        assert len(await community.invitations(pod)) == 1

    async def test_expires(
        self, community: Community, pod: str, invite: Invite, ben: Person
    ) -> None:
        id = (await invite(userId=ben.id)).ok()["invitation"]["id"]
        await _expire(community.resources)
        assert await community.read(pod, ben) is None
        assert (await _accept(community, ben, id=id)).codes == ["NOT_FOUND"]
        assert ben.key not in await community.standing(pod)
        (await invite(userId=ben.id)).ok()
        assert await community.read(pod, ben) == {"id": pod}

    async def test_is_forgotten_a_month_later(
        self, community: Community, pod: str, invite: Invite
    ) -> None:
        for days in (31, 29):
            made = (await invite(email=f"of{days}@example.org")).ok()["invitation"]
            over = now() - timedelta(days=days)
            async with writing(community.resources) as session:
                this = col(PodInvitation.id) == from_global("pin", made["id"])
                await session.execute(update(PodInvitation).where(this).values(expires_at=over))
        await invitations.forget_old(community.resources)
        assert [each.email for each in await community.invitations(pod)] == ["of29@example.org"]

    @pytest.mark.parametrize("how", ["podInvitationDecline", "podInvitationRevoke"])
    async def test_declined_or_revoked(
        self, community: Community, pod: str, invite: Invite, ana: Person, ben: Person, how: str
    ) -> None:
        id = (await invite(userId=ben.id)).ok()["invitation"]["id"]
        declined = how == "podInvitationDecline"
        other, right = (ana, ben) if declined else (ben, ana)
        refused = await community.do(how, {"id": id}, as_=other)
        assert refused.codes == ["NOT_FOUND" if declined else "POD_ROLE_TOO_LOW"]
        fields = "invitation { status pod { id } }"
        done = (await community.do(how, {"id": id}, fields, as_=right)).ok()["invitation"]
        assert done == {
            "status": "DECLINED" if declined else "REVOKED",
            "pod": None if declined else {"id": pod},
        }
        assert await community.read(pod, ben) is None
        assert (await _accept(community, ben, id=id)).codes == ["NOT_FOUND"]
        assert ben.key not in await community.standing(pod)

    @pytest.mark.parametrize("how", ["podLeave", "podMemberRemove", "podMemberBan", "demoted"])
    async def test_nobody_who_went_left_a_way_in(
        self, community: Community, pod: str, invite: Invite, ana: Person, ben: Person, how: str
    ) -> None:
        bo = await community.member(pod, "bo", PodRole.MODERATOR)
        code = (await invite(bo, codeUses=5)).ok()["code"]
        person = {"podId": pod, "userId": bo.id}
        if how == "podLeave":
            (await community.do(how, {"id": pod}, as_=bo)).ok()
        elif how == "demoted":
            given = {**person, "role": "MEMBER"}
            (await community.do("podMemberRoleSet", given, as_=ana)).ok()
        else:
            (await community.do(how, person, as_=ana)).ok()
        assert (await _accept(community, ben, code=code)).codes == ["NOT_FOUND"]
        assert ben.key not in await community.standing(pod)


class TestEmail:
    async def test_only_the_confirmed_address(
        self, community: Community, pod: str, invite: Invite, ben: Person, eve: Person
    ) -> None:
        await empty_outbox(community.resources)
        made = (await invite(email="BEN@example.com", message="<b>click evil.com</b>")).ok()
        [letter] = await letters(community.resources)
        assert letter.to == "BEN@example.com"
        assert "Ana invites you into the pod “Leaf lovers”" in letter.text
        assert "evil" not in letter.text
        id = made["invitation"]["id"]
        # It is his address, but that isn't shown yet.
        assert await community.read(pod, ben) is None
        assert (await _accept(community, ben, id=id)).codes == ["NOT_FOUND"]
        await community.confirm(eve)
        assert (await _accept(community, eve, id=id)).codes == ["NOT_FOUND"]
        await community.confirm(ben)
        assert await community.found(ben, invited=True) == ["Leaf lovers"]
        (await _accept(community, ben, id=id)).ok()
        assert (await community.standing(pod))[ben.key] == ("member", "active")
        assert eve.key not in await community.standing(pod)

    async def test_names_are_words(self, community: Community, ana: Person) -> None:
        pod = await community.make(ana, name="Win at https://evil.example/now\nhurry")
        await empty_outbox(community.resources)
        (await community.do("podInvite", {"podId": pod, "email": "x@example.org"}, as_=ana)).ok()
        [letter] = await letters(community.resources)
        assert "“Win at https evil example now hurry”" in letter.text

    @pytest.mark.parametrize("why", ["banned", "blocked"])
    async def test_no_letter_to_whom_it_isn_t_for(
        self, community: Community, pod: str, invite: Invite, ana: Person, ben: Person, why: str
    ) -> None:
        await community.confirm(ben)
        if why == "banned":
            await community.put(pod, ben, status=PodMemberStatus.BANNED)
        else:
            (await community.do("userBlock", {"userId": ana.id}, as_=ben)).ok()
        await empty_outbox(community.resources)
        made = (await invite(email="ben@example.com")).ok()["invitation"]
        # As with any other address: whose it is isn't said.
        assert made["status"] == "PENDING"
        assert await letters(community.resources) == []
        assert await community.found(ben, invited=True) == []
        assert await community.read(pod, ben) is None
        assert (await _accept(community, ben, id=made["id"])).codes == ["NOT_FOUND"]
        joined = await community.do("podJoin", {"id": pod}, "outcome", as_=ben)
        assert joined.ok()["outcome"] == "REQUESTED"
        standing = (await community.standing(pod))[ben.key]
        assert standing == ("member", "banned" if why == "banned" else "pending")

    @pytest.mark.parametrize("blocks", ["inviter", "invitee"])
    async def test_a_block_ends_what_there_was(
        self, community: Community, pod: str, invite: Invite, ana: Person, ben: Person, blocks: str
    ) -> None:
        id = (await invite(userId=ben.id)).ok()["invitation"]["id"]
        assert await community.read(pod, ben) == {"id": pod}
        one, other = (ana, ben) if blocks == "inviter" else (ben, ana)
        (await community.do("userBlock", {"userId": other.id}, as_=one)).ok()
        assert await community.read(pod, ben) is None
        assert (await _accept(community, ben, id=id)).codes == ["NOT_FOUND"]
        assert ben.key not in await community.standing(pod)

    async def test_a_limit(self, community: Community, pod: str, invite: Invite) -> None:
        assert (await invite(email="no address")).codes == ["INVALID_INPUT"]
        (await invite(email="a@example.org")).ok()
        assert (await invite(email="A@example.org")).codes == ["ALREADY_INVITED"]
        assert len(await community.invitations(pod)) == 1


class TestCode:
    async def test_is_kept_as_a_hash(
        self, community: Community, resources: Resources, pod: str, invite: Invite, ana: Person
    ) -> None:
        await empty_outbox(resources)
        code = (await invite(codeUses=2)).ok()["code"]
        secret = code.partition(".")[2]
        [stored] = await community.invitations(pod)
        assert secret not in repr(stored)
        async with resources.database.read() as session:
            outbox = await session.all(select(OutboxEntry))
            events = await session.all(select(StreamEvent))
        assert secret not in repr([outbox, events])
        fields = "invitations { nodes { kind uses maxUses } }"
        seen = await community.read(pod, ana, fields)
        assert seen["invitations"]["nodes"] == [{"kind": "CODE", "uses": 0, "maxUses": 2}]

    async def test_wrong_ones_are_all_the_same(
        self, community: Community, pod: str, invite: Invite, ana: Person, ben: Person
    ) -> None:
        code = (await invite(codeUses=1)).ok()["code"]
        banned = await make_person(community.resources, "bo")
        await community.put(pod, banned, status=PodMemberStatus.BANNED)
        selector = code.partition(".")[0]
        wrong = ["", "x", "\0", selector, f"{selector}.", f"{selector}.{'A' * 43}", f"{code}x"]
        answers = [await _accept(community, ben, code=each) for each in wrong]
        answers.append(await _accept(community, banned, code=code))
        assert [each.codes for each in answers] == [["NOT_FOUND"]] * 8
        assert len({str(each.errors) for each in answers}) == 1
        # Who is in already uses nothing up.
        assert (await _accept(community, ana, code=code)).codes == ["ALREADY_POD_MEMBER"]
        [stored] = await community.invitations(pod)
        assert stored.uses == 0
        (await _accept(community, ben, code=code)).ok()
        other = await make_person(community.resources, "cy")
        assert (await _accept(community, other, code=code)).codes == ["NOT_FOUND"]

    async def test_expires(
        self, community: Community, pod: str, invite: Invite, ben: Person
    ) -> None:
        code = (await invite(codeUses=5)).ok()["code"]
        await _expire(community.resources)
        assert (await _accept(community, ben, code=code)).codes == ["NOT_FOUND"]
        assert ben.key not in await community.standing(pod)

    @pytest.mark.parametrize(("uses", "refused"), [(3, "NOT_FOUND"), (40, "POD_FULL")])
    async def test_limited_under_concurrency(
        self, community: Community, pod: str, invite: Invite, uses: int, refused: str
    ) -> None:
        code = (await invite(codeUses=uses)).ok()["code"]
        people = [await make_person(community.resources) for _ in range(30)]
        done = await asyncio.gather(*(_accept(community, each, code=code) for each in people))
        came = min(uses, 4)
        codes = [each.codes for each in done]
        assert (codes.count([]), codes.count([refused])) == (came, 30 - came)
        [stored] = await community.invitations(pod)
        assert stored.uses == came
        assert len(await community.standing(pod)) == came + 1
        assert len(await community.chat(pod)) == came + 1

    async def test_one_person_at_once(
        self, community: Community, pod: str, invite: Invite, ben: Person
    ) -> None:
        code = (await invite(codeUses=5)).ok()["code"]
        done = await asyncio.gather(*(_accept(community, ben, code=code) for _ in range(6)))
        assert sorted(each.codes for each in done) == [[]] + [["ALREADY_POD_MEMBER"]] * 5
        [stored] = await community.invitations(pod)
        assert stored.uses == 1
