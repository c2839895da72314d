"""Who may do what, to whom and when: every combination."""

from itertools import product

import pytest

from app.pods.models import PodMemberStatus, PodRole, PodStatus
from app.pods.states import (
    GIVES,
    ON_PERSON,
    ON_POD,
    POSSIBLE,
    TO_WHOM,
    PodAction,
    sets_role,
)

_RANK = {"owner": 3, "admin": 2, "moderator": 1, "member": 0}
# The least rank that does it.
_LEAST = {
    "update": 2,
    "archive": 2,
    "delete": 2,
    "analyse": 2,
    "invite": 1,
    "revoke": 1,
    "plan": 1,
    "approve": 1,
    "remove": 1,
    "ban": 1,
    "set_role": 2,
}
_IN_ARCHIVED = {"delete", "leave", "decline", "analyse"}


@pytest.mark.parametrize(("action", "role"), [*product(ON_POD, PodRole)])
def test_what_is_done_to_a_pod(action: PodAction, role: PodRole) -> None:
    assert (role in ON_POD[action]) is (_RANK[role.value] >= _LEAST[action.value])


@pytest.mark.parametrize(("action", "actor", "target"), [*product(ON_PERSON, PodRole, PodRole)])
def test_nobody_acts_on_an_equal_or_higher_role(
    action: PodAction, actor: PodRole, target: PodRole
) -> None:
    mine, theirs = _RANK[actor.value], _RANK[target.value]
    allowed = mine > theirs and mine >= _LEAST[action.value]
    assert (target in ON_PERSON[action][actor]) is allowed


@pytest.mark.parametrize(("actor", "target", "role"), [*product(PodRole, PodRole, PodRole)])
def test_roles_that_are_given(actor: PodRole, target: PodRole, role: PodRole) -> None:
    mine, theirs, new = (_RANK[each.value] for each in (actor, target, role))
    gives = mine == 3 or (mine == 2 and new < 2)
    assert sets_role(actor, target, role, oneself=False) is (mine > theirs and gives)
    assert (role in GIVES[actor]) is gives


@pytest.mark.parametrize(("role", "new"), [*product(PodRole, PodRole)])
def test_oneself_stays_or_goes_down(role: PodRole, new: PodRole) -> None:
    assert sets_role(role, role, new, oneself=True) is (_RANK[new.value] <= _RANK[role.value])


@pytest.mark.parametrize(("status", "action"), [*product(PodStatus, PodAction)])
def test_states_of_pods(status: PodStatus, action: PodAction) -> None:
    expected = status is PodStatus.ACTIVE or action.value in _IN_ARCHIVED
    assert (action in POSSIBLE[status]) is expected


@pytest.mark.parametrize(("action", "standing"), [*product(TO_WHOM, [None, *PodMemberStatus])])
def test_standings_of_people(action: PodAction, standing: PodMemberStatus | None) -> None:
    expected = {
        "approve": {"pending"},
        "set_role": {"active"},
        "remove": {"active", "pending", "banned"},
        "ban": {None, "active", "pending", "banned"},
    }[action.value]
    assert (standing in TO_WHOM[action]) is ((standing.value if standing else None) in expected)


def test_every_action_on_a_person_says_on_whom() -> None:
    assert set(ON_PERSON) == set(TO_WHOM)
    every = set(ON_POD) | set(ON_PERSON)
    assert every | {PodAction(each) for each in ("join", "leave", "accept", "decline")} == set(
        PodAction
    )
