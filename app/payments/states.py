"""The life of a payment: which step is possible in which state, and where it leads."""

from enum import StrEnum
from typing import Final

from app.payments.models import PaymentStatus


class PaymentStep(StrEnum):
    """What can happen to a payment."""

    # Somebody of the staff has seen the money.
    VERIFY = "verify"
    # Stripe has it: that counts whatever was thought before.
    SETTLE = "settle"
    # The card was declined, and can be tried again.
    FAIL = "fail"
    RETRY = "retry"
    CANCEL = "cancel"
    REFUND = "refund"


_UNPAID: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})

# From which states each step is possible, and the state after it. A refund of a part leaves the
# state as it is; the last part leads to where it says here.
STEPS: Final[dict[PaymentStep, tuple[frozenset[PaymentStatus], PaymentStatus]]] = {
    PaymentStep.VERIFY: (frozenset({PaymentStatus.PENDING}), PaymentStatus.VERIFIED),
    PaymentStep.SETTLE: (_UNPAID | {PaymentStatus.CANCELLED}, PaymentStatus.VERIFIED),
    PaymentStep.FAIL: (frozenset({PaymentStatus.PENDING}), PaymentStatus.FAILED),
    PaymentStep.RETRY: (frozenset({PaymentStatus.FAILED}), PaymentStatus.PENDING),
    PaymentStep.CANCEL: (_UNPAID, PaymentStatus.CANCELLED),
    PaymentStep.REFUND: (frozenset({PaymentStatus.VERIFIED}), PaymentStatus.REFUNDED),
}


def allows(status: PaymentStatus, step: PaymentStep) -> bool:
    """Whether a payment in this state can take a step."""
    return status in STEPS[step][0]


def after(step: PaymentStep) -> PaymentStatus:
    """The state that a possible step leads to."""
    return STEPS[step][1]
