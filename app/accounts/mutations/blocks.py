"""Keep somebody away."""

from uuid import UUID

import strawberry

from app.accounts.service import blocks
from app.accounts.types.blocks import UserBlock
from app.accounts.types.users import User
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global


@strawberry.input(description="Whom to block.")
class UserBlockInput:
    """Anybody else."""

    user_id: strawberry.ID = strawberry.field(description="The user.")


@strawberry.input(description="Whom to block no longer.")
class UserUnblockInput:
    """Anybody."""

    user_id: strawberry.ID = strawberry.field(description="The user.")


@strawberry.type(description="The answer to `userBlock`.")
class UserBlockPayload:
    """The block."""

    block: UserBlock | None = edge("block_key", "The block.")
    block_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nobody was blocked."
    )


@strawberry.type(description="The answer to `userUnblock`.")
class UserUnblockPayload:
    """Who was blocked."""

    user: User | None = edge("user_key", "The user; null if there is none.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type
class BlocksMutation:
    """Keep somebody away."""

    @mutation(SIGNED_IN)
    async def user_block(self, info: Info, input: UserBlockInput) -> UserBlockPayload:
        """Block a user, who isn't told; again is no change. Until it is taken back, neither of
        the two finds the other or sees the other's profile, writes to the other in a direct
        conversation, or invites the other to a session. Where both are among others, they go on
        reading each other.
        """
        user_id = from_global(User.prefix, input.user_id)
        async with info.context.begin() as uow:
            key = await blocks.block(uow, info.context.me, user_id)
        return UserBlockPayload(block_key=key)

    @mutation(SIGNED_IN)
    async def user_unblock(self, info: Info, input: UserUnblockInput) -> UserUnblockPayload:
        """Take a block back; without one nothing changes."""
        user_id = from_global(User.prefix, input.user_id)
        async with info.context.begin() as uow:
            await blocks.unblock(uow, info.context.me, user_id)
        return UserUnblockPayload(user_key=user_id)
