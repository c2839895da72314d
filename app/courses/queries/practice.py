"""Root queries of practice: sessions and logs of the viewer's own."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, id_field
from app.core.graph.read.pages import Order, PageArguments
from app.core.viewer import Asker
from app.courses import models
from app.courses.models import PracticeStatus, PracticeType, ProgressActivity
from app.courses.types.courses import Course
from app.courses.types.practice import PracticeSession, ProgressLog

_BY_START = Order("practiceSessions", ("started_at", "id"), descending=True)
_BY_TIME = Order("progressLogs", ("happened_at", "id"), descending=True)


@strawberry.input(description="Which practice sessions.")
class PracticeSessionFilter:
    """What isn't given doesn't narrow."""

    course_id: strawberry.ID | None = id_field("On this course.", Course.prefix, default=None)
    statuses: list[PracticeStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    types: list[PracticeType] | None = strawberry.field(
        default=None, description="Of one of these types."
    )


@strawberry.input(description="Which progress logs.")
class ProgressLogFilter:
    """What isn't given doesn't narrow."""

    course_id: strawberry.ID | None = id_field("On this course.", Course.prefix, default=None)
    session_id: strawberry.ID | None = id_field(
        "Of this practice session.", PracticeSession.prefix, default=None
    )
    activities: list[ProgressActivity] | None = strawberry.field(
        default=None, description="Of one of these activities."
    )
    happened_after: datetime | None = strawberry.field(
        default=None, description="At this time or later."
    )
    happened_before: datetime | None = strawberry.field(
        default=None, description="Before this time."
    )


def _sessions(
    _: Asker,
    session: type[models.PracticeSession],
    *,
    filter: Annotated[
        PracticeSessionFilter | None, strawberry.argument(description="Which ones.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.course_id is not None:
            where &= col(session.course_id) == filter.course_id
        if filter.statuses is not None:
            where &= col(session.status).in_(filter.statuses)
        if filter.types is not None:
            where &= col(session.type).in_(filter.types)
    return Rows(where, _BY_START)


def _logs(
    _: Asker,
    log: type[models.ProgressLog],
    *,
    filter: Annotated[
        ProgressLogFilter | None, strawberry.argument(description="Which ones.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.course_id is not None:
            where &= col(log.course_id) == filter.course_id
        if filter.session_id is not None:
            where &= col(log.session_id) == filter.session_id
        if filter.activities is not None:
            where &= col(log.activity).in_(filter.activities)
        if filter.happened_after is not None:
            where &= col(log.happened_at) >= filter.happened_after
        if filter.happened_before is not None:
            where &= col(log.happened_at) < filter.happened_before
    return Rows(where, _BY_TIME)


def _check(_: PageArguments, *, filter: Any) -> None:
    if (
        filter is not None
        and filter.happened_after is not None
        and filter.happened_before is not None
        and filter.happened_after >= filter.happened_before
    ):
        raise BadRequest("'happenedAfter' has to lie before 'happenedBefore'.")


@strawberry.type
class PracticeQuery:
    """Look back on one's own work."""

    practice_sessions: Connection[PracticeSession] = browse(
        _sessions, SIGNED_IN, "The viewer's practice sessions, newest first."
    )
    progress_logs: Connection[ProgressLog] = browse(
        _logs, SIGNED_IN, "What the viewer has logged, newest first.", check=_check
    )
