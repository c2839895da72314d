"""What users are marked with: skills, interests, subjects.

The rows are accounts'. That a user sees the tag that they take is reference data's to say.
"""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.accounts.models import TagSource, UserSubject, UserTag
from app.core.errors import InvalidInput, NotFound
from app.core.text import line
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.errors import TooManyMarks, UserSubjectExists, UserTagExists
from app.reference.store import people as store

MOST: Final = 100

Rating = Annotated[int, Field(ge=1, le=10)]
Value = Annotated[str, AfterValidator(line(500))]


def _by_hand(source: TagSource) -> TagSource:
    if source is TagSource.AI:
        raise ValueError("Only the program adds what a model suggests.")
    return source


class UserTagData(BaseModel):
    """A tag that a user takes."""

    tag_id: UUID
    rating: Rating | None = None
    value: Value | None = None
    source: Annotated[TagSource, AfterValidator(_by_hand)] = TagSource.MANUAL


class UserTagChanges(BaseModel):
    """What changes of it: what is given. None takes rating and value away."""

    rating: Rating | None = None
    value: Value | None = None
    accepted: bool = False


async def add_tag(uow: UnitOfWork, viewer: Viewer, data: UserTagData) -> UUID:
    """A tag that the viewer takes: the key of the two together."""
    await _room_for(uow, viewer.user_id, UserTag)
    if not await store.hold_tag(uow.session, viewer, data.tag_id):
        raise NotFound(field=("input", "tagId"))
    values = data.model_dump() | {"user_id": viewer.user_id, "accepted": True}
    key = await store.add_tag(uow.session, values)
    if key is None:
        raise UserTagExists(field=("input", "tagId"))
    return key


async def update_tag(uow: UnitOfWork, viewer: Viewer, key: UUID, changes: UserTagChanges) -> None:
    """Change what is given of one of the viewer's tags, and nothing else."""
    own = await store.user_tag(uow.session, viewer.user_id, key)
    if own is None:
        raise NotFound(field=("input", "id"))
    values = changes.model_dump(exclude_unset=True)
    if not values:
        raise InvalidInput("Give at least one thing to change.", field=("input",))
    if "accepted" in values and own.source is not TagSource.AI:
        raise InvalidInput(
            "Only what a model suggested can be accepted or not.", field=("input", "accepted")
        )
    await store.change_tag(uow.session, key, values)


async def remove_tag(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Take one of the viewer's tags away."""
    if not await store.remove_tag(uow.session, viewer.user_id, key):
        raise NotFound(field=("input", "id"))


async def add_subject(uow: UnitOfWork, viewer: Viewer, subject_id: UUID) -> None:
    """A subject that the viewer studies from now on."""
    await _room_for(uow, viewer.user_id, UserSubject)
    if not await store.hold_subject(uow.session, subject_id):
        raise NotFound(field=("input", "subjectId"))
    if not await store.add_subject(uow.session, viewer.user_id, subject_id):
        raise UserSubjectExists(field=("input", "subjectId"))


async def remove_subject(uow: UnitOfWork, viewer: Viewer, subject_id: UUID) -> None:
    """A subject that the viewer no longer studies."""
    if not await store.remove_subject(uow.session, viewer.user_id, subject_id):
        raise NotFound(field=("input", "subjectId"))


async def _room_for(
    uow: UnitOfWork, user_id: UUID, table: type[UserTag] | type[UserSubject]
) -> None:
    await store.hold_user(uow.session, user_id)
    if await store.count(uow.session, table, user_id) >= MOST:
        raise TooManyMarks
