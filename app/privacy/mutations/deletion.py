"""Have one's account erased, or not after all."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.accounts import cookies
from app.accounts.types.users import User
from app.core.access import ANYONE, IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.limits import AUTH
from app.privacy.service import deletion


@strawberry.input(description="The end of the viewer's account.")
class AccountDeleteInput:
    """The password again."""

    password: str | None = strawberry.field(
        default=None,
        description="The password. An account without one needs a sign-in of the last ten minutes.",
    )


@strawberry.input(description="An account that is to stay.")
class AccountDeleteCancelInput:
    """What the letter says."""

    token: str = strawberry.field(description="The token from the letter about the deletion.")


@strawberry.type(description="The answer to `accountDelete`.")
class AccountDeletePayload:
    """When it is too late."""

    erase_after: datetime | None = strawberry.field(
        default=None, description="Until when `accountDeleteCancel` calls it off."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `accountDeleteCancel`.")
class AccountDeleteCancelPayload:
    """The account."""

    user: User | None = edge("user_key", "Whose account stays.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type
class DeletionMutation:
    """Have one's account erased, or not after all."""

    @mutation(IN_PERSON, AUTH)
    async def account_delete(self, info: Info, input: AccountDeleteInput) -> AccountDeletePayload:
        """Have the viewer's account erased after 30 days. At once nobody sees it any more, and all
        devices are signed out. A letter has the token with which `accountDeleteCancel` calls it
        off. After that time what is theirs is erased, and what others need of it has no words and
        no name any more.
        """
        context = info.context
        after = await deletion.request(
            context.resources, context.client, context.me, input.password
        )
        if context.response is not None:
            cookies.forget(context.response)
        return AccountDeletePayload(erase_after=after)

    @mutation(ANYONE, AUTH)
    async def account_delete_cancel(
        self, info: Info, input: AccountDeleteCancelInput
    ) -> AccountDeleteCancelPayload:
        """Keep an account after all, with the token from the letter: sign in as before."""
        context = info.context
        user_id = await deletion.cancel(context.resources, context.client, input.token)
        return AccountDeleteCancelPayload(user_key=user_id)
