"""Money as the schema has it: a decimal amount with its currency."""

import re
from decimal import Decimal

import strawberry
from graphql import GraphQLError
from strawberry import scalar
from strawberry.types.scalar import ScalarDefinition

_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


def _parse(value: object) -> Decimal:
    # A float has lost digits before it comes here.
    if isinstance(value, str | int) and _DECIMAL.fullmatch(str(value)):
        return Decimal(str(value))
    raise GraphQLError(f'{value!r} isn\'t a decimal number such as "9.90".')


def _print(value: Decimal) -> str:
    return format(value, "f")


DECIMAL_SCALAR: dict[object, ScalarDefinition] = {
    Decimal: scalar(
        name="Decimal",
        description="A decimal number as a string, such as `9.90`: at most 12 digits before the"
        " point and 6 after it. None is lost, and none is added.",
        specified_by_url="https://www.w3.org/TR/xmlschema-2/#decimal",
        serialize=_print,
        parse_value=_parse,
    )
}


@strawberry.type(description="An amount of money.")
class Money:
    """As exact as it was given."""

    amount: Decimal = strawberry.field(
        description="How much, with as many digits after the point as the currency has."
    )
    currency: str = strawberry.field(description="The currency's code in ISO 4217, such as `EUR`.")


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """Not negative."""

    amount: Decimal = strawberry.field(
        description="How much: with at most as many digits after the point as the currency has."
    )
    currency: str = strawberry.field(description="The currency's code in ISO 4217, such as `EUR`.")

    def data(self) -> dict[str, object]:
        """What `to_data` checks."""
        return dict(vars(self))
