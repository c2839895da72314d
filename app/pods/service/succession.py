"""Pods whose last owner is gone with the account."""

from app.core.resources import Resources
from app.pods.events import PodMemberRoleChanged
from app.pods.models import PodRole, PodStatus
from app.pods.service.pods import put_away
from app.pods.store import members, pods

_AT_A_TIME = 100


async def appoint(resources: Resources) -> None:
    """Make somebody the owner of each pod without one: of those with the highest role the one
    who came first. A pod in which nobody is left is archived.
    """
    async with resources.database.read() as session:
        keys = await pods.ownerless(session, _AT_A_TIME)
    for key in keys:
        async with resources.begin() as uow:
            pod = await pods.hold(uow.session, key)
            if pod is None or pod.status is PodStatus.ARCHIVED:
                continue
            if await members.count_owners(uow.session, key):
                continue
            heir = await members.heir(uow.session, key)
            if heir is None:
                await put_away(uow, pod)
                continue
            before, heir.role = heir.role, PodRole.OWNER
            uow.session.add(heir)
            uow.audit(
                "pod.member_role",
                None,
                ("user", heir.user_id),
                before={"pod": str(key), "was": before.value},
                after={"pod": str(key), "is": PodRole.OWNER.value},
            )
            uow.publish(PodMemberRoleChanged(pod_id=key, user_id=heir.user_id))
