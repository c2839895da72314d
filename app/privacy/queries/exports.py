"""Root queries of archives."""

import strawberry
from sqlalchemy import true

from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.privacy import models
from app.privacy.types.exports import DataExport

_NEWEST_FIRST = Order("dataExports", ("id",), descending=True)


def _exports(_: Asker, export: type[models.DataExport]) -> Rows:
    del export
    return Rows(true(), _NEWEST_FIRST)


@strawberry.type
class ExportsQuery:
    """Archives of what is known about the viewer."""

    data_exports: Connection[DataExport] = browse(
        _exports, SIGNED_IN, "The archives that the viewer asked for, the newest first."
    )
