"""The tables of pods."""

from app.pods.models.invitations import PodInvitation, PodInvitationKind, PodInvitationStatus
from app.pods.models.members import PodMember, PodMemberStatus, PodRole
from app.pods.models.pods import Pod, PodCategory, PodDifficulty, PodStatus

__all__ = [
    "Pod",
    "PodCategory",
    "PodDifficulty",
    "PodInvitation",
    "PodInvitationKind",
    "PodInvitationStatus",
    "PodMember",
    "PodMemberStatus",
    "PodRole",
    "PodStatus",
]
