"""What follows from events of pods: notifications, and the end of what was said in one."""

from app.core.resources import Resources
from app.notifications import notices
from app.notifications.service import notify
from app.pods.events import PodDeleted, PodInvited, PodMemberApproved, PodMemberRoleChanged
from app.pods.service import pods
from app.pods.store import notices as store
from workers.following import follow

_NOTIFY = "notify"


async def _invited(resources: Resources, event: PodInvited, source: str) -> None:
    """Nobody whose invitation was taken back, or is used, meanwhile."""
    async with resources.database.read() as session:
        found = await store.invitation(session, event.invitation_id)
    if found is not None:
        notice = notices.pod_invited(event.pod_id, *found)
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, event.user_id, notice, source)


async def _approved(resources: Resources, event: PodMemberApproved, source: str) -> None:
    async with resources.database.read() as session:
        found = await store.membership(session, event.pod_id, event.user_id)
    if found is not None:
        notice = notices.pod_approved(event.pod_id, found[0])
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, event.user_id, notice, source)


async def _role_changed(resources: Resources, event: PodMemberRoleChanged, source: str) -> None:
    """As the role is now."""
    async with resources.database.read() as session:
        found = await store.membership(session, event.pod_id, event.user_id)
    if found is not None:
        notice = notices.pod_role_changed(event.pod_id, found[0], found[1].value)
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, event.user_id, notice, source)


async def _erase_chat(resources: Resources, event: PodDeleted, _: str) -> None:
    await pods.erase_chat(resources, event.conversation_id)


follow(PodInvited, _NOTIFY, _invited)
follow(PodMemberApproved, _NOTIFY, _approved)
follow(PodMemberRoleChanged, _NOTIFY, _role_changed)
follow(PodDeleted, "erase_chat", _erase_chat)
