"""Who sees and does what."""

from sqlalchemy import ColumnElement, false, true
from sqlmodel import col

from app.core.viewer import Asker
from app.privacy.models import DataExport, RetentionPolicy

MANAGE_RETENTION = "retention.manage"


def own(viewer: Asker, export: type[DataExport] = DataExport) -> ColumnElement[bool]:
    """The viewer's own archives."""
    mine: ColumnElement[bool] = col(export.user_id) == viewer.user_id
    return mine


def visible_policy(
    viewer: Asker, _: type[RetentionPolicy] = RetentionPolicy
) -> ColumnElement[bool]:
    """All, to those who manage them."""
    return true() if viewer.may(MANAGE_RETENTION) else false()
