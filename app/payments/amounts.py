"""Amounts as Stripe counts them: whole numbers of a currency's smallest unit.

Source: https://docs.stripe.com/currencies#minor-units
"""

from decimal import Decimal
from typing import Final

from app.payments.errors import CardsNotAccepted

# Where Stripe counts another number of digits after the point than ISO 4217 does.
_OTHERWISE: Final = {"ISK": 2, "UGX": 2, "MGA": 0}


def to_stripe(amount: Decimal, currency: str, minor_units: int) -> int:
    """An amount in the smallest unit. `CardsNotAccepted` for one that Stripe can't take exactly.

    Of three digits after the point the last one has to be a zero.
    """
    counted = amount.scaleb(_OTHERWISE.get(currency, minor_units))
    step = 10 if minor_units == 3 else 1
    if counted != counted.to_integral_value() or counted % step:
        raise CardsNotAccepted("Cards can't be charged exactly this amount.")
    return int(counted)


def from_stripe(counted: int, currency: str, minor_units: int) -> Decimal:
    """An amount in the smallest unit, with the digits after the point that its currency has."""
    amount = Decimal(counted).scaleb(-_OTHERWISE.get(currency, minor_units))
    return amount.quantize(Decimal(1).scaleb(-minor_units))
