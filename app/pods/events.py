"""What happens in pods, and what it leaves to do."""

from uuid import UUID

from app.core.events import PersistedEvent


def pod_stream(pod_id: UUID | str) -> str:
    """Everything that happens in a pod."""
    return f"pod:{pod_id}"


class _PodEvent(PersistedEvent):
    pod_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return pod_stream(self.pod_id)


class PodCreated(_PodEvent):
    """There is a new pod; its first owner joins it next."""

    kind = "pod.created"


class PodChanged(_PodEvent):
    """Something that is said of the pod is another now."""

    kind = "pod.changed"


class PodArchived(_PodEvent):
    """The pod is only read from now on."""

    kind = "pod.archived"


class PodDeleted(_PodEvent):
    """The pod is gone; what was said in it goes with it."""

    kind = "pod.deleted"
    conversation_id: UUID


class _PersonEvent(_PodEvent):
    user_id: UUID


class PodMemberJoined(_PersonEvent):
    """Somebody is in the pod from now on."""

    kind = "pod.member_joined"


class PodMemberLeft(_PersonEvent):
    """Somebody isn't in the pod any more: they left, or were removed."""

    kind = "pod.member_left"


class PodMemberBanned(_PersonEvent):
    """Somebody may not be in the pod."""

    kind = "pod.member_banned"


class PodJoinRequested(_PersonEvent):
    """Somebody asks to be let in."""

    kind = "pod.join_requested"


class PodMemberApproved(_PersonEvent):
    """Somebody who had asked is in."""

    kind = "pod.member_approved"


class PodMemberRoleChanged(_PersonEvent):
    """Somebody has another role."""

    kind = "pod.member_role_changed"


class PodInvited(_PersonEvent):
    """Somebody is invited as a user."""

    kind = "pod.invited"
    invitation_id: UUID
