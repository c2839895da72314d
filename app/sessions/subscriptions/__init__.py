"""Root subscriptions of study sessions."""

import strawberry

from app.sessions.subscriptions import calls, sharing
from app.sessions.subscriptions.calls import CallSubscription
from app.sessions.subscriptions.sessions import (
    AnswerCompleted,
    AnswerPiece,
    AudioChunkRejected,
    InsightFound,
    InsightNotice,
    SessionChanged,
    SessionParticipantChanged,
    SessionPresenceChanged,
    SessionSubscription,
    SessionSummaryReady,
    TranscriptCleared,
    TranscriptProvisional,
    TranscriptSegmentAdded,
    TranscriptSegmentCorrected,
)
from app.sessions.subscriptions.sharing import SharingSubscription

# Types that are reached through an interface only.
KINDS = (
    SessionChanged,
    SessionPresenceChanged,
    SessionParticipantChanged,
    SessionSummaryReady,
    TranscriptSegmentAdded,
    TranscriptSegmentCorrected,
    TranscriptCleared,
    TranscriptProvisional,
    AudioChunkRejected,
    InsightFound,
    InsightNotice,
    AnswerPiece,
    AnswerCompleted,
    *calls.KINDS,
    *sharing.KINDS,
)


@strawberry.type
class SessionsSubscription(SessionSubscription, CallSubscription, SharingSubscription):
    """Sessions as they happen."""
