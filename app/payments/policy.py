"""Who sees what of payments."""

from sqlalchemy import ColumnElement, exists, false, true
from sqlmodel import col, select

from app.core.viewer import Asker
from app.payments.models import Payment, Refund

MANAGE = "payment.manage"


def visible(viewer: Asker, payment: type[Payment] = Payment) -> ColumnElement[bool]:
    """The viewer's own payments; all to those who manage them."""
    if viewer.may(MANAGE):
        return true()
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(payment.payer_id) == viewer.user_id
    return own


def visible_refund(viewer: Asker, refund: type[Refund] = Refund) -> ColumnElement[bool]:
    """Refunds of payments that the viewer sees."""
    if viewer.may(MANAGE):
        return true()
    return exists(
        select(Payment.id).where(Payment.id == refund.payment_id, visible(viewer)).correlate(refund)
    )
