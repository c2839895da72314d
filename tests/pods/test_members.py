"""What those who run a pod do with people."""

import asyncio
from itertools import product
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, User
from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.notifications.models import Notification
from app.pods.events import PodInvited, PodMemberApproved, PodMemberRoleChanged
from app.pods.models import PodMember, PodMemberStatus, PodRole
from app.pods.service import succession
from tests.client import Payload
from tests.factories import Person, empty_outbox, make_person, waiting_events, writing
from tests.pods.communities import Community

_RANK = {"owner": 3, "admin": 2, "moderator": 1, "member": 0}


@pytest.mark.parametrize(("actor", "target"), [*product(PodRole, PodRole)])
@pytest.mark.parametrize("mutation", ["podMemberRemove", "podMemberBan", "podMemberRoleSet"])
async def test_nobody_acts_on_an_equal_or_higher_role(
    community: Community, ana: Person, mutation: str, actor: PodRole, target: PodRole
) -> None:
    id = await community.make(ana)
    bo = await community.member(id, "bo", actor)
    cy = await community.member(id, "cy", target)
    await empty_outbox(community.resources)
    given = {"podId": id, "userId": cy.id}
    new = PodRole.MODERATOR if target is PodRole.MEMBER else PodRole.MEMBER
    if mutation == "podMemberRoleSet":
        given["role"] = new.name
    least = 2 if mutation == "podMemberRoleSet" else 1
    mine, theirs = _RANK[actor.value], _RANK[target.value]
    allowed = mine > theirs and mine >= least
    done = await community.do(mutation, given, as_=bo)
    assert done.codes == ([] if allowed else ["POD_ROLE_TOO_LOW"])
    changed = {
        "podMemberRemove": None,
        "podMemberBan": ("member", "banned"),
        "podMemberRoleSet": (new.value, "active"),
    }[mutation]
    standing = (await community.standing(id)).get(cy.key)
    assert standing == (changed if allowed else (target.value, "active"))
    in_chat = not allowed or mutation == "podMemberRoleSet"
    assert (cy.key in await community.chat(id)) is in_chat
    assert bool(await waiting_events(community.resources)) is allowed


