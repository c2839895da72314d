"""Expected failures as data: `UserError`, and how an input becomes checked data."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import strawberry
from pydantic import BaseModel, ValidationError
from strawberry.utils.str_converters import to_camel_case

from app.core.errors import DomainError, InvalidInput, InvalidInputs

if TYPE_CHECKING:
    from app.errors import UserErrorCode

DataT = TypeVar("DataT", bound=BaseModel)


@strawberry.type(description="Why a mutation didn't do what was asked. Nothing has changed.")
class UserError:
    """One expected failure."""

    code: Annotated["UserErrorCode", strawberry.lazy("app.errors")] = strawberry.field(
        description="The kind of failure, for programs."
    )
    message: str = strawberry.field(description="What went wrong, for people.")
    field: list[str] | None = strawberry.field(
        description="The path into the input of the value at fault, if it is one value."
    )
    lockout_end: datetime | None = strawberry.field(
        default=None, description="With `ACCOUNT_LOCKED`: when signing in is possible again."
    )


def user_errors(error: DomainError | InvalidInputs) -> list[UserError]:
    """What a payload says of a failure."""
    errors = error.errors if isinstance(error, InvalidInputs) else (error,)
    return [
        UserError(
            # The enum's values are the codes.
            code=cast("UserErrorCode", each.code),
            message=each.text,
            field=list(each.field) if each.field is not None else None,
            lockout_end=each.lockout_end,
        )
        for each in errors
    ]


def to_data(model: type[DataT], given: Any, **more: Any) -> DataT:
    """Check a GraphQL input against the rules of a use-case's data.

    Raises `InvalidInputs` with one error for each field that breaks a rule.
    """
    values = {
        name: value for name, value in vars(given).items() if value is not strawberry.UNSET
    } | more
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidInputs([_from_pydantic(dict(each)) for each in error.errors()]) from None


def _from_pydantic(error: dict[str, Any]) -> DomainError:
    path = ["input", *(to_camel_case(str(part)) for part in error["loc"])]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, DomainError):
        return type(cause)(cause.text, field=path)
    message = str(cause) if cause else f"{error['msg']}."
    return InvalidInput(message, field=path)
