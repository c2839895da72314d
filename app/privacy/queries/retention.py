"""Root queries of retention."""

import strawberry
from sqlalchemy import true

from app.core.access import permitted
from app.core.graph.read.declare import Rows, gather
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.privacy import models
from app.privacy.policy import MANAGE_RETENTION
from app.privacy.types.retention import RetentionPolicy

_BY_TYPE = Order("retentionPolicies", ("data_type",))


def _policies(_: Asker, policy: type[models.RetentionPolicy]) -> Rows:
    del policy
    return Rows(true(), _BY_TYPE)


@strawberry.type
class RetentionQuery:
    """How long data is kept."""

    retention_policies: list[RetentionPolicy] = gather(
        _policies,
        permitted(MANAGE_RETENTION),
        "For how long each kind of data is kept.",
        most=20,
    )
