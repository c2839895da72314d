"""The page's server and a real browser on it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from app.core.graphiql import SampleSignIn, ensure_built, routes

from . import sample_server
from .browser import LAUNCH_ARGUMENTS, chromium_path


@dataclass(frozen=True)
class Site:
    """A running server with the page, and what it is known to answer."""

    url: str
    sample: SampleSignIn
    """A person whom the page offers; signs in."""
    username: str
    stranger: SampleSignIn
    """Offered too, but the server refuses the password."""
    refusal: str
    """What the server then says."""
    subscription: str
    """A document with one subscription that `username` may run."""
    events: list[str]
    """Text that its events show, in any order, when `username` is signed in."""


@pytest.fixture(scope="session")
def build() -> Path:
    return ensure_built(print)


@pytest.fixture
async def site(build: Path) -> AsyncIterator[Site]:
    sample = SampleSignIn("Student", sample_server.EMAIL, sample_server.PASSWORD)
    stranger = SampleSignIn("Stranger", "eve@example.org", "Guess-1")
    async with sample_server.serve(routes(build, [sample, stranger])) as url:
        yield Site(
            url=url,
            sample=sample,
            username=sample_server.USERNAME,
            stranger=stranger,
            refusal="The password is wrong.",
            subscription=(
                "subscription Greeted { greeted(upto: 3) { number viewer { user { username } } } }"
            ),
            events=['"number": 3', f'"username": "{sample_server.USERNAME}"'],
        )


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=LAUNCH_ARGUMENTS
        )
        yield browser
        await browser.close()
