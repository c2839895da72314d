"""Who sees files."""

from sqlalchemy import ColumnElement
from sqlmodel import col

from app.core.viewer import Asker
from app.vault.models import StoredFile


def own(viewer: Asker, file: type[StoredFile] = StoredFile) -> ColumnElement[bool]:
    """The viewer's own. What a file is attached to shows it to others: whoever sees that."""
    mine: ColumnElement[bool] = col(file.owner_id) == viewer.user_id
    return mine