class TestApprove:
    async def _asked(self, community: Community, ana: Person, *people: Person) -> str:
        id = await community.make(ana, public=False, maxMembers=5)
        for person in people:
            (await community.do("podJoin", {"id": id}, as_=person)).ok()
        return id

    async def _approve(self, community: Community, id: str, who: Person, by: Person) -> Payload:
        fields = "member { role status user { username } }"
        return await community.do(
            "podMemberApprove", {"podId": id, "userId": who.id}, fields, as_=by
        )

    async def test_lets_in(
        self, community: Community, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await self._asked(community, ana, ben)
        fields = "members(status: PENDING) { nodes { user { username } } }"
        bo = await community.member(id, "bo")
        assert (await community.read(id, bo, fields))["members"]["nodes"] == []
        asking = (await community.read(id, ana, fields))["members"]["nodes"]
        assert asking == [{"user": {"username": "ben"}}]
        await empty_outbox(resources)
        done = (await self._approve(community, id, ben, ana)).ok()
        assert done["member"] == {
            "role": "MEMBER",
            "status": "ACTIVE",
            "user": {"username": "ben"},
        }
        assert ben.key in await community.chat(id)
        assert await community.read(id, ben) == {"id": id}
        assert "pod.member_approved" in await waiting_events(resources)
        assert (await self._approve(community, id, ben, ana)).codes == ["POD_MEMBER_WRONG_STATE"]

    async def test_never_more_than_places(
        self, community: Community, resources: Resources, ana: Person
    ) -> None:
        people = [await make_person(resources) for _ in range(12)]
        id = await self._asked(community, ana, *people)
        done = await asyncio.gather(
            *(self._approve(community, id, person, ana) for person in people)
        )
        assert sorted(each.codes for each in done) == [[]] * 4 + [["POD_FULL"]] * 8
        standing = await community.standing(id)
        assert [status for _, status in standing.values()].count("active") == 5

    async def test_refusing(self, community: Community, ana: Person, ben: Person) -> None:
        id = await self._asked(community, ana, ben)
        given = {"podId": id, "userId": ben.id}
        (await community.do("podMemberRemove", given, as_=ana)).ok()
        assert ben.key not in await community.standing(id)
        refused = await community.do("podMemberRemove", given, as_=ana)
        assert refused.codes == ["POD_MEMBER_WRONG_STATE"]

    async def test_members_let_nobody_in(
        self, community: Community, ana: Person, ben: Person
    ) -> None:
        id = await self._asked(community, ana, ben)
        bo = await community.member(id, "bo")
        assert (await self._approve(community, id, ben, bo)).codes == ["POD_ROLE_TOO_LOW"]
        assert (await community.standing(id))[ben.key] == ("member", "pending")


class TestBan:
    async def test_who_isn_t_in_it(
        self, community: Community, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await community.make(ana)
        given = {"podId": id, "userId": ben.id}
        await empty_outbox(resources)
        for _ in range(2):
            (await community.do("podMemberBan", given, as_=ana)).ok()
        assert await waiting_events(resources) == ["pod.member_banned"]
        assert (await community.do("podJoin", {"id": id}, as_=ben)).codes == ["POD_BANNED"]
        (await community.do("podMemberRemove", given, as_=ana)).ok()
        (await community.do("podJoin", {"id": id}, as_=ben)).ok()
        assert (await community.standing(id))[ben.key] == ("member", "active")

    async def test_a_private_pod_is_gone(
        self, community: Community, ana: Person, ben: Person
    ) -> None:
        id = await community.make(ana, public=False)
        await community.put(id, ben, PodRole.MODERATOR)
        assert await community.read(id, ben) == {"id": id}
        given = {"podId": id, "userId": ben.id}
        (await community.do("podMemberBan", given, as_=ana)).ok()
        assert await community.read(id, ben) is None
        invited = await community.do("podInvite", given, as_=ana)
        assert invited.codes == ["POD_BANNED"]
        nobody = {"podId": id, "userId": to_global("usr", new_id())}
        assert (await community.do("podMemberBan", nobody, as_=ana)).codes == ["NOT_FOUND"]

    async def test_while_they_join(self, community: Community, ana: Person, ben: Person) -> None:
        id = await community.make(ana)
        given = {"podId": id, "userId": ben.id}
        await asyncio.gather(
            *(community.do("podJoin", {"id": id}, as_=ben) for _ in range(5)),
            community.do("podMemberBan", given, as_=ana),
            *(community.do("podJoin", {"id": id}, as_=ben) for _ in range(5)),
        )
        assert (await community.standing(id))[ben.key] == ("member", "banned")
        assert ben.key not in await community.chat(id)


class TestRoles:
    async def test_owners_make_owners(self, community: Community, ana: Person) -> None:
        id = await community.make(ana)
        bo = await community.member(id, "bo")
        given = {"podId": id, "userId": bo.id, "role": "OWNER"}
        (await community.do("podMemberRoleSet", given, as_=ana)).ok()
        assert (await community.standing(id))[bo.key] == ("owner", "active")
        (await community.do("podLeave", {"id": id}, as_=ana)).ok()
        assert (await community.do("podLeave", {"id": id}, as_=bo)).codes == ["LAST_POD_OWNER"]

    @pytest.mark.parametrize("role", ["OWNER", "ADMIN"])
    async def test_admins_make_no_equals(
        self, community: Community, ana: Person, role: str
    ) -> None:
        id = await community.make(ana)
        bo = await community.member(id, "bo", PodRole.ADMIN)
        cy = await community.member(id, "cy")
        given = {"podId": id, "userId": cy.id, "role": role}
        refused = await community.do("podMemberRoleSet", given, as_=bo)
        assert refused.codes == ["POD_ROLE_TOO_LOW"]
        # What he is already is no change.
        done = await community.do("podMemberRoleSet", {**given, "userId": bo.id}, as_=bo)
        assert done.codes == (["POD_ROLE_TOO_LOW"] if role == "OWNER" else [])
        standing = await community.standing(id)
        assert (standing[cy.key], standing[bo.key]) == (("member", "active"), ("admin", "active"))

    async def test_twice(self, community: Community, ana: Person) -> None:
        id = await community.make(ana)
        bo = await community.member(id, "bo", PodRole.ADMIN)
        await empty_outbox(community.resources)
        for person in (bo, ana):
            for _ in range(2):
                role = "MODERATOR" if person is bo else "OWNER"
                given = {"podId": id, "userId": person.id, "role": role}
                (await community.do("podMemberRoleSet", given, as_=person)).ok()
        assert await waiting_events(community.resources) == ["pod.member_role_changed"]

    async def test_who_isn_t_in_it(self, community: Community, ana: Person, ben: Person) -> None:
        id = await community.make(ana)
        given = {"podId": id, "userId": ben.id, "role": "ADMIN"}
        for status in (None, PodMemberStatus.BANNED):
            if status:
                await community.put(id, ben, status=status)
            refused = await community.do("podMemberRoleSet", given, as_=ana)
            assert refused.codes == ["POD_MEMBER_WRONG_STATE"]
        assert (await community.standing(id))[ben.key] == ("member", "banned")


class TestSuccession:
    async def test_after_the_last_owner_s_account(
        self, community: Community, resources: Resources, ana: Person
    ) -> None:
        id, lonely = await community.make(ana), await community.make(ana)
        first = await community.member(id, "bo")
        admin = await community.member(id, "cy", PodRole.ADMIN)
        later = await community.member(id, "di", PodRole.ADMIN)
        await succession.appoint(resources)
        assert (await community.standing(id))[ana.key] == ("owner", "active")
        await _forget(resources, ana)
        for _ in range(2):
            await succession.appoint(resources)
        assert await community.standing(id) == {
            first.key: ("member", "active"),
            admin.key: ("owner", "active"),
            later.key: ("admin", "active"),
        }
        left = await community.row(lonely)
        assert left is not None
        assert left.archived_at is not None

    async def test_a_suspended_admin_is_passed_over(
        self, community: Community, resources: Resources, ana: Person
    ) -> None:
        id = await community.make(ana)
        admin = await community.member(id, "bo", PodRole.ADMIN)
        member = await community.member(id, "cy")
        await _suspend(resources, admin)
        await _forget(resources, ana)
        await succession.appoint(resources)
        assert await community.standing(id) == {
            admin.key: ("admin", "active"),
            member.key: ("owner", "active"),
        }


async def _suspend(resources: Resources, person: Person) -> None:
    async with writing(resources) as session:
        theirs = update(User).where(col(User.id) == person.key)
        await session.execute(theirs.values(status=AccountStatus.SUSPENDED))


async def _forget(resources: Resources, person: Person) -> None:
    async with writing(resources) as session:
        await session.execute(delete(PodMember).where(col(PodMember.user_id) == person.key))


@pytest.mark.usefixtures("worker_environment")
class TestNotices:
    async def test_invited_approved_and_another_role(
        self, community: Community, resources: Resources, ana: Person, ben: Person
    ) -> None:
        from workers import pods

        id = await community.make(ana, public=False)
        person: dict[str, Any] = {"podId": id, "userId": ben.id}
        (await community.do("podInvite", person, as_=ana)).ok()
        [invitation] = await community.invitations(id)
        pod_id = invitation.pod_id
        invited = PodInvited(pod_id=pod_id, user_id=ben.key, invitation_id=invitation.id)
        approved = PodMemberApproved(pod_id=pod_id, user_id=ben.key)
        role = PodMemberRoleChanged(pod_id=pod_id, user_id=ben.key)
        # Nobody is told what isn't so.
        await pods._approved(resources, approved, "early")
        await pods._role_changed(resources, role, "early")
        for _ in range(2):
            await pods._invited(resources, invited, "one")
        (await community.do("podJoin", {"id": id}, as_=ben)).ok()
        await pods._invited(resources, invited, "late")
        await pods._approved(resources, approved, "two")
        given = {**person, "role": "MODERATOR"}
        (await community.do("podMemberRoleSet", given, as_=ana)).ok()
        await pods._role_changed(resources, role, "three")
        async with resources.database.read() as session:
            told = await session.all(select(Notification).order_by(col(Notification.id)))
        assert [(each.user_id, each.type.value, each.text) for each in told] == [
            (ben.key, "pod_invited", "Ana invites you into the pod “Leaf lovers”."),
            (ben.key, "pod_approved", "You are in the pod “Leaf lovers” now, and in its chat."),
            (
                ben.key,
                "pod_role_changed",
                "Your role in the pod “Leaf lovers” is moderator now.",
            ),
        ]
        assert {each.subject_id for each in told} == {pod_id}
