"""Find people."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, cast, exists, false, true
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import col, select

from app.accounts import models, policy
from app.accounts.types.users import User
from app.core.access import SIGNED_IN
from app.core.folding import contains
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_argument, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker


@strawberry.input(description="Which users.")
class UserFilter:
    """What isn't given doesn't narrow."""

    search: str | None = strawberry.field(
        default=None,
        description="Whose name or username has this in it, in any case, with accents or without.",
    )
    country_id: strawberry.ID | None = id_field("Who live in this country.", "cty", default=None)
    subject_id: strawberry.ID | None = id_field("Who study this.", "sub", default=None)
    tag_id: strawberry.ID | None = id_field("Who have this tag.", "tag", default=None)
    institution: str | None = strawberry.field(
        default=None,
        description="Whose institution has this in it, of those who show theirs to the viewer.",
    )


def _user(
    _: Asker,
    user: type[models.User],
    *,
    id: Annotated[strawberry.ID | None, id_argument("By the id.", User.prefix)] = None,
    username: Annotated[
        str | None, strawberry.argument(description="By the username, in any case.")
    ] = None,
) -> ColumnElement[bool]:
    if id is None and username is None:
        return false()
    where: ColumnElement[bool] = true()
    if id is not None:
        where &= col(user.id) == id
    if username is not None:
        where &= col(user.username) == cast(username, CITEXT)
    return where


def _users(
    viewer: Asker,
    user: type[models.User],
    *,
    filter: Annotated[
        UserFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where = policy.visible_profile(viewer, user)
    if filter is not None:
        where &= _narrowed(viewer, user, filter)
    # A profile is seen of active users alone.
    return Rows(where, Order("users", ("folded_name", "id")), visible=true())


def _narrowed(viewer: Asker, user: type[models.User], filter: Any) -> ColumnElement[bool]:
    where: ColumnElement[bool] = true()
    if filter.search is not None:
        where &= contains(user.search, filter.search)
    if filter.country_id is not None:
        where &= col(user.country_id) == filter.country_id
    if filter.subject_id is not None:
        chosen = models.UserSubject
        where &= exists(
            select(chosen.id)
            .where(chosen.user_id == user.id, chosen.subject_id == filter.subject_id)
            .correlate(user)
        )
    if filter.tag_id is not None:
        tag = models.UserTag
        where &= exists(
            select(tag.id)
            .where(
                tag.user_id == user.id,
                tag.tag_id == filter.tag_id,
                policy.shown_tags(viewer, tag),
            )
            .correlate(user)
        )
    if filter.institution is not None:
        where &= policy.admitted(viewer, user, user.institution_audience)
        where &= contains(user.folded_institution, filter.institution)
    return where


@strawberry.type
class UsersQuery:
    """Find people."""

    user: User | None = find(
        _user,
        SIGNED_IN,
        "A user by id or username; null if there is none, or neither is given.",
    )
    users: Connection[User] = browse(
        _users,
        SIGNED_IN,
        "The users whose profiles the viewer sees, by name. Nobody is found whom the viewer has"
        " blocked, or who has blocked the viewer.",
    )
