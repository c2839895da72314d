"""Root queries of payments."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.payments import models
from app.payments.models import PayableKind, PaymentMethod, PaymentStatus
from app.payments.types import Payment


@strawberry.input(description="Which payments.")
class PaymentFilter:
    """What isn't given doesn't narrow."""

    statuses: list[PaymentStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    kinds: list[PayableKind] | None = strawberry.field(
        default=None, description="For something of one of these kinds."
    )
    method: PaymentMethod | None = strawberry.field(
        default=None, description="Whose money comes like this."
    )
    payer_id: strawberry.ID | None = id_field("Of this user.", User.prefix, default=None)
    made_after: datetime | None = strawberry.field(
        default=None, description="Made at this time or later."
    )
    made_before: datetime | None = strawberry.field(
        default=None, description="Made before this time."
    )


def _payments(
    _: Asker,
    payment: type[models.Payment],
    *,
    filter: Annotated[
        PaymentFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None and filter.statuses is not None:
        where &= col(payment.status).in_(filter.statuses)
    if filter is not None and filter.kinds is not None:
        where &= col(payment.kind).in_(filter.kinds)
    if filter is not None and filter.method is not None:
        where &= col(payment.method) == filter.method
    if filter is not None and filter.payer_id is not None:
        where &= col(payment.payer_id) == filter.payer_id
    if filter is not None and filter.made_after is not None:
        where &= col(payment.created_at) >= filter.made_after
    if filter is not None and filter.made_before is not None:
        where &= col(payment.created_at) < filter.made_before
    return Rows(where, Order("payments", descending=True))


@strawberry.type
class PaymentsQuery:
    """What was paid, and what wasn't."""

    payments: Connection[Payment] = browse(
        _payments,
        SIGNED_IN,
        "The viewer's payments, the newest first; all to those who manage payments.",
    )
