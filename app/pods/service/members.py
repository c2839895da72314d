"""What those who run a pod do with people."""

from dataclasses import dataclass
from uuid import UUID

from app.accounts.models import User
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.pods.errors import PodMemberWrongState, PodRoleTooLow
from app.pods.events import PodMemberApproved, PodMemberBanned, PodMemberRoleChanged
from app.pods.models import Pod, PodMember, PodMemberStatus, PodRole
from app.pods.service.holding import held
from app.pods.service.membership import admit, end, spare_the_last_owner
from app.pods.states import ON_PERSON, ON_POD, TO_WHOM, PodAction, sets_role
from app.pods.store import invitations
from app.pods.store import members as store

_WRONG = {
    PodAction.APPROVE: "This person doesn't ask to be let in.",
    PodAction.SET_ROLE: "This person isn't in the pod.",
    PodAction.REMOVE: "This person isn't in the pod, and neither asks to be nor is banned.",
}


@dataclass(frozen=True)
class Case:
    """A pod that is held, the viewer's role in it, and a person with how they stand to it."""

    pod: Pod
    role: PodRole
    user: User
    member: PodMember | None

    @property
    def target(self) -> PodRole:
        """The role of the person; who has none counts as a member."""
        return self.member.role if self.member else PodRole.MEMBER


async def approve(uow: UnitOfWork, viewer: Viewer, pod_id: UUID, user_id: UUID) -> PodMember:
    """Let somebody in who has asked; `PodFull` if there is no room."""
    case = await _case(uow, viewer, pod_id, user_id, PodAction.APPROVE)
    _check(case, PodAction.APPROVE)
    member = await admit(uow, case.pod, case.user, case.member)
    uow.publish(PodMemberApproved(pod_id=pod_id, user_id=user_id))
    return member


async def set_role(
    uow: UnitOfWork, viewer: Viewer, pod_id: UUID, user_id: UUID, role: PodRole
) -> PodMember:
    """Give somebody below the viewer another role, or take a lower one oneself."""
    case = await _case(uow, viewer, pod_id, user_id, PodAction.SET_ROLE)
    oneself = user_id == viewer.user_id
    if not sets_role(case.role, case.target, role, oneself=oneself):
        raise PodRoleTooLow
    member = _standing(case, PodAction.SET_ROLE)
    assert member is not None, "who has a role is a member"
    if member.role is role:
        return member
    await spare_the_last_owner(uow, member)
    before, member.role = member.role, role
    uow.session.add(member)
    if role not in ON_POD[PodAction.INVITE]:
        await invitations.end_by(uow.session, user_id, pod_id)
    _audit(uow, viewer, case, "pod.member_role", before=before.value, after=role.value)
    uow.publish(PodMemberRoleChanged(pod_id=pod_id, user_id=user_id))
    return member


async def remove(uow: UnitOfWork, viewer: Viewer, pod_id: UUID, user_id: UUID) -> None:
    """Take somebody out, refuse their request, or lift their ban."""
    case = await _case(uow, viewer, pod_id, user_id, PodAction.REMOVE)
    _check(case, PodAction.REMOVE)
    member = case.member
    assert member is not None, "there is somebody to remove"
    await spare_the_last_owner(uow, member)
    await end(uow, case.pod, member)
    await uow.session.delete(member)
    _audit(uow, viewer, case, "pod.member_remove", before=member.status.value)


async def ban(uow: UnitOfWork, viewer: Viewer, pod_id: UUID, user_id: UUID) -> PodMember:
    """Keep somebody out of a pod, whether or not they are in it; again changes nothing."""
    case = await _case(uow, viewer, pod_id, user_id, PodAction.BAN)
    _check(case, PodAction.BAN)
    member = case.member or PodMember(pod_id=pod_id, user_id=user_id, status=PodMemberStatus.BANNED)
    if case.member is not None and member.status is PodMemberStatus.BANNED:
        return member
    if case.member is not None:
        await spare_the_last_owner(uow, member)
        await end(uow, case.pod, member)
    member.role, member.status, member.joined_at = PodRole.MEMBER, PodMemberStatus.BANNED, None
    uow.session.add(member)
    await invitations.end_to(uow.session, case.user, pod_id)
    _audit(uow, viewer, case, "pod.member_ban")
    uow.publish(PodMemberBanned(pod_id=pod_id, user_id=user_id))
    return member


async def _case(
    uow: UnitOfWork, viewer: Viewer, pod_id: UUID, user_id: UUID, action: PodAction
) -> Case:
    """The viewer has a role that does this to anybody at all, before anything is said of others."""
    user = await store.hold_account(uow.session, user_id)
    pod, role = await held(uow, viewer, pod_id, action, field="podId")
    if not ON_PERSON[action][role] and user_id != viewer.user_id:
        raise PodRoleTooLow
    if user is None:
        raise NotFound(field=("input", "userId"))
    return Case(pod, role, user, await store.of(uow.session, pod_id, user_id))


def _check(case: Case, action: PodAction) -> None:
    if case.target not in ON_PERSON[action][case.role]:
        raise PodRoleTooLow
    _standing(case, action)


def _standing(case: Case, action: PodAction) -> PodMember | None:
    status = case.member.status if case.member else None
    if status not in TO_WHOM[action]:
        raise PodMemberWrongState(_WRONG[action], field=("input", "userId"))
    return case.member


def _audit(
    uow: UnitOfWork,
    viewer: Viewer,
    case: Case,
    action: str,
    *,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Of a person: in which pod, and what they were and are there."""
    pod = {"pod": str(case.pod.id)}
    uow.audit(
        action,
        viewer.user_id,
        ("user", case.user.id),
        before=pod | ({"was": before} if before else {}),
        after=pod | ({"is": after} if after else {}),
    )
