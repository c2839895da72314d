"""GraphiQL as a person uses it, and everything the browser reports meanwhile."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Request, WebSocket, expect

_COLLECT_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


@dataclass
class Explorer:
    """One opened page."""

    page: Page
    addresses: list[str] = field(default_factory=list)
    """Every address that was asked for, sockets included."""
    complaints: list[str] = field(default_factory=list)
    """Warnings and errors on the console, and uncaught exceptions."""
    posted_authorization: list[str | None] = field(default_factory=list)
    """The authorization header of every POST."""
    sent_frames: list[dict[str, Any]] = field(default_factory=list)
    received_frames: list[dict[str, Any]] = field(default_factory=list)

    async def open_tab(self, document: str) -> None:
        """Write `document`, one line with one named operation, into a new tab."""
        await self.page.get_by_role("button", name="New tab").click()
        await self.page.locator(".graphiql-query-editor .monaco-editor").click()
        await self.page.keyboard.insert_text(document)
        # The title follows as soon as GraphiQL has read the operation.
        name = document.split()[1]
        await expect(self.page.get_by_role("tab").last).to_contain_text(name)

    async def write_headers(self, headers: dict[str, str]) -> None:
        """Fill the header editor, which holds nothing yet."""
        await self.page.get_by_role("button", name="Headers").click()
        await self.page.locator(".graphiql-editor-tool .monaco-editor:visible").click()
        await self.page.keyboard.insert_text(json.dumps(headers))

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Execute query").click()

    async def expect_response(self, *texts: str) -> None:
        """Wait until the response shows each of `texts`."""
        response = self.page.locator(".graphiql-response")
        for text in texts:
            await expect(response).to_contain_text(text)

    async def sign_in(self, label: str) -> None:
        await self.page.get_by_role("button", name=label, exact=True).click()

    async def violations(self) -> list[str]:
        """What the content security policy has stopped so far."""
        found: list[str] = await self.page.evaluate("window.violations")
        return found


async def open_explorer(browser: Browser, url: str) -> Explorer:
    """Open the page of the server at `url` and wait until its editor and the schema are there."""
    page = await browser.new_page()
    explorer = Explorer(page)
    await page.add_init_script(_COLLECT_VIOLATIONS)
    page.on("pageerror", lambda error: explorer.complaints.append(str(error)))
    page.on("console", lambda message: _note_message(explorer, message))
    page.on("request", lambda request: _note_request(explorer, request))
    page.on("websocket", lambda opened: _note_socket(explorer, opened))
    async with page.expect_response(_is_introspection):
        await page.goto(f"{url}/graphql")
    await expect(page.locator(".graphiql-query-editor .view-line").first).to_be_visible()
    return explorer


def _is_introspection(response: Any) -> bool:
    return "IntrospectionQuery" in (response.request.post_data or "")


def _note_message(explorer: Explorer, message: ConsoleMessage) -> None:
    if message.type in ("warning", "error"):
        explorer.complaints.append(message.text)


def _note_request(explorer: Explorer, request: Request) -> None:
    explorer.addresses.append(request.url)
    if request.method == "POST":
        explorer.posted_authorization.append(request.headers.get("authorization"))


def _note_socket(explorer: Explorer, opened: WebSocket) -> None:
    explorer.addresses.append(opened.url)
    opened.on("framesent", lambda frame: explorer.sent_frames.append(json.loads(frame)))
    opened.on("framereceived", lambda frame: explorer.received_frames.append(json.loads(frame)))
