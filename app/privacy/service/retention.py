"""How long data is kept: policies, what they don't touch, and the chore that enforces them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.clock import now
from app.core.db import WriteSession
from app.core.errors import InvalidInput, NotFound
from app.core.logging import get_logger
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.privacy.models import RetainedData, RetentionHold, RetentionPolicy
from app.privacy.store import retention as store
from app.privacy.store.retention import Step

LEAST_DAYS, MOST_DAYS = 1, 3650
MOST_HOLDS = 100
DEFAULT_DAYS = {
    RetainedData.TRANSCRIPTS: 90,
    RetainedData.SESSION_DATA: 365,
    RetainedData.SIGN_INS: 90,
    RetainedData.FAILED_JOBS: 30,
    RetainedData.PROGRAM_RUNS: 30,
}
_SUBJECT = "retention_policy"

log = get_logger(__name__)


class HoldData(BaseModel):
    """What is kept longer: a user's data, or a session's."""

    user_id: UUID | None = None
    session_id: UUID | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
    until: AwareDatetime

    @model_validator(mode="after")
    def _one_subject(self) -> "HoldData":
        if (self.user_id is None) == (self.session_id is None):
            raise ValueError("A hold is about one user or one session.")
        return self

    @property
    def subject(self) -> tuple[str, UUID | None]:
        """What it is about, as the audit log says it."""
        return (USER, self.user_id) if self.user_id else ("study_session", self.session_id)


class PolicyData(BaseModel):
    """A policy. Without `holds` they stay as they are."""

    data_type: RetainedData
    days: int = Field(ge=LEAST_DAYS, le=MOST_DAYS)
    holds: Annotated[list[HoldData], Field(max_length=MOST_HOLDS)] | None = None


async def add_defaults(session: WriteSession) -> None:
    """The policies that an installation begins with; those that there are stay as they are."""
    for data_type, days in DEFAULT_DAYS.items():
        await store.add_policy(session, data_type, days)


async def save(uow: UnitOfWork, viewer: Viewer, data: PolicyData) -> RetentionPolicy:
    """A policy anew."""
    policy = await store.lock_policy(uow.session, data.data_type)
    before, after = {"days": policy.days}, {"days": data.days}
    policy.days, policy.saved_by_id = data.days, viewer.user_id
    if before != after:
        about = (_SUBJECT, policy.id)
        uow.audit("retention_policy.save", viewer.user_id, about, before, after)
    if data.holds is not None:
        await _hold(uow, viewer, policy, data.holds)
    return policy


async def _hold(
    uow: UnitOfWork, viewer: Viewer, policy: RetentionPolicy, wanted: Sequence[HoldData]
) -> None:
    await _check(uow, wanted)
    there = [
        (HoldData.model_construct(**each.model_dump(include=set(HoldData.model_fields))), each)
        for each in await store.holds(uow.session, policy.id)
    ]
    for data, row in there:
        if data not in wanted:
            await uow.session.delete(row)
            _note(uow, viewer, policy, "retention_hold.release", data)
    known = [data for data, _ in there]
    for data in wanted:
        if data not in known:
            known.append(data)
            uow.session.add(
                RetentionHold(policy_id=policy.id, placed_by_id=viewer.user_id, **data.model_dump())
            )
            _note(uow, viewer, policy, "retention_hold.place", data)


async def _check(uow: UnitOfWork, wanted: Sequence[HoldData]) -> None:
    users = [each.user_id for each in wanted if each.user_id]
    sessions = [each.session_id for each in wanted if each.session_id]
    known = set(await users_store.users_by_id(uow.session, users))
    known |= await store.known_sessions(uow.session, sessions)
    for place, each in enumerate(wanted):
        field = ("input", "holds", str(place))
        if (each.user_id or each.session_id) not in known:
            raise NotFound(field=field)
        if each.until <= now():
            raise InvalidInput("A hold ends in the future.", field=(*field, "until"))


def _note(
    uow: UnitOfWork, viewer: Viewer, policy: RetentionPolicy, action: str, data: HoldData
) -> None:
    """An entry about the one who is held: it goes when their account is erased."""
    told: dict[str, Any] = {
        "data_type": policy.data_type.value,
        "reason": data.reason,
        "until": data.until.isoformat(),
    }
    before, after = (None, told) if action.endswith("place") else (told, None)
    uow.audit(action, viewer.user_id, data.subject, before, after)


async def enforce(resources: Resources) -> None:
    """Delete what is older than the policies allow, a few rows at a time."""
    async with resources.database.read() as session:
        policies = await store.policies(session)
    for policy in policies:
        before = now() - timedelta(days=policy.days)
        deleted: Counter[str] = Counter()
        for step in store.steps(policy, before):
            while count := await _some(resources, policy, step):
                deleted[str(step.table.__tablename__)] += count
        if policy.data_type is RetainedData.SESSION_DATA:
            while count := await _sessions(resources, policy, before):
                deleted["study_session"] += count
        if deleted:
            log.info("retention.enforced", data_type=policy.data_type.value, **deleted)


async def _some(resources: Resources, policy: RetentionPolicy, step: Step) -> int:
    async with resources.begin() as uow:
        count = await store.delete_some(uow.session, step)
        _bury(uow, policy, str(step.table.__tablename__), count)
    return count


async def _sessions(resources: Resources, policy: RetentionPolicy, before: datetime) -> int:
    async with resources.begin() as uow:
        count = await store.delete_sessions(uow.session, policy, before)
        _bury(uow, policy, "study_session", count)
    return count


def _bury(uow: UnitOfWork, policy: RetentionPolicy, table: str, count: int) -> None:
    """A tombstone: what was deleted, and how much."""
    if count:
        after = {"data_type": policy.data_type.value, "table": table, "deleted": count}
        uow.audit("retention.delete", None, (_SUBJECT, policy.id), after=after)
