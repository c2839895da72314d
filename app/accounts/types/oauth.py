"""Accounts elsewhere, as their owner sees them."""

from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement
from sqlmodel import col

from app.accounts import models
from app.core.graph.read.declare import Rows, column, id_of, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker


@reads(
    models.OAuthAccount,
    description="An account at a provider that signs in here.",
)
class OauthAccount:
    """One for each provider."""

    id: strawberry.ID = id_of("id", "oau", "The link's id.")
    provider: str = column("The provider's name.")
    email: str | None = column("The address that the provider told when it was linked.")
    linked_at: datetime = column("When it was linked.", "created_at")
    last_used_at: datetime | None = column("When it last signed in; null if it never did.")


def own_oauth_accounts(
    _: Asker, account: type[models.OAuthAccount], user: type[models.User]
) -> Rows:
    """Those of the viewer."""
    own: ColumnElement[bool] = col(account.user_id) == user.id
    return Rows(own, Order("oauthAccounts", ("provider", "id")))
