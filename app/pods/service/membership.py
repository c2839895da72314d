"""What being in a pod, and being in it no more, has with it. The pod is held."""

from app.accounts.models import User
from app.core.clock import now
from app.core.uow import UnitOfWork
from app.messaging import service as messaging
from app.pods.errors import LastPodOwner, PodFull
from app.pods.events import PodMemberJoined, PodMemberLeft
from app.pods.models import Pod, PodMember, PodMemberStatus, PodRole
from app.pods.store import invitations, members, pods


async def admit(
    uow: UnitOfWork,
    pod: Pod,
    user: User,
    known: PodMember | None,
    *,
    role: PodRole = PodRole.MEMBER,
) -> PodMember:
    """Let somebody into a pod and its conversation; `PodFull` if there is no room."""
    if await pods.count_members(uow.session, pod.id) >= pod.max_members:
        raise PodFull
    member = known or PodMember(pod_id=pod.id, user_id=user.id)
    member.role = role
    member.status = PodMemberStatus.ACTIVE
    member.joined_at = now()
    uow.session.add(member)
    await uow.session.flush()
    await invitations.settle(uow.session, user, pod.id)
    await messaging.admit(uow, pod.conversation_id, user.id)
    uow.publish(PodMemberJoined(pod_id=pod.id, user_id=user.id))
    return member


async def spare_the_last_owner(uow: UnitOfWork, member: PodMember) -> None:
    """`LastPodOwner` if the pod would be without an owner."""
    last = await members.count_owners(uow.session, member.pod_id) == 1
    if member.role is PodRole.OWNER and last:
        raise LastPodOwner


async def end(uow: UnitOfWork, pod: Pod, member: PodMember) -> None:
    """Take somebody out, with the conversation and with what they have invited others by."""
    if member.status is PodMemberStatus.ACTIVE:
        await messaging.dismiss(uow, pod.conversation_id, member.user_id)
        await invitations.end_by(uow.session, member.user_id, pod.id)
        uow.publish(PodMemberLeft(pod_id=pod.id, user_id=member.user_id))
