"""Signing in by an account elsewhere."""

import strawberry

from app.accounts.models import User
from app.accounts.mutations.handing_over import (
    DeviceInput,
    FactorPayload,
    cookie_field,
    device_of,
    handed,
)
from app.accounts.service import linking
from app.accounts.service import oauth as service
from app.core.access import ANYONE_IN_PERSON, IN_PERSON
from app.core.errors import Unauthenticated
from app.core.graph.context import Context, Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.ids import from_global
from app.core.limits import AUTH
from app.core.viewer import Viewer


@strawberry.input(description="A sign-in at a provider.")
class OauthBeginInput:
    """Where, and where to come back to."""

    provider: str = strawberry.field(description="The provider's name, such as `google`.")
    redirect_uri: str = strawberry.field(
        description="The page to which the provider sends the person back: one of those that"
        " this server allows, letter by letter."
    )


@strawberry.input(description="What a provider sent back.")
class OauthCompleteInput:
    """Flow, state and code."""

    flow: str = strawberry.field(description="What `oauthBegin` gave this client.")
    state: str = strawberry.field(description="The parameter `state` of the page's address.")
    code: str = strawberry.field(description="The parameter `code` of the page's address.")
    remember_me: bool = strawberry.field(
        default=False, description="Stay signed in for 30 days instead of 7."
    )
    device: DeviceInput | None = strawberry.field(
        default=strawberry.UNSET, description="The device that signs in."
    )
    cookie: bool = cookie_field()


@strawberry.input(description="A link that is no longer wanted.")
class OauthUnlinkInput:
    """Which one."""

    id: strawberry.ID = strawberry.field(description="The id of the viewer's linked account.")


@strawberry.type(description="The answer to `oauthBegin`.")
class OauthBeginPayload:
    """Where to go."""

    authorization_url: str | None = strawberry.field(
        default=None, description="Where the person signs in."
    )
    flow: str | None = strawberry.field(
        default=None,
        description="What `oauthComplete` wants. Keep it where only this client finds it: it is"
        " what tells the person who comes back from somebody who was sent.",
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was begun."
    )


@strawberry.type(description="The answer to `oauthComplete`.")
class OauthCompletePayload(FactorPayload):
    """User and tokens, or a challenge; no tokens for who was signed in already."""


@strawberry.type(description="The answer to `oauthUnlink`.")
class OauthUnlinkPayload:
    """Nothing is left to show."""

    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was unlinked."
    )


def _viewer(context: Context) -> Viewer | None:
    """Who is signed in. Somebody whose token is no good wants to link, not to make an account."""
    if context.token_problem:
        raise Unauthenticated(context.token_problem)
    return context.viewer


@strawberry.type
class OauthMutation:
    """Signing in by an account elsewhere."""

    @mutation(ANYONE_IN_PERSON, AUTH)
    async def oauth_begin(self, info: Info, input: OauthBeginInput) -> OauthBeginPayload:
        """Begin to sign in at a provider, or, signed in, to link an account there.

        It has to be completed within 10 minutes, by the same session or likewise by nobody.
        """
        data = to_data(service.BeginData, input)
        begun = await service.begin(info.context.resources, _viewer(info.context), data)
        return OauthBeginPayload(authorization_url=begun.authorization_url, flow=begun.flow)

    @mutation(ANYONE_IN_PERSON, AUTH)
    async def oauth_complete(self, info: Info, input: OauthCompleteInput) -> OauthCompletePayload:
        """Complete what `oauthBegin` began: sign in, make an account, or link one.

        An account that there is already is signed in to by its verified address only, and only
        if the provider is trusted with addresses. `OAuthLinked` and `SignedIn` follow.
        """
        context = info.context
        data = to_data(service.CompleteData, input, device=device_of(input.device))
        done = await service.complete(context.resources, context.client, _viewer(context), data)
        if isinstance(done, User):
            return OauthCompletePayload(user_key=done.id)
        return OauthCompletePayload(**handed(context, done, cookie=input.cookie))

    @mutation(IN_PERSON, AUTH)
    async def oauth_unlink(self, info: Info, input: OauthUnlinkInput) -> OauthUnlinkPayload:
        """Unlink an account, unless nothing else would be left to sign in by."""
        context = info.context
        key = from_global("oau", input.id)
        async with context.begin() as uow:
            await linking.unlink(uow, context.resources, context.me, key)
        return OauthUnlinkPayload()
