"""What is done again and again, and how often."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from app.accounts.service import challenges, oauth
from app.buddies.service import reasons, requests
from app.calendar.service import reminders
from app.classes.service import announcements
from app.core import handouts, idempotency
from app.core.clock import now
from app.core.logging import get_logger
from app.core.partitions import ensure_partitions
from app.core.resources import Resources
from app.courses.service import adapting, coding, generation, practice
from app.gamification.service import boards
from app.gamification.service import challenges as learning_challenges
from app.messaging.service import messages
from app.pods.service import invitations as pod_invitations
from app.pods.service import succession
from app.privacy.service import erasure, exports, retention
from app.sessions.service import calls, lifecycle, recovery, speech
from app.sessions.store.lifecycle import overdue
from app.vault.service import uploads

log = get_logger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something to do, and the time between two times."""

    name: str
    every: timedelta
    do: Callable[[Resources], Awaitable[object]]


async def _end_overdue_sessions(resources: Resources) -> None:
    async with resources.database.read() as session:
        keys = await overdue(session, now() - lifecycle.LONGEST, 100)
    for key in keys:
        async with resources.begin() as uow:
            await lifecycle.end_overdue(uow, key)


async def _make_partitions(resources: Resources) -> None:
    async with resources.begin() as uow:
        await ensure_partitions(uow.session)


async def _forget_idempotency_keys(resources: Resources) -> None:
    async with resources.begin() as uow:
        await idempotency.forget_old(uow.session)


CHORES = (
    Chore("expire buddy requests", timedelta(minutes=5), requests.expire_due),
    Chore("forget reasons", timedelta(hours=6), reasons.forget_old),
    Chore("sweep audio", timedelta(minutes=1), speech.sweep),
    Chore("take up what was left", timedelta(seconds=10), recovery.take_up),
    Chore("send announcements", timedelta(seconds=5), announcements.send_due),
    Chore("remind of events", timedelta(seconds=10), reminders.remind_due),
    Chore("forget handouts", timedelta(minutes=10), handouts.forget_old),
    Chore("give up courses that stand still", timedelta(minutes=1), generation.give_up),
    Chore("propose what isn't worded", timedelta(minutes=1), adapting.give_up),
    Chore("take screens from who is gone", timedelta(seconds=5), calls.release_gone),
    Chore("end overdue sessions", timedelta(minutes=5), _end_overdue_sessions),
    Chore("give up forgotten programs", timedelta(minutes=5), coding.give_up_forgotten),
    Chore("abandon idle practice", timedelta(minutes=5), practice.abandon_idle),
    Chore("make partitions", timedelta(days=1), _make_partitions),
    Chore("forget challenges", timedelta(hours=1), challenges.forget_old),
    Chore("forget unfinished sign-ins", timedelta(hours=1), oauth.forget_unfinished),
    Chore("forget idempotency keys", timedelta(hours=1), _forget_idempotency_keys),
    Chore("end challenges", timedelta(minutes=5), learning_challenges.end),
    Chore("forget old standings", timedelta(days=1), boards.forget),
    Chore("erase accounts", timedelta(minutes=10), erasure.erase_due),
    Chore("give pods an owner", timedelta(minutes=10), succession.appoint),
    Chore("tend exports", timedelta(minutes=10), exports.tend),
    Chore("sweep uploads", timedelta(hours=1), uploads.sweep),
    Chore("forget clients' names of messages", timedelta(hours=6), messages.forget_client_keys),
    Chore("forget invitations into pods", timedelta(hours=6), pod_invitations.forget_old),
    Chore("delete what is too old", timedelta(hours=6), retention.enforce),
)


async def repeat(resources: Resources, chore: Chore) -> None:
    """Do a chore for ever. One that fails is done again at its next time."""
    while True:
        try:
            await chore.do(resources)
        except Exception:
            log.exception("chore.failed", chore=chore.name)
        await asyncio.sleep(chore.every.total_seconds())
