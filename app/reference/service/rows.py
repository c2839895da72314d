"""Saving a row: a new one, or all of an old one anew."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.errors import NameTaken
from app.reference.models import AiModel, Subject, SubscriptionPlan, Tag, TagCategory, TagGroup
from app.reference.store import saving as store

RowT = TypeVar("RowT", Subject, TagGroup, TagCategory, Tag, AiModel, SubscriptionPlan)


async def written(
    uow: UnitOfWork, viewer: Viewer, table: type[RowT], key: UUID | None, values: dict[str, Any]
) -> RowT:
    """The row with these values, not sent yet; `NotFound` if there is none with this key."""
    if key is None:
        row = table(**values)
        uow.session.add(row)
    else:
        found = await store.row_to_change(uow.session, table, key)
        if found is None:
            raise NotFound(field=("input", "id"))
        row = found
        for name, value in values.items():
            setattr(row, name, value)
            # Decimals that are equal can have other digits: 9.00 and 9.
            flag_modified(row, name)
    row.saved_by_id = viewer.user_id
    return row


async def saved(
    uow: UnitOfWork,
    viewer: Viewer,
    table: type[RowT],
    key: UUID | None,
    values: dict[str, Any],
    unique: str = "name",
) -> RowT:
    """The row as it was sent; `NameTaken` of the input's field `unique` if another has it."""
    row = await written(uow, viewer, table, key, values)
    if not await store.is_unique(uow.session):
        raise NameTaken(field=("input", unique))
    return row
