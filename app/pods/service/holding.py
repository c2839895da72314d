"""How every change of a pod begins."""

from uuid import UUID

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.pods.errors import PodIsArchived, PodRoleTooLow
from app.pods.models import Pod, PodMemberStatus, PodRole
from app.pods.states import ON_POD, POSSIBLE, PodAction
from app.pods.store import members
from app.pods.store import pods as store


async def seen(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Pod | None:
    """A pod that the viewer sees, held until the end."""
    pod = await store.hold(uow.session, key)
    if pod is None or not await store.is_seen(uow.session, viewer, key):
        return None
    return pod


async def held(
    uow: UnitOfWork, viewer: Viewer, key: UUID, action: PodAction, *, field: str = "id"
) -> tuple[Pod, PodRole]:
    """A pod held until the end, and the viewer's role in it, which allows an action.

    `NotFound` of the input's `field`, `PodRoleTooLow` or `PodIsArchived` otherwise. What is done
    to a person depends on that person's role besides.
    """
    pod = await seen(uow, viewer, key)
    if pod is None:
        raise NotFound(field=("input", field))
    member = await members.of(uow.session, key, viewer.user_id)
    if member is None or member.status is not PodMemberStatus.ACTIVE:
        raise PodRoleTooLow
    if action in ON_POD and member.role not in ON_POD[action]:
        raise PodRoleTooLow
    check(pod, action)
    return pod, member.role


def check(pod: Pod, action: PodAction) -> None:
    """`PodIsArchived` unless the pod's status allows an action."""
    if action not in POSSIBLE[pod.status]:
        raise PodIsArchived
