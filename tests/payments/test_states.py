"""The life of a payment: every state and every step."""

from itertools import product

import pytest

from app.payments.models import PaymentStatus
from app.payments.states import PaymentStep, after, allows

S, P = PaymentStatus, PaymentStep

# Said once more: where each step leads, from the states that allow it.
_LEADS: dict[PaymentStep, dict[PaymentStatus, PaymentStatus]] = {
    P.VERIFY: {S.PENDING: S.VERIFIED},
    P.SETTLE: {S.PENDING: S.VERIFIED, S.FAILED: S.VERIFIED, S.CANCELLED: S.VERIFIED},
    P.FAIL: {S.PENDING: S.FAILED},
    P.RETRY: {S.FAILED: S.PENDING},
    P.CANCEL: {S.PENDING: S.CANCELLED, S.FAILED: S.CANCELLED},
    P.REFUND: {S.VERIFIED: S.REFUNDED},
}


@pytest.mark.parametrize(("status", "step"), list(product(S, P)))
def test_every_state_and_step(status: PaymentStatus, step: PaymentStep) -> None:
    assert allows(status, step) == (status in _LEADS[step])
    if allows(status, step):
        assert after(step) is _LEADS[step][status]
