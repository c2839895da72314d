"""Who am I."""

import strawberry
from sqlalchemy import ColumnElement
from sqlmodel import col

from app.accounts import models
from app.accounts.types.viewer import Viewer
from app.core.access import ONESELF
from app.core.graph.read.declare import find
from app.core.viewer import Asker


def _viewer(viewer: Asker, user: type[models.User]) -> ColumnElement[bool]:
    own: ColumnElement[bool] = col(user.id) == viewer.user_id
    return own


@strawberry.type
class ViewerQuery:
    """Who am I."""

    viewer: Viewer | None = find(_viewer, ONESELF, "The signed-in user; null for nobody.")
