"""Attention: what a client noticed of the one who uses it, with their consent.

Nothing is kept of a sample but that it counts: for each minute how many there were, in how many
the person was attentive, and how often attention was lost.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts.models import ConsentPurpose
from app.accounts.service import consents
from app.core.clock import now
from app.core.errors import InvalidInput
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import AttentionConsentMissing, NotInSession, WrongState
from app.sessions.models import (
    AttentionBatch,
    AttentionMinute,
    Participant,
    SessionStatus,
    StudySession,
)
from app.sessions.service.taking_part import was_there
from app.sessions.store import attention as store

MOST_SAMPLES = 300
# What is sent at the end may come a little after it.
LATE = timedelta(minutes=5)
# How far a client's clock may be ahead, in ms.
_AHEAD_MS = 5000
_MINUTE_MS = 60_000
_SAMPLES = ("input", "samples")


class SampleData(BaseModel):
    """Whether somebody was attentive at a moment, in ms of the session."""

    at_ms: int = Field(ge=0)
    focused: bool


class AttentionData(BaseModel):
    """Samples in the order of their times; numbers count a client's batches."""

    session_id: UUID
    sequence: int = Field(ge=0, le=1_000_000)
    samples: Annotated[list[SampleData], Field(min_length=1, max_length=MOST_SAMPLES)]


async def record(uow: UnitOfWork, viewer: Viewer, data: AttentionData) -> bool:
    """Count a batch; False if it was counted before."""
    session, mine = await was_there(uow, viewer, data.session_id)
    _check_open(session, mine)
    agreed = await consents.consenting(uow.session, [viewer.user_id], ConsentPurpose.ATTENTION)
    if viewer.user_id not in agreed:
        raise AttentionConsentMissing
    _check_times(session, data.samples)
    batch = AttentionBatch(
        session_id=data.session_id, user_id=viewer.user_id, sequence=data.sequence
    )
    if not await store.add_batch(uow.session, batch):
        return False
    await store.count(uow.session, minutes(data.session_id, viewer.user_id, data.samples))
    return True


def _check_open(session: StudySession, mine: Participant) -> None:
    if session.status is SessionStatus.LIVE:
        if mine.joined_at is None:
            raise NotInSession
    elif session.status is not SessionStatus.ENDED or _long_over(session):
        raise WrongState(
            f"This session is {session.status.value}: attention is recorded while it is live."
        )


def _long_over(session: StudySession) -> bool:
    return session.ended_at is None or session.ended_at + LATE < now()


def _check_times(session: StudySession, samples: Sequence[SampleData]) -> None:
    if any(after.at_ms <= before.at_ms for before, after in pairwise(samples)):
        raise InvalidInput("Each sample is later than the one before.", field=_SAMPLES)
    assert session.started_at is not None
    lasted = (session.ended_at or now()) - session.started_at
    if samples[-1].at_ms > lasted / timedelta(milliseconds=1) + _AHEAD_MS:
        raise InvalidInput("A sample lies beyond the session's time.", field=_SAMPLES)


def minutes(
    session_id: UUID, user_id: UUID, samples: Sequence[SampleData]
) -> list[AttentionMinute]:
    """What samples say of each minute. Attention is lost between an attentive one and the next."""
    found: dict[int, AttentionMinute] = {}
    before = False
    for sample in samples:
        number = sample.at_ms // _MINUTE_MS
        minute = found.setdefault(
            number,
            AttentionMinute(
                session_id=session_id,
                user_id=user_id,
                minute=number,
                samples=0,
                focused=0,
                distractions=0,
            ),
        )
        minute.samples += 1
        minute.focused += sample.focused
        minute.distractions += before and not sample.focused
        before = sample.focused
    return list(found.values())
