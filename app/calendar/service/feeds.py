"""Secret feeds: somebody's calendar, for programs that only know an address."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts.store import roles
from app.calendar import ical
from app.calendar.models import CalendarFeed
from app.calendar.series import Series, Window, expand
from app.calendar.service import entries
from app.calendar.store import feeds as store
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.links import FEEDS, absolute
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

BACK: Final = timedelta(days=90)
AHEAD: Final = timedelta(days=366)
_NO_SESSION: Final = UUID(int=0)


@dataclass(frozen=True)
class Feed:
    """A calendar as RFC 5545 writes it, the hash of that, and since when it reads so."""

    body: bytes
    digest: str
    changed_at: datetime


async def reset(uow: UnitOfWork, viewer: Viewer, base_url: str) -> str:
    """The address of a new feed of the viewer's; the one before is gone with the commit."""
    token = new_token()
    await store.put(uow.session, viewer.user_id, token_hash(token), now())
    uow.audit("calendar_feed.reset", viewer.user_id, ("user", viewer.user_id))
    return absolute(base_url, f"{FEEDS}{token}.ics")


async def find(resources: Resources, token: str) -> CalendarFeed | None:
    """The feed that a token opens."""
    async with resources.database.read() as session:
        return await store.by_token(session, token_hash(token))


async def read(resources: Resources, feed: CalendarFeed) -> Feed | None:
    """A feed as it is now; None for one that was reset, or whose account can't be used."""
    today = now().date()
    window = Window(today - BACK, today + AHEAD, ZoneInfo("UTC"))
    async with resources.database.read() as session:
        permissions = await roles.permissions(session, feed.user_id)
        if permissions is None:
            return None
        viewer = Viewer(feed.user_id, _NO_SESSION, permissions=frozenset(permissions))
        found = await entries.gathered(session, viewer, window)
    # Other requests don't wait while this is written.
    body = await asyncio.to_thread(_written, found, window)
    digest = sha256(body).hexdigest()
    changed_at: datetime | None = feed.changed_at
    if digest != feed.digest:
        async with resources.begin() as uow:
            changed_at = await store.note(uow.session, feed.token_hash, digest, now())
    return None if changed_at is None else Feed(body, digest, changed_at)


def _written(found: Sequence[Series], window: Window) -> bytes:
    shown = [each for each in found if next(expand(each, window), None) is not None]
    return ical.printed(shown, window)
