"""What may be done in a pod: in which state, by which role, and to whom."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.pods.models import PodMemberStatus, PodRole, PodStatus


class PodAction(StrEnum):
    """What can be done."""

    UPDATE = "update"
    ARCHIVE = "archive"
    DELETE = "delete"
    JOIN = "join"
    LEAVE = "leave"
    INVITE = "invite"
    REVOKE = "revoke"
    ACCEPT = "accept"
    DECLINE = "decline"
    APPROVE = "approve"
    SET_ROLE = "set_role"
    REMOVE = "remove"
    BAN = "ban"
    ANALYSE = "analyse"
    PLAN = "plan"


_OWNER, _ADMIN, _MODERATOR, _MEMBER = PodRole

# In which states of the pod. What is archived can be read, left and deleted.
POSSIBLE: Final[Mapping[PodStatus, frozenset[PodAction]]] = {
    PodStatus.ACTIVE: frozenset(PodAction),
    PodStatus.ARCHIVED: frozenset(
        (PodAction.DELETE, PodAction.LEAVE, PodAction.DECLINE, PodAction.ANALYSE)
    ),
}

_LEADERS: Final = frozenset((_OWNER, _ADMIN))
_STEWARDS: Final = frozenset((_OWNER, _ADMIN, _MODERATOR))

# What is done to the pod as a whole, and who may.
ON_POD: Final[Mapping[PodAction, frozenset[PodRole]]] = {
    PodAction.UPDATE: _LEADERS,
    PodAction.ARCHIVE: _LEADERS,
    PodAction.DELETE: _LEADERS,
    PodAction.ANALYSE: _LEADERS,
    PodAction.INVITE: _STEWARDS,
    PodAction.REVOKE: _STEWARDS,
    PodAction.PLAN: _STEWARDS,
}

_BELOW: Final[Mapping[PodRole, frozenset[PodRole]]] = {
    _OWNER: frozenset((_ADMIN, _MODERATOR, _MEMBER)),
    _ADMIN: frozenset((_MODERATOR, _MEMBER)),
    _MODERATOR: frozenset((_MEMBER,)),
    _MEMBER: frozenset(),
}

# What is done to somebody: by each role, to which roles. Who waits, is banned or is no member
# counts as a member.
ON_PERSON: Final[Mapping[PodAction, Mapping[PodRole, frozenset[PodRole]]]] = {
    PodAction.APPROVE: _BELOW,
    PodAction.REMOVE: _BELOW,
    PodAction.BAN: _BELOW,
    PodAction.SET_ROLE: {**_BELOW, _MODERATOR: frozenset()},
}

# Which roles each role gives to others. Only owners make somebody their equal.
GIVES: Final[Mapping[PodRole, frozenset[PodRole]]] = {
    _OWNER: frozenset(PodRole),
    _ADMIN: _BELOW[_ADMIN],
    _MODERATOR: frozenset(),
    _MEMBER: frozenset(),
}

# Which lower roles each role can take itself.
STEPS_DOWN_TO: Final = _BELOW

# To whom, as they stand to the pod; None for whoever has nothing to do with it.
TO_WHOM: Final[Mapping[PodAction, frozenset[PodMemberStatus | None]]] = {
    PodAction.APPROVE: frozenset((PodMemberStatus.PENDING,)),
    PodAction.SET_ROLE: frozenset((PodMemberStatus.ACTIVE,)),
    PodAction.REMOVE: frozenset(PodMemberStatus),
    PodAction.BAN: frozenset((None, *PodMemberStatus)),
}


def sets_role(actor: PodRole, target: PodRole, role: PodRole, *, oneself: bool) -> bool:
    """Whether a member of one role gives another one (or themselves) a role."""
    if oneself:
        return role is actor or role in STEPS_DOWN_TO[actor]
    return target in ON_PERSON[PodAction.SET_ROLE][actor] and role in GIVES[actor]
