"""Root queries of classes and who is in them."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, exists, or_, true
from sqlmodel import col, select

from app.accounts.types import User
from app.classes import models, policy
from app.classes.models import ClassStatus, ClassType
from app.classes.types import Class, ClassId, Enrollment, EnrollmentId
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, called, find, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses.models import Cohort
from app.courses.types import Course


@strawberry.input(description="Which classes.")
class ClassFilter:
    """What isn't given doesn't narrow."""

    mine: bool = strawberry.field(
        default=False, description="Those that you teach, or are in, or were in to the end."
    )
    statuses: list[ClassStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    type: ClassType | None = strawberry.field(default=None, description="Of this type.")
    course_id: strawberry.ID | None = id_field(
        "That teach this course.", Course.prefix, default=None
    )
    instructor_id: strawberry.ID | None = id_field(
        "Taught by this user.", User.prefix, default=None
    )


def _of_cohort(class_: type[models.Class], column: Any, wanted: Any) -> ColumnElement[bool]:
    return exists(
        select(Cohort.id).where(Cohort.id == class_.id, column == wanted).correlate(class_)
    )


def _classes(
    viewer: Asker,
    class_: type[models.Class],
    *,
    filter: Annotated[
        ClassFilter | None, strawberry.argument(description="Which ones; else all you can see.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.mine:
            where &= or_(policy.leads(viewer, class_.id), policy.attends(viewer, class_.id))
        if filter.statuses is not None:
            where &= col(class_.status).in_(filter.statuses)
        if filter.type is not None:
            where &= col(class_.type) == filter.type
        if filter.course_id is not None:
            where &= _of_cohort(class_, col(Cohort.course_id), filter.course_id)
        if filter.instructor_id is not None:
            where &= _of_cohort(class_, col(Cohort.instructor_id), filter.instructor_id)
    return Rows(where, Order("classes", ("created_at", "id"), descending=True))


def _class(_: Asker, class_: type[models.Class], *, id: ClassId) -> ColumnElement[bool]:
    return col(class_.id) == id


def _enrollment(
    _: Asker, enrollment: type[models.Enrollment], *, id: EnrollmentId
) -> ColumnElement[bool]:
    return col(enrollment.id) == id


@strawberry.type
class ClassQuery:
    """Look for classes and read them."""

    classes: Connection[Class] = browse(
        _classes,
        SIGNED_IN,
        "Classes, the newest first: those on offer, those that you teach or are in, and all to"
        " those who manage classes.",
    )
    class_: Class | None = called(
        "class",
        find(
            _class,
            SIGNED_IN,
            "A class; null unless it is on offer, or the viewer teaches it, is in it, was in it to"
            " its end, or manages classes.",
        ),
    )
    enrollment: Enrollment | None = find(
        _enrollment,
        SIGNED_IN,
        "A place in a class; null unless it is the viewer's own, or they teach the class or"
        " manage classes.",
    )
