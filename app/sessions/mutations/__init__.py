"""Root mutations of study sessions."""

import strawberry

from app.sessions.mutations.attention import AttentionMutation
from app.sessions.mutations.calls import CallMutation
from app.sessions.mutations.sessions import SessionMutation
from app.sessions.mutations.sharing import SharingMutation
from app.sessions.mutations.transcripts import TranscriptMutation


@strawberry.type
class SessionsMutation(
    SessionMutation, CallMutation, TranscriptMutation, SharingMutation, AttentionMutation
):
    """Make sessions, take part, speak, ask, draw, share."""
