"""Root queries of lectures."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, func, or_, true
from sqlmodel import col

from app.accounts.types import User
from app.classes import lecture_policy as policy
from app.classes import models
from app.classes.models import LectureStatus
from app.classes.types.lectures import Lecture, LectureId
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference.types.taxonomy import Subject


@strawberry.input(description="Which lectures.")
class LectureFilter:
    """What isn't given doesn't narrow."""

    upcoming: bool | None = strawberry.field(
        default=None, description="Only those that are still to begin, or only the others."
    )
    free: bool | None = strawberry.field(
        default=None, description="Only those that cost nothing, or only the others."
    )
    mine: bool = strawberry.field(
        default=False, description="Those that you give, or that you have a seat at."
    )
    status: LectureStatus | None = strawberry.field(
        default=None, description="Those that take place, or those that don't."
    )
    instructor_id: strawberry.ID | None = id_field("Given by this user.", User.prefix, default=None)
    subject_id: strawberry.ID | None = id_field("On this subject.", Subject.prefix, default=None)
    starts_after: datetime | None = strawberry.field(
        default=None, description="That begin at this time or later."
    )
    starts_before: datetime | None = strawberry.field(
        default=None, description="That begin before this time."
    )
    search: str | None = strawberry.field(
        default=None, description="With these words in title or description."
    )


def _narrowed(
    viewer: Asker, lecture: type[models.Lecture], filter: LectureFilter
) -> ColumnElement[bool]:
    where: ColumnElement[bool] = true()
    if filter.upcoming is not None:
        coming = col(lecture.starts_at) > func.now()
        where &= coming if filter.upcoming else ~coming
    if filter.free is not None:
        free = col(lecture.price_amount).is_(None)
        where &= free if filter.free else ~free
    if filter.mine:
        own = col(lecture.instructor_id) == viewer.user_id
        where &= or_(own, policy.comes(viewer, lecture))
    if filter.status is not None:
        where &= col(lecture.status) == filter.status
    if filter.instructor_id is not None:
        where &= col(lecture.instructor_id) == filter.instructor_id
    if filter.subject_id is not None:
        where &= col(lecture.subject_id) == filter.subject_id
    if filter.search is not None:
        where &= col(lecture.search).bool_op("@@")(
            func.websearch_to_tsquery("simple", filter.search)
        )
    return where & _between(lecture, filter)


def _between(lecture: type[models.Lecture], filter: LectureFilter) -> ColumnElement[bool]:
    where: ColumnElement[bool] = true()
    if filter.starts_after is not None:
        where &= col(lecture.starts_at) >= filter.starts_after
    if filter.starts_before is not None:
        where &= col(lecture.starts_at) < filter.starts_before
    return where


def _lectures(
    viewer: Asker,
    lecture: type[models.Lecture],
    *,
    filter: Annotated[
        LectureFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where = true() if filter is None else _narrowed(viewer, lecture, filter)
    return Rows(where, Order("lectures", ("starts_at", "id")))


def _lecture(_: Asker, lecture: type[models.Lecture], *, id: LectureId) -> ColumnElement[bool]:
    return col(lecture.id) == id


@strawberry.type
class LecturesQuery:
    """Look for lectures."""

    lectures: Connection[Lecture] = browse(
        _lectures,
        SIGNED_IN,
        "Lectures by their time, the first one first; cancelled ones only to who gives them, or"
        " had wanted to come.",
    )
    lecture: Lecture | None = find(
        _lecture, SIGNED_IN, "A lecture; null if the viewer can't see it."
    )
