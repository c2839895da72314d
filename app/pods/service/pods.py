"""Pods as a whole."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.accounts.locales import language
from app.classes.service.classes import Hour, Weekdays, Zone
from app.core.addresses import PublicAddress
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.resources import Resources
from app.core.text import line
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.service.contents import Text, Title
from app.messaging import service as messaging
from app.messaging.models import ConversationKind
from app.messaging.store import members as conversations
from app.pods.events import PodArchived, PodChanged, PodCreated, PodDeleted
from app.pods.models import Pod, PodCategory, PodDifficulty, PodRole, PodStatus
from app.pods.service.holding import held
from app.pods.service.membership import admit
from app.pods.states import PodAction
from app.pods.store import chats, invitations, members
from app.pods.store import pods as store

# Messages that are deleted at a time.
_AT_A_TIME = 1000


def _once(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


Icon = Annotated[str, AfterValidator(line(50))]
Tag = Annotated[str, AfterValidator(line(50))]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(_once)]
Places = Annotated[int, Field(ge=2, le=1000)]
Language = Annotated[str, StringConstraints(max_length=35), AfterValidator(language)]


class _Fields(BaseModel):
    """What making and changing a pod have in common. Hours are those of its time zone."""

    description: Text = ""
    category: PodCategory | None = None
    difficulty: PodDifficulty | None = None
    cover_image_url: PublicAddress | None = None
    icon: Icon | None = None
    public: bool = True
    max_members: Places = 50
    tags: Tags = Field(default_factory=list)
    rules: Text = ""
    weekdays: Weekdays = Field(default_factory=list)
    starts_at: Hour | None = None
    ends_at: Hour | None = None
    time_zone: Zone = "UTC"
    language: Language = "en"


class PodData(_Fields):
    """A pod to make."""

    name: Title
    subject_id: UUID


class PodChanges(_Fields):
    """What is to be another way; what isn't given stays."""

    name: Title = ""
    subject_id: UUID = UUID(int=0)


async def create(uow: UnitOfWork, viewer: Viewer, data: PodData) -> Pod:
    """Make a pod with its conversation; the viewer is its owner."""
    user = await members.hold_account(uow.session, viewer.user_id)
    if user is None:
        raise NotFound
    await _check_subject(uow, data.subject_id)
    chat = await messaging.open_conversation(uow, ConversationKind.POD, data.name)
    pod = Pod(creator_id=viewer.user_id, conversation_id=chat.id, **data.model_dump())
    _check(pod)
    uow.session.add(pod)
    await uow.session.flush()
    uow.publish(PodCreated(pod_id=pod.id))
    await admit(uow, pod, user, None, role=PodRole.OWNER)
    return pod


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: PodChanges) -> Pod:
    """Change what is given."""
    pod, _ = await held(uow, viewer, key, PodAction.UPDATE)
    given = data.model_dump(exclude_unset=True)
    if "subject_id" in given:
        await _check_subject(uow, given["subject_id"])
    if "max_members" in given:
        there = await store.count_members(uow.session, key)
        if given["max_members"] < there:
            raise InvalidInput(f"It has {there} members.", field=("input", "maxMembers"))
    if given.get("public", pod.public) != pod.public:
        before, after = {"public": pod.public}, {"public": given["public"]}
        uow.audit("pod.visibility", viewer.user_id, ("pod", key), before, after)
    if "name" in given:
        await conversations.retitle(uow.session, pod.conversation_id, given["name"])
    for name, value in given.items():
        setattr(pod, name, value)
    _check(pod)
    uow.session.add(pod)
    uow.publish(PodChanged(pod_id=key))
    return pod


async def archive(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Pod:
    """Have a pod and its conversation only read from now on."""
    pod, _ = await held(uow, viewer, key, PodAction.ARCHIVE)
    await put_away(uow, pod)
    uow.audit("pod.archive", viewer.user_id, ("pod", key))
    return pod


async def put_away(uow: UnitOfWork, pod: Pod) -> None:
    """Archive a pod that is held."""
    pod.status = PodStatus.ARCHIVED
    pod.archived_at = now()
    uow.session.add(pod)
    await invitations.end_all(uow.session, pod.id)
    await conversations.close(uow.session, pod.conversation_id)
    uow.publish(PodArchived(pod_id=pod.id))


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Delete a pod; its conversation ends for everybody, and what was said in it is erased."""
    pod, _ = await held(uow, viewer, key, PodAction.DELETE)
    await messaging.end(uow, pod.conversation_id)
    await uow.session.delete(pod)
    uow.audit("pod.delete", viewer.user_id, ("pod", key), before={"name": pod.name})
    uow.publish(PodDeleted(pod_id=key, conversation_id=pod.conversation_id))


async def erase_chat(resources: Resources, conversation_id: UUID) -> None:
    """Erase what was said in a pod that is deleted, piece by piece; again changes nothing."""
    left = _AT_A_TIME
    while left == _AT_A_TIME:
        async with resources.begin() as uow:
            left = await chats.erase_some(uow.session, conversation_id, _AT_A_TIME)
    async with resources.begin() as uow:
        await chats.erase(uow.session, conversation_id)


async def _check_subject(uow: UnitOfWork, key: UUID) -> None:
    if await store.subject(uow.session, key) is None:
        raise NotFound("There is no such subject.", field=("input", "subjectId"))


def _check(pod: Pod) -> None:
    """What of a pod has to go together."""
    if (pod.starts_at is None) != (pod.ends_at is None):
        raise InvalidInput("Say both when it starts and when it ends.", field=("input", "endsAt"))
    if pod.starts_at and pod.ends_at and pod.starts_at >= pod.ends_at:
        raise InvalidInput("It ends before it starts.", field=("input", "endsAt"))
