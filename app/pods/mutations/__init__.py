"""Root mutations of pods."""

import strawberry

from app.pods.mutations.invitations import PodInvitationMutation
from app.pods.mutations.joining import PodJoiningMutation
from app.pods.mutations.members import PodMemberMutation
from app.pods.mutations.pods import PodMutation


@strawberry.type
class PodsMutation(PodMutation, PodJoiningMutation, PodInvitationMutation, PodMemberMutation):
    """Make pods, come into them, invite others, and run them."""
