"""How well somebody does in the lessons of a course, as far as anything says so.

What is measured lies in several places; each gives a `Source`, and a curriculum is adapted to
all of them together.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from app.core.db import ReadSession

# `(session, user, course)`: the percent reached in lessons, 0 to 100, by the keys of those.
Source = Callable[[ReadSession, UUID, UUID], Awaitable[Mapping[UUID, int]]]

SOURCES: Final[list[Source]] = []


async def known(session: ReadSession, user_id: UUID, course_id: UUID) -> dict[UUID, int]:
    """The least percent that any source says of each lesson."""
    found: dict[UUID, int] = {}
    for source in SOURCES:
        for lesson_id, percent in (await source(session, user_id, course_id)).items():
            found[lesson_id] = min(percent, found.get(lesson_id, percent))
    return found
