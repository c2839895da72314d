"""Subscription of the call: signals, and who comes and goes."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.enums import describe
from app.core.graph.read.declare import one
from app.core.realtime.declare import follow, tell_now
from app.sessions import policy
from app.sessions.events import PeerChanged, Signal, SignalKind, signal_stream
from app.sessions.subscriptions.sessions import part_of
from app.sessions.types.session import SessionId, SessionParticipant

describe(
    SignalKind,
    "What a signal is.",
    {
        SignalKind.OFFER: "A session description that offers a connection.",
        SignalKind.ANSWER: "A session description that answers an offer.",
        SignalKind.CANDIDATE: "An ICE candidate: a way to reach the sender.",
    },
)


@strawberry.interface(description="Something that a client in the call has to know.")
class SignalEvent:
    """None of it is kept."""

    participant: SessionParticipant | None = one(part_of, "Who sent it, came, or left.")
    session_key: strawberry.Private[UUID]
    user_key: strawberry.Private[UUID]


@strawberry.type(description="A participant sent you a signal.")
class SignalArrived(SignalEvent):
    """The participant is the one who was signed in when it was sent."""

    kind: SignalKind = strawberry.field(description="What it is.")
    payload: str = strawberry.field(description="As the sender's client wrote it.")


@strawberry.type(description="Somebody entered the call.")
class SignalPeerJoined(SignalEvent):
    """Send them an offer."""


@strawberry.type(description="Somebody left the call.")
class SignalPeerLeft(SignalEvent):
    """Close the connection to them."""


def _peer(event: PeerChanged) -> SignalEvent:
    kind = SignalPeerJoined if event.present else SignalPeerLeft
    return kind(session_key=event.session_id, user_key=event.user_id)


@strawberry.type
class CallSubscription:
    """What connects those who are in a call."""

    signal_received: SignalEvent = follow(
        lambda _, session_id: signal_stream(session_id),
        policy.in_call,
        SIGNED_IN,
        """Signals to you, and who enters and leaves, while you are in a session's call: it ends
        when you leave. Nothing of it is kept: follow it before you tell others that you are
        there, and then ask the session for its participants.
        """,
        tell_now(
            Signal,
            lambda sent: SignalArrived(
                session_key=sent.session_id,
                user_key=sent.from_id,
                kind=sent.signal,
                payload=sent.payload,
            ),
            to=lambda sent: sent.to_id,
        ),
        tell_now(PeerChanged, _peer, changes_members=True),
        session_id=SessionId,
    )


KINDS = (SignalArrived, SignalPeerJoined, SignalPeerLeft)
