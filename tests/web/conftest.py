"""The page of the real server, and a real browser on it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright
from sqlmodel import select

from app.accounts import passwords
from app.accounts.store.users import user_by_login
from app.core.graphiql import ensure_built
from app.core.ids import to_global
from app.core.realtime.streams import event_cursor
from app.core.resources import Resources
from app.messaging.events import conversation_stream
from app.messaging.models import Conversation
from app.seed import SAMPLES, Sample, seed
from tests.client import Api

from .browser import LAUNCH_ARGUMENTS, chromium_path


@dataclass(frozen=True)
class Site:
    """A running server with the page, and what it is known to answer."""

    url: str
    sample: Sample
    """A person whom the page offers; signs in."""
    username: str
    stranger: Sample
    """Offered too, but the server refuses the password."""
    subscription: str
    """A document with one subscription that `username` may run."""
    events: list[str]
    """Text that its events show when `username` is signed in."""


@pytest.fixture(scope="session")
def build() -> Path:
    return ensure_built(print)


@pytest.fixture
async def site(build: Path, api: Api, resources: Resources) -> Site:
    await seed(resources.settings)
    sample, stranger, *_ = SAMPLES
    async with resources.begin() as uow:
        changed = await user_by_login(uow.session, stranger.email)
        assert changed is not None
        changed.password_hash = await passwords.hash_password("Another-pa55word")
        (chat,) = await uow.session.all(select(Conversation))
    beginning = event_cursor(conversation_stream(chat.id), 0)
    return Site(
        url=api.url,
        sample=sample,
        username="ana",
        stranger=stranger,
        subscription=(
            "subscription Chat { conversationUpdated("
            f'conversationId: "{to_global("cnv", chat.id)}", after: "{beginning}"'
            ") { __typename ... on ConversationJoined { user { username } } } }"
        ),
        events=['"ConversationJoined"', '"username": "ana"'],
    )


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    """A browser that is gone before the server stops: it holds connections."""
    assert site.url
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=LAUNCH_ARGUMENTS
        )
        yield browser
        await browser.close()
