"""What may go wrong with pods."""

from app.core.errors import DomainError


class PodIsArchived(DomainError):
    """An archived pod is only read."""

    code = "POD_ARCHIVED"
    message = "This pod is archived: it can only be read."


class PodFull(DomainError):
    """The pod has as many members as it may have."""

    code = "POD_FULL"
    message = "This pod has as many members as it may have."


class PodRoleTooLow(DomainError):
    """The viewer's role in the pod doesn't allow this."""

    code = "POD_ROLE_TOO_LOW"
    message = "Your role in this pod doesn't allow this."


class LastPodOwner(DomainError):
    """A pod never loses its last owner."""

    code = "LAST_POD_OWNER"
    message = "A pod has an owner: make somebody else one before, or delete the pod."


class PodBanned(DomainError):
    """The person is banned from the pod."""

    code = "POD_BANNED"
    message = "This pod's moderators have banned this person."


class AlreadyPodMember(DomainError):
    """The person is in the pod."""

    code = "ALREADY_POD_MEMBER"
    message = "This person is in the pod already."


class AlreadyInvited(DomainError):
    """There is an invitation that still counts."""

    code = "ALREADY_INVITED"
    message = "There is an invitation already: revoke it to make another one."


class PodMemberWrongState(DomainError):
    """The person doesn't stand to the pod as this needs it."""

    code = "POD_MEMBER_WRONG_STATE"
