"""Who wants nothing to do with whom."""

from uuid import UUID

from app.accounts.errors import BlockedOneself
from app.accounts.events import UserBlocked, UserUnblocked
from app.accounts.store import blocks as store
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


async def block(uow: UnitOfWork, viewer: Viewer, user_id: UUID) -> UUID:
    """Keep the two apart from the commit on; again is no change. The key of the block."""
    if user_id == viewer.user_id:
        raise BlockedOneself(field=("input", "userId"))
    if not await store.is_visible(uow.session, viewer, user_id):
        raise NotFound(field=("input", "userId"))
    key, new = await store.block(uow.session, viewer.user_id, user_id)
    if new:
        uow.publish(UserBlocked(user_id=viewer.user_id, blocked_id=user_id))
    return key


async def unblock(uow: UnitOfWork, viewer: Viewer, user_id: UUID) -> None:
    """Take a block back; without one nothing changes."""
    if await store.unblock(uow.session, viewer.user_id, user_id):
        uow.publish(UserUnblocked(user_id=viewer.user_id, blocked_id=user_id))
