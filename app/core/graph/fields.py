"""Root fields that Python answers: who may call them, and at what cost in limits.

Those that read are declared (`read/declare.py`), but for what no statement says; and so are
those that follow something (`realtime/declare.py`). The decorators are the one place where access
is checked, limits are counted and expected failures become data; no resolver does any of it.
"""

import inspect
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import cache, wraps
from typing import Annotated, Any

import strawberry

from app.core.access import Access
from app.core.errors import DomainError, InvalidInputs
from app.core.graph.payloads import user_errors
from app.core.graph.read.operation import COST, LIMITS
from app.core.graph.read.payload import WRITES
from app.core.graph.read.returning import Writes
from app.core.limits import Limit

ACCESS = "access"

_INPUT = "input"
_INPUT_ARGUMENT = strawberry.argument(description="What is to be done, and with what.")

Resolver = Callable[..., Awaitable[Any]]


def _options(
    resolver: Callable[..., Any], access: Access, limits: Sequence[Limit]
) -> dict[str, Any]:
    text = inspect.cleandoc(resolver.__doc__ or "")
    metadata = {ACCESS: access, LIMITS: limits}
    return {"description": f"{text}\n\n{access.sentence()}", "metadata": metadata}


def mutation(
    access: Access, *limits: Limit, writes: Writes | None = None
) -> Callable[[Resolver], Any]:
    """A field of `Mutation` that returns a payload: `DomainError`s become its `errors`.

    Before it runs, the database confirms the viewer's rights, unless all that it `writes` is one
    statement, which confirms them itself (`in_one_statement`).
    """
    access = replace(access, writes=True)

    def decorate(resolver: Resolver) -> Any:
        annotations = resolver.__annotations__
        if _INPUT in annotations:
            annotations[_INPUT] = Annotated[annotations[_INPUT], _INPUT_ARGUMENT]

        @cache
        def payload() -> Any:
            return typing.get_type_hints(resolver)["return"]

        @wraps(resolver)
        async def guarded(*args: Any, **kwargs: Any) -> Any:
            info = kwargs["info"]
            done = info.context.payloads.get(info.path.key)
            if done is not None:
                return done
            if writes is None:
                await info.context.confirm()
            await info.context.admit(access, *limits)
            try:
                return await resolver(*args, **kwargs)
            except (DomainError, InvalidInputs) as error:
                return payload()(errors=user_errors(error))

        options = _options(resolver, access, limits)
        options["metadata"][WRITES] = writes
        return strawberry.mutation(guarded, **options)

    return decorate


def question(access: Access, *limits: Limit, cost: int) -> Callable[[Resolver], Any]:
    """A field of `Query` that Python answers, at a cost in points beside its objects'."""

    def decorate(resolver: Resolver) -> Any:
        @wraps(resolver)
        async def guarded(*args: Any, **kwargs: Any) -> Any:
            await kwargs["info"].context.admit(access, *limits)
            return await resolver(*args, **kwargs)

        options = _options(resolver, access, limits)
        options["metadata"][COST] = cost
        return strawberry.field(guarded, **options)

    return decorate
