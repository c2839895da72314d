"""What the viewer has signed in with."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts import models, policy
from app.core.graph.read.declare import Rows, column, computed, id_of, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker


def _signed_in(_: Asker, session: type[models.AuthSession]) -> ColumnElement[bool]:
    other: Any = aliased(models.AuthSession)
    return (
        select(other.id)
        .where(policy.live_session(other), ~policy.is_api(other), *_same_device(other, session))
        .correlate(session)
        .exists()
    )


def _same_device(one: Any, other: Any) -> list[ColumnElement[bool]]:
    """Devices are told apart by what they say of themselves."""
    names = ("user_id", "device_type", "device_os", "device_browser")
    return [getattr(one, name) == getattr(other, name) for name in names]


def devices(_: Asker, session: type[models.AuthSession], user: type[models.User]) -> Rows:
    """The newest session of each of a user's devices."""
    other: Any = aliased(models.AuthSession)
    newer = (
        select(other.id)
        .where(
            *_same_device(other, session),
            ~policy.is_api(other),
            tuple_(other.created_at, other.id) > tuple_(col(session.created_at), col(session.id)),
        )
        .correlate(session)
        .exists()
    )
    return Rows(
        and_(col(session.user_id) == user.id, ~policy.is_api(session), ~newer),
        Order("devices", ("created_at", "id"), descending=True),
    )


@reads(
    models.AuthSession,
    description="A device that the viewer has signed in with, whether it still is or not.",
)
class Device:
    """The newest of its sessions."""

    session_id: strawberry.ID = id_of("id", "ses", "The id of its newest session.")
    type: str = column("Desktop, mobile or tablet, as it said.", "device_type")
    os: str = column("Its operating system, as it said.", "device_os")
    browser: str = column("Its browser, as it said.", "device_browser")
    address: str = column("The network address that it last signed in from.")
    last_login_at: datetime = column("When it last signed in.", "created_at")
    signed_in: bool = computed(_signed_in, "Whether it is signed in now.")
