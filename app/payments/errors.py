"""What may go wrong with payments."""

from app.core.errors import DomainError


class NotForSale(DomainError):
    """Nothing is asked for this, or no longer."""

    code = "NOT_FOR_SALE"
    message = "This can't be paid for."


class AlreadyPaid(DomainError):
    """It was paid for already, by whom it is for."""

    code = "ALREADY_PAID"
    message = "This was paid for already."


class PaymentWrongState(DomainError):
    """The payment's status doesn't allow this step."""

    code = "PAYMENT_WRONG_STATE"


class RefundTooLarge(DomainError):
    """More than is left of the payment."""

    code = "REFUND_TOO_LARGE"


class CardsNotAccepted(DomainError):
    """There is no account with Stripe, or it can't take this amount."""

    code = "CARDS_NOT_ACCEPTED"
    message = "Cards aren't accepted here: ask the staff how to pay otherwise."


class PaymentProviderUnavailable(DomainError):
    """Stripe doesn't answer, or not as it should: the same call again goes on from there."""

    code = "PAYMENT_PROVIDER_UNAVAILABLE"
    message = "The payment provider can't be reached: try again in a while."


class AlreadySubscribed(DomainError):
    """A user has one subscription."""

    code = "ALREADY_SUBSCRIBED"
    message = "You have a subscription already."
