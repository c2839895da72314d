"""Typed jobs: work that a unit of work leaves behind for the workers.

A job carries ids. It may run more than once, so its actor is idempotent.
"""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Queue = Literal["default", "speech", "ai", "code"]
QUEUES: tuple[Queue, ...] = ("default", "speech", "ai", "code")


class Job(BaseModel):
    """A subclass names itself and its queue; `workers` has exactly one actor for it."""

    model_config = ConfigDict(frozen=True)

    name: ClassVar[str]
    queue: ClassVar[Queue] = "default"
    registry: ClassVar[dict[str, type["Job"]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            other = Job.registry.setdefault(cls.name, cls)
            if other is not cls:
                raise TypeError(f"{cls.name} is taken by {other.__qualname__}")
