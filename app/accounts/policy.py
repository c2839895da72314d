"""Who sees what of accounts."""

from typing import Any

from sqlalchemy import ColumnElement, all_, and_, exists, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.models import (
    AccountStatus,
    ApiToken,
    Audience,
    AuthSession,
    Consent,
    Role,
    RolePermission,
    TwoFactor,
    User,
    UserBlock,
    UserRole,
    UserTag,
)
from app.core.viewer import Asker


def visible(_: Asker, user: type[User] = User) -> ColumnElement[bool]:
    """Everybody, by name and picture, while the account is active."""
    return col(user.status) == AccountStatus.ACTIVE


def blocked(viewer: Asker, user_id: Any) -> ColumnElement[bool]:
    """Whether the viewer has blocked this user, or this user the viewer."""
    if not viewer.signed_in:
        return false()
    block = UserBlock
    one_of = [
        (block.blocker_id, block.blocked_id),
        (block.blocked_id, block.blocker_id),
    ]
    return or_(
        *[
            exists(
                select(block.id)
                .where(col(mine) == viewer.user_id, col(theirs) == user_id)
                .correlate_except(block)
            )
            for mine, theirs in one_of
        ]
    )


def admitted(viewer: Asker, user: type[User], audience: Any) -> ColumnElement[bool]:
    """Whether the viewer is in the audience of something of a user's, or is that user.

    This is all that is left to ask of a profile that the viewer sees.
    """
    if not viewer.signed_in:
        return col(audience) == Audience.EVERYBODY
    return or_(col(audience) != Audience.NOBODY, col(user.id) == viewer.user_id)


def visible_profile(viewer: Asker, user: type[User] = User) -> ColumnElement[bool]:
    """Profiles of active users who show theirs to the viewer, and no block between the two."""
    shown = and_(visible(viewer, user), admitted(viewer, user, user.profile_audience))
    return shown if not viewer.signed_in else and_(shown, ~blocked(viewer, user.id))


def shown_tags(viewer: Asker, tag: type[UserTag]) -> ColumnElement[bool]:
    """What is left to ask of the tags of a profile that the viewer sees: those that count."""
    return or_(col(tag.accepted).is_(True), col(tag.user_id) == viewer.user_id)


def visible_user_tag(viewer: Asker, tag: type[UserTag] = UserTag) -> ColumnElement[bool]:
    """The viewer's own tags, and those that profiles show."""
    profile = exists(
        select(User.id).where(User.id == tag.user_id, visible_profile(viewer)).correlate(tag)
    )
    return and_(shown_tags(viewer, tag), profile)


def visible_block(viewer: Asker, block: type[UserBlock] = UserBlock) -> ColumnElement[bool]:
    """The viewer's own: who is blocked isn't told."""
    own: ColumnElement[bool] = col(block.blocker_id) == viewer.user_id
    return own


def live(given: type[UserRole] = UserRole) -> ColumnElement[bool]:
    """Roles that haven't expired."""
    return or_(col(given.expires_at).is_(None), col(given.expires_at) > func.now())


def role_names(user: type[User]) -> ColumnElement[list[str]]:
    """A user's roles by name, as one value."""
    return _listed(
        select(Role.name)
        .join(UserRole, col(UserRole.role_id) == Role.id)
        .where(UserRole.user_id == user.id, live())
        .order_by(Role.name)
    )


def permission_keys(viewer: Asker, user: type[User]) -> ColumnElement[list[str]]:
    """What a user's roles permit, as one value: to an API token, as far as its scopes go."""
    key: Any = RolePermission.permission_key
    beyond = exists().where(
        col(AuthSession.id) == viewer.auth_session_id, key != all_(col(AuthSession.scopes))
    )
    return _listed(
        select(key)
        .join(UserRole, col(UserRole.role_id) == RolePermission.role_id)
        .where(UserRole.user_id == user.id, live(), ~beyond)
        .distinct()
        .order_by(key)
    )


def has_two_factor(user: type[User]) -> ColumnElement[bool]:
    """Whether a second factor counts for a user."""
    return (
        select(TwoFactor.user_id)
        .where(TwoFactor.user_id == user.id, col(TwoFactor.confirmed_at).is_not(None))
        .exists()
    )


def _listed(statement: Any) -> ColumnElement[list[str]]:
    return func.array(statement.scalar_subquery())


def counts(viewer: Asker, consent: type[Consent] = Consent) -> ColumnElement[bool]:
    """The viewer's answers that count: the newest for each purpose."""
    later: Any = aliased(Consent)
    return and_(
        col(consent.user_id) == viewer.user_id,
        ~select(later.id)
        .where(
            later.user_id == consent.user_id,
            later.purpose == consent.purpose,
            later.version > consent.version,
        )
        .exists(),
    )


def live_session(session: type[AuthSession] = AuthSession) -> ColumnElement[bool]:
    """Sessions that haven't ended."""
    return and_(col(session.ended_at).is_(None), col(session.expires_at) > func.now())


def is_api(session: type[AuthSession] = AuthSession) -> ColumnElement[bool]:
    """Sessions of API tokens, not of devices."""
    return col(session.scopes).is_not(None)


def own_api_token(viewer: Asker, token: type[ApiToken] = ApiToken) -> ColumnElement[bool]:
    """The viewer's live tokens."""
    return exists().where(
        col(AuthSession.id) == token.id,
        col(AuthSession.user_id) == viewer.user_id,
        live_session(),
        is_api(),
    )


MANAGE_USERS = "user.manage"
MANAGE_ROLES = "role.manage"


def visible_role(viewer: Asker, _: type[Role] = Role) -> ColumnElement[bool]:
    """All roles to those who manage roles or users, and none to others."""
    return true() if viewer.may(MANAGE_ROLES) or viewer.may(MANAGE_USERS) else false()
