"""Coming into a pod by oneself, and leaving it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.pods.errors import PodBanned
from app.pods.events import PodJoinRequested
from app.pods.models import Pod, PodMember, PodMemberStatus
from app.pods.service.holding import check, seen
from app.pods.service.membership import admit, end, spare_the_last_owner
from app.pods.states import POSSIBLE, PodAction
from app.pods.store import members
from app.pods.store import pods as store


class PodJoinOutcome(StrEnum):
    """What became of wanting to join."""

    JOINED = "joined"
    REQUESTED = "requested"


@dataclass(frozen=True)
class Joining:
    """`member_id` is that of who is in now; None for a request."""

    outcome: PodJoinOutcome
    member_id: UUID | None = None


async def join(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Joining:
    """Come into a public pod, or one that the viewer is invited into; again changes nothing.

    Of a pod that the viewer doesn't see this makes a request. It says the same, and does
    nothing, where they are banned, where nobody comes in any more, and where there is no pod.
    """
    user = await members.hold_account(uow.session, viewer.user_id)
    if user is None:
        raise NotFound
    pod = await store.hold(uow.session, key)
    known = await members.of(uow.session, key, viewer.user_id)
    if pod is None or not await store.is_seen(uow.session, viewer, key):
        if pod is not None and known is None and PodAction.JOIN in POSSIBLE[pod.status]:
            _ask(uow, pod, viewer)
        return Joining(PodJoinOutcome.REQUESTED)
    if known is not None and known.status is PodMemberStatus.ACTIVE:
        return Joining(PodJoinOutcome.JOINED, known.id)
    if known is not None and known.status is PodMemberStatus.BANNED:
        raise PodBanned
    check(pod, PodAction.JOIN)
    member = await admit(uow, pod, user, known)
    return Joining(PodJoinOutcome.JOINED, member.id)


def _ask(uow: UnitOfWork, pod: Pod, viewer: Viewer) -> None:
    uow.session.add(
        PodMember(pod_id=pod.id, user_id=viewer.user_id, status=PodMemberStatus.PENDING)
    )
    uow.publish(PodJoinRequested(pod_id=pod.id, user_id=viewer.user_id))


async def leave(uow: UnitOfWork, viewer: Viewer, key: UUID) -> UUID | None:
    """Leave a pod, or take a request back; what one isn't in, one leaves without a change.

    Says the key of the pod, if the viewer had seen it. `LastPodOwner` for the last owner.
    """
    pod = await seen(uow, viewer, key)
    member = await members.of(uow.session, key, viewer.user_id)
    if member is not None and member.status is not PodMemberStatus.BANNED:
        held = pod or await store.hold(uow.session, key)
        assert held is not None, "a member's pod is held"
        await spare_the_last_owner(uow, member)
        await end(uow, held, member)
        await uow.session.delete(member)
    return pod.id if pod else None
