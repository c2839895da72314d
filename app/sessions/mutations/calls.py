"""Mutations in the call: signals, the screen, hands."""

import strawberry

from app.accounts.types import User
from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.ids import from_global
from app.core.limits import EDITS, SIGNALS
from app.sessions.events import SignalKind
from app.sessions.mutations.payloads import SessionPayload, errors, key_of, the_session
from app.sessions.service import calls


@strawberry.input(description="A signal to one participant.")
class SignalSendInput:
    """What their clients need to connect."""

    session_id: strawberry.ID = the_session()
    to_user_id: strawberry.ID = strawberry.field(
        description="Whom it is for: somebody else who is in the call."
    )
    kind: SignalKind = strawberry.field(description="What it is.")
    payload: str = strawberry.field(
        description="A session description or a candidate, as the clients write it: 64 kB at most."
    )


@strawberry.input(description="Whether you share your screen.")
class ScreenShareSetInput:
    """One person does at a time."""

    session_id: strawberry.ID = the_session()
    sharing: bool = strawberry.field(description="Whether you share it from now on.")


@strawberry.input(description="Your hand.")
class HandRaiseInput:
    """Up or down."""

    session_id: strawberry.ID = the_session()
    raised: bool = strawberry.field(default=True, description="Whether it is up.")


@strawberry.type(description="The answer to `signalSend`.")
class SignalSendPayload:
    """A signal is on its way, and not kept."""

    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `screenShareSet`.")
class ScreenShareSetPayload(SessionPayload):
    """The session."""


@strawberry.type(description="The answer to `handRaise`.")
class HandRaisePayload(SessionPayload):
    """The session."""


@strawberry.type
class CallMutation:
    """Connect, show, ask for the floor."""

    @mutation(permitted("session.join"), SIGNALS)
    async def signal_send(self, info: Info, input: SignalSendInput) -> SignalSendPayload:
        """Send an offer, an answer or a candidate to one who is in the call as you are.
        Their `signalReceived` brings it; it isn't kept.
        """
        to = from_global(User.prefix, input.to_user_id)
        data = to_data(calls.SignalData, input, session_id=key_of(input.session_id), to_id=to)
        await calls.send(info.context.resources, info.context.me, data)
        return SignalSendPayload()

    @mutation(permitted("session.join"), EDITS)
    async def screen_share_set(
        self, info: Info, input: ScreenShareSetInput
    ) -> ScreenShareSetPayload:
        """Share your screen in a live session, or no longer. `sessionUpdated` tells the others.

        It is taken from you when you leave, or follow `sessionUpdated` no longer.
        """
        async with info.context.begin() as uow:
            session = await calls.share_screen(
                uow, info.context.me, key_of(input.session_id), sharing=input.sharing
            )
        return ScreenShareSetPayload(session_key=session.id)

    @mutation(permitted("session.join"), EDITS)
    async def hand_raise(self, info: Info, input: HandRaiseInput) -> HandRaisePayload:
        """Raise your hand in the call, or lower it. `sessionUpdated` tells the others."""
        async with info.context.begin() as uow:
            session = await calls.raise_hand(
                uow, info.context.me, key_of(input.session_id), raised=input.raised
            )
        return HandRaisePayload(session_key=session.id)
