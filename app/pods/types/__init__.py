"""What the schema shows of pods."""

from app.pods.types.analytics import PodAnalytics
from app.pods.types.invitations import PodInvitation
from app.pods.types.members import PodMember
from app.pods.types.pods import Pod, PodId

__all__ = ["Pod", "PodAnalytics", "PodId", "PodInvitation", "PodMember"]
