"""API tokens, as their owner sees them."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from app.accounts import models, policy
from app.accounts.models import ApiTokenKind, AuthSession
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, column, computed, id_of, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

describe(
    ApiTokenKind,
    "Who holds an API token.",
    {
        ApiTokenKind.PERSONAL: "The user: their own scripts and programs.",
        ApiTokenKind.PARTNER: "Another service, which the user lets act in their name.",
    },
)


def _of_session(token: type[models.ApiToken], value: Any) -> ColumnElement[Any]:
    found: ColumnElement[Any] = select(value).where(AuthSession.id == token.id).scalar_subquery()
    return found


def _scopes(_: Asker, token: type[models.ApiToken]) -> ColumnElement[list[str]]:
    return _of_session(token, col(AuthSession.scopes))


def _expires_at(_: Asker, token: type[models.ApiToken]) -> ColumnElement[datetime]:
    return _of_session(token, col(AuthSession.expires_at))


def _last_used_at(_: Asker, token: type[models.ApiToken]) -> ColumnElement[datetime]:
    return _of_session(token, func.nullif(AuthSession.last_used_at, AuthSession.created_at))


@reads(
    models.ApiToken,
    description="What lets a program act in the viewer's name, within its scopes.",
)
class ApiToken:
    """The token itself is shown once, by `apiTokenCreate`."""

    id: strawberry.ID = id_of("id", "apt", "The token's id.")
    name: str = column("What the user calls it.")
    kind: ApiTokenKind = column("Who holds it.")
    scopes: list[str] = computed(
        _scopes,
        "What it may do: permissions, `account.read` for what else can be read and"
        " `account.write` for what else can be changed.",
    )
    created_at: datetime = column("When it was made.")
    expires_at: datetime = computed(_expires_at, "Until when it can be used.")
    last_used_at: datetime | None = computed(
        _last_used_at, "When it was last used, within a minute or so; null if it never was."
    )


def own_api_tokens(viewer: Asker, token: type[models.ApiToken], _: type[models.User]) -> Rows:
    """The viewer's tokens."""
    live = policy.own_api_token(viewer, token)
    return Rows(live, Order("apiTokens", ("created_at", "id"), descending=True))
