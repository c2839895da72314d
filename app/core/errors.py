"""The two families of errors.

A `DomainError` is an expected failure of a use-case: data in a mutation's payload. A
`RequestError` ends the operation: authentication, limits, malformed requests. Anything
else that is raised is a bug, masked and logged.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar


class DomainError(Exception):
    """An expected failure. A subclass names its `code`; codes make one enum of the schema."""

    code: ClassVar[str]
    message: ClassVar[str] = ""
    registry: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            other = DomainError.registry.setdefault(cls.code, cls)
            if other is not cls and other.__qualname__ != cls.__qualname__:
                raise TypeError(f"{cls.code} is taken by {other.__qualname__}")

    def __init__(
        self,
        message: str | None = None,
        *,
        field: Sequence[str] | None = None,
        lockout_end: datetime | None = None,
    ) -> None:
        self.text = message or self.message
        self.field = tuple(field) if field is not None else None
        self.lockout_end = lockout_end
        super().__init__(self.text)


class InvalidInput(DomainError):
    """A value that breaks a rule of its field."""

    code = "INVALID_INPUT"
    message = "This value isn't valid."


class NotFound(DomainError):
    """What doesn't exist, and what this viewer can't see: the two are told apart by nobody."""

    code = "NOT_FOUND"
    message = "There is no such object, or you can't see it."


class InvalidInputs(Exception):
    """Several `DomainError`s at once, one for each field of an input that breaks a rule."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.text for error in errors))


class RequestError(Exception):
    """Ends the operation with a top-level error that carries `extensions.code`."""

    code: ClassVar[str] = "BAD_REQUEST"

    def __init__(self, message: str, **extensions: Any) -> None:
        self.message = message
        self.extensions: dict[str, Any] = {"code": self.code, **extensions}
        super().__init__(message)


class BadRequest(RequestError):
    """A request that makes no sense as it stands."""


class InvalidId(BadRequest):
    """A global id that isn't one, or is one of another type."""

    code = "INVALID_ID"

    def __init__(self, value: str) -> None:
        super().__init__(f"'{value[:80]}' isn't the id of an object of the type asked for.")


class InvalidCursor(BadRequest):
    """A cursor that this list didn't make."""

    code = "INVALID_CURSOR"

    def __init__(self) -> None:
        super().__init__("This cursor doesn't belong to this list.")


class Unauthenticated(RequestError):
    """Nobody is signed in, or the token no longer counts."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in to do this.") -> None:
        super().__init__(message)


class Forbidden(RequestError):
    """The viewer lacks the permission that a root field asks for."""

    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.", permission=permission)


class InPersonOnly(RequestError):
    """A root field that no API token may call, whatever its scopes."""

    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__("An API token can't do this: sign in.")


class Missing(RequestError):
    """A subscription's subject that doesn't exist, or that the viewer can't see."""

    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(NotFound.message)


class RateLimited(RequestError):
    """Over a limit; `retryAfter` in seconds."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: float) -> None:
        seconds = max(1, round(retry_after + 0.5))
        super().__init__(f"Too many requests: try again in {seconds} s.", retryAfter=seconds)


class Conflict(RequestError):
    """An `Idempotency-Key` that can't be answered: reused, still running, or in doubt."""

    code = "IDEMPOTENCY_CONFLICT"


class Overloaded(RequestError):
    """A subscriber that reads too slowly; it resumes with the last cursor that it saw."""

    code = "RESUME"

    def __init__(self) -> None:
        super().__init__("You fell behind: subscribe again with the last cursor that you saw.")
