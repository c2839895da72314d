"""What a class is told."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import ColumnElement, case, func
from sqlmodel import col, select

from app.accounts.types import User
from app.classes import models, policy
from app.core.graph.node import Node
from app.core.graph.read.declare import called, column, computed, edge, reads, whole
from app.core.viewer import Asker

if TYPE_CHECKING:
    from app.classes.types.classes import Class


def _read_at(viewer: Asker, announcement: type[models.Announcement]) -> ColumnElement[datetime]:
    read = models.AnnouncementRead
    found = select(read.read_at).where(
        read.announcement_id == announcement.id, col(read.user_id) == viewer.user_id
    )
    return found.scalar_subquery()


def _read_count(viewer: Asker, announcement: type[models.Announcement]) -> ColumnElement[int]:
    read = models.AnnouncementRead
    counted = select(func.count()).where(
        read.announcement_id == announcement.id,
        policy.is_member(read.user_id, announcement.class_id),
    )
    return case((policy.keeps(viewer, announcement.class_id), whole(counted.scalar_subquery())))


@reads(
    models.Announcement,
    visible=policy.visible_announcement,
    description="Something that the members of a class are told by those who teach it.",
)
class Announcement(Node):
    """Before it is sent, for those who teach the class alone."""

    prefix = "ann"

    class_: Annotated["Class", strawberry.lazy("app.classes.types.classes")] | None = called(
        "class", edge("class_id", "The class.")
    )
    author: User | None = edge("author_id", "Who wrote it; null once their account is gone.")
    title: str = column("It in a line.")
    content: str = column("It in plain text, with line breaks.")
    scheduled_at: datetime = column("When it is, or was, to be sent.")
    sent_at: datetime | None = column("When it was sent; null before.")
    read_at: datetime | None = computed(_read_at, "When the viewer marked it as read, if so.")
    read_count: int | None = computed(
        _read_count, "To those who teach the class: how many of its members have read it."
    )
    created_at: datetime = column("When it was written.")
    updated_at: datetime = column("When it was last changed.")
