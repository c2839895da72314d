"""Every state of somebody's part in a challenge, and every step."""

from itertools import product

import pytest

from app.gamification.models import ParticipationStatus
from app.gamification.states import STEPS, ParticipationStep, allows

_ALLOWED = {
    (ParticipationStatus.WITHDRAWN, ParticipationStep.JOIN_AGAIN): ParticipationStatus.ACTIVE,
    (ParticipationStatus.ACTIVE, ParticipationStep.LEAVE): ParticipationStatus.WITHDRAWN,
    (ParticipationStatus.ACTIVE, ParticipationStep.COMPLETE): ParticipationStatus.COMPLETED,
    (ParticipationStatus.ACTIVE, ParticipationStep.FAIL): ParticipationStatus.FAILED,
}


@pytest.mark.parametrize(("status", "step"), list(product(ParticipationStatus, ParticipationStep)))
def test_every_step(status: ParticipationStatus, step: ParticipationStep) -> None:
    assert allows(status, step) is ((status, step) in _ALLOWED)
    if allows(status, step):
        assert STEPS[step] == (status, _ALLOWED[status, step])
