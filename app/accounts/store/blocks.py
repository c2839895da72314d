"""SQL of blocks."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts import policy
from app.accounts.models import User, UserBlock
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.core.viewer import Viewer


async def is_visible(session: WriteSession, viewer: Viewer, user_id: UUID) -> bool:
    """Whether there is a user whom the viewer can see; held so that the account stays."""
    found = select(User.id).where(User.id == user_id, policy.visible(viewer))
    return await session.first(found.with_for_update(read=True, key_share=True)) is not None


async def block(session: WriteSession, blocker_id: UUID, blocked_id: UUID) -> tuple[UUID, bool]:
    """Block somebody: the block's key, and whether it is a new one.

    It stays until the end of the transaction.
    """
    key = new_id()
    statement = insert(UserBlock).values(
        id=key, created_at=now(), blocker_id=blocker_id, blocked_id=blocked_id
    )
    kept = statement.on_conflict_do_update(
        index_elements=["blocker_id", "blocked_id"],
        set_={"blocker_id": statement.excluded.blocker_id},
    )
    found = (await session.execute(kept.returning(col(UserBlock.id)))).scalar_one()
    return found, found == key


async def unblock(session: WriteSession, blocker_id: UUID, blocked_id: UUID) -> bool:
    """Take a block back; False if there is none."""
    done = await session.changed(
        delete(UserBlock).where(
            col(UserBlock.blocker_id) == blocker_id, col(UserBlock.blocked_id) == blocked_id
        )
    )
    return bool(done)


async def blocked_among(
    session: ReadSession, viewer: Viewer, user_ids: Collection[UUID]
) -> set[UUID]:
    """Who of these has blocked the viewer, or is blocked by the viewer."""
    found = await session.all(
        select(User.id).where(col(User.id).in_(user_ids), policy.blocked(viewer, User.id))
    )
    return set(found)


async def approachable(
    session: ReadSession, viewer: Viewer, user_ids: Collection[UUID], usernames: Collection[str]
) -> Sequence[User]:
    """Who of these has an active account, and no block between them and the viewer."""
    return await session.all(
        select(User).where(
            or_(col(User.id).in_(user_ids), col(User.username).in_(usernames)),
            policy.visible(viewer),
            ~policy.blocked(viewer, User.id),
        )
    )
