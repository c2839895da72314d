"""GraphiQL in a real Chromium, against a real server."""

from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Response, expect

from app.core.clock import now

from .conftest import Site
from .explorer import Explorer, open_explorer

VIEWER = "query Viewer { viewer { user { username } } }"


@pytest.fixture
async def explorer(browser: Browser, site: Site) -> Explorer:
    return await open_explorer(browser, site.url)


def is_sign_in(response: Response) -> bool:
    return "accountLogin" in (response.request.post_data or "")


def is_sign_out(response: Response) -> bool:
    return "accountLogout" in (response.request.post_data or "")


async def sign_in(explorer: Explorer, site: Site) -> str:
    """Sign in as the sample; gives the authorization that the server handed out."""
    async with explorer.page.expect_response(is_sign_in) as response:
        await explorer.sign_in(site.sample.label)
    login = (await (await response.value).json())["data"]["accountLogin"]
    await expect(explorer.page.get_by_role("banner")).to_contain_text(
        f"Signed in as{site.username}"
    )
    return f"Bearer {login['tokens']['accessToken']}"


async def bearer(site: Site) -> str:
    """The authorization of another client of the sample."""
    document = """mutation ($input: AccountLoginInput!) {
      accountLogin(input: $input) { tokens { accessToken } } }"""
    given = {"login": site.sample.email, "password": site.sample.password}
    async with httpx.AsyncClient(base_url=site.url) as client:
        answer = await client.post(
            "/graphql", json={"query": document, "variables": {"input": given}}
        )
    return f"Bearer {answer.json()['data']['accountLogin']['tokens']['accessToken']}"


async def sign_out(explorer: Explorer) -> None:
    """Sign out, and wait until the server has done so, too."""
    async with explorer.page.expect_response(is_sign_out):
        await explorer.page.get_by_role("button", name="Sign out").click()


class TestPage:
    async def test_stays_on_its_origin_without_complaint(
        self, explorer: Explorer, site: Site
    ) -> None:
        await sign_in(explorer, site)
        await explorer.open_tab(site.subscription)
        await explorer.run()
        await explorer.expect_response(*site.events)

        hosts = {urlsplit(url).netloc for url in explorer.addresses if not url.startswith("data:")}
        assert hosts == {urlsplit(site.url).netloc}
        assert any(".worker-" in url for url in explorer.addresses)
        assert explorer.complaints == []
        assert await explorer.violations() == []

    async def test_policy_stops_other_origins(self, explorer: Explorer) -> None:
        refused = "fetch('http://127.0.0.1:65535/').then(() => 'sent', () => 'refused')"
        assert await explorer.page.evaluate(refused) == "refused"
        assert await explorer.violations() == ["connect-src http://127.0.0.1:65535/"]

    async def test_opens_with_a_tab_for_each_role(self, explorer: Explorer) -> None:
        tabs = await explorer.page.get_by_role("tab").all_inner_texts()
        assert tabs == ["StudentSessions", "InstructorCreate", "PartnerSchema"]
        editors = explorer.page.locator(".graphiql-container")
        for role in ("STUDENT", "INSTRUCTOR", "PARTNER"):
            await explorer.page.get_by_role("tab", name=role.title()).click()
            await expect(editors).to_contain_text(role)
            await expect(editors).to_contain_text("put ")

    async def test_keeps_its_tabs_over_a_reload(self, explorer: Explorer) -> None:
        await explorer.open_tab(VIEWER)
        tabs = explorer.page.get_by_role("tab")
        await expect(tabs).to_have_count(4)
        await explorer.page.reload()
        await expect(tabs).to_have_count(4)
        await expect(tabs.last).to_contain_text("Viewer")


class TestRequests:
    async def test_query_without_sign_in(self, explorer: Explorer) -> None:
        await explorer.open_tab(VIEWER)
        await explorer.run()
        await explorer.expect_response('"viewer": null')
        assert set(explorer.posted_authorization) == {None}

    async def test_syntax_error_is_the_servers(self, explorer: Explorer) -> None:
        await explorer.open_tab("query Broken { 7 }")
        await explorer.page.keyboard.press("Control+Enter")
        await explorer.expect_response('"message": "Syntax Error')

    async def test_token_goes_with_query_and_subscription(
        self, explorer: Explorer, site: Site
    ) -> None:
        authorization = await sign_in(explorer, site)
        await explorer.open_tab(VIEWER)
        await explorer.run()
        await explorer.expect_response(f'"username": "{site.username}"')
        assert explorer.posted_authorization[-1] == authorization

        await explorer.open_tab(site.subscription)
        await explorer.run()
        await explorer.expect_response(*site.events)
        assert explorer.sent_frames[0] == {
            "type": "connection_init",
            "payload": {"authorization": authorization},
        }
        assert explorer.received_frames[0]["type"] == "connection_ack"

    async def test_header_editor_reaches_both_and_wins(
        self, explorer: Explorer, site: Site
    ) -> None:
        authorization = await bearer(site)
        await explorer.open_tab(VIEWER)
        await explorer.write_headers({"Authorization": authorization})
        await explorer.run()
        await explorer.expect_response(f'"username": "{site.username}"')
        assert explorer.posted_authorization[-1] == authorization

        await explorer.open_tab(site.subscription)
        await explorer.write_headers({"Authorization": authorization, "X-Trace": "7"})
        await explorer.run()
        await explorer.expect_response(*site.events)
        assert explorer.sent_frames[0]["payload"] == {
            "authorization": authorization,
            "x-trace": "7",
        }

    async def test_api_token_in_the_header_editor(self, explorer: Explorer, site: Site) -> None:
        document = """mutation ($input: ApiTokenCreateInput!) {
          apiTokenCreate(input: $input) { token } }"""
        expires = (now() + timedelta(days=1)).isoformat()
        given = {"name": "Page", "kind": "PERSONAL", "scopes": ["account.read"]}
        asked = {"query": document, "variables": {"input": given | {"expiresAt": expires}}}
        headers = {"Authorization": await bearer(site)}
        async with httpx.AsyncClient(base_url=site.url) as client:
            answer = await client.post("/graphql", json=asked, headers=headers)
        authorization = f"Bearer {answer.json()['data']['apiTokenCreate']['token']}"
        await explorer.open_tab(VIEWER)
        await explorer.write_headers({"Authorization": authorization})
        await explorer.run()
        await explorer.expect_response(f'"username": "{site.username}"')
        assert explorer.posted_authorization[-1] == authorization

    async def test_cookie_keeps_the_refresh_token(self, explorer: Explorer, site: Site) -> None:
        login, password = site.sample.email, site.sample.password
        await explorer.open_tab(
            f'mutation Enter {{ accountLogin(input: {{ login: "{login}", password: "{password}",'
            " cookie: true }) { tokens { refreshToken csrfToken } } }"
        )
        await explorer.run()
        await explorer.expect_response('"refreshToken": null', '"csrfToken": "')
        kept = {each["name"]: each for each in await explorer.page.context.cookies()}
        assert kept["lyceum_refresh"]["httpOnly"]
        assert await explorer.page.evaluate("document.cookie") == (
            f"lyceum_csrf={kept['lyceum_csrf']['value']}"
        )

        renew = (
            "mutation Renew { tokenRefresh(input: {}) { tokens { expiresIn } errors { code } } }"
        )
        await explorer.open_tab(renew)
        await explorer.run()
        await explorer.expect_response('"code": "CSRF_FAILED"')
        await explorer.write_headers({"X-CSRF-Token": kept["lyceum_csrf"]["value"]})
        await explorer.run()
        await explorer.expect_response('"expiresIn": 900')


class TestSignIn:
    async def test_survives_a_reload_and_ends_on_sign_out(
        self, explorer: Explorer, site: Site
    ) -> None:
        authorization = await sign_in(explorer, site)
        await explorer.page.reload()
        banner = explorer.page.get_by_role("banner")
        await expect(banner).to_contain_text(f"Signed in as{site.username}")

        await sign_out(explorer)
        assert explorer.posted_authorization[-1] == authorization
        await expect(banner).to_contain_text("Sign in as")
        await explorer.open_tab(VIEWER)
        await explorer.run()
        await explorer.expect_response('"viewer": null')
        assert explorer.posted_authorization[-1] is None

    async def test_ends_when_the_token_expires(self, explorer: Explorer, site: Site) -> None:
        await explorer.page.clock.install()
        await explorer.page.reload()
        await sign_in(explorer, site)
        await explorer.page.clock.fast_forward("14:59")
        banner = explorer.page.get_by_role("banner")
        await expect(banner).to_contain_text("Signed in as")
        await explorer.page.clock.fast_forward("00:01")
        await expect(banner).to_contain_text("Sign in as")

    async def test_shows_why_it_failed(self, explorer: Explorer, site: Site) -> None:
        await explorer.sign_in(site.stranger.label)
        await expect(explorer.page.get_by_role("banner").get_by_role("alert")).to_have_text(
            "The login or the password is wrong."
        )


class TestHttp:
    """The routes, as an HTTP client sees them."""

    async def test_page_only_for_who_accepts_html(self, site: Site) -> None:
        async with httpx.AsyncClient(base_url=site.url) as client:
            page = await client.get("/graphql", headers={"Accept": "text/html"})
            api = await client.get(
                "/graphql",
                params={"query": "{ __typename }"},
                headers={"Accept": "application/json"},
            )
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "script-src 'self';" in page.headers["content-security-policy"]
        assert page.headers["vary"].split(", ") == ["Accept", "Origin"]
        assert api.json()["data"] == {"__typename": "Query"}

    @pytest.mark.parametrize("encoding", ["gzip", "identity"])
    async def test_assets_are_immutable(self, site: Site, encoding: str) -> None:
        async with httpx.AsyncClient(base_url=site.url) as client:
            page = await client.get("/graphql", headers={"Accept": "text/html"})
            script = page.text.partition('type="module" src="')[2].partition('"')[0]
            asset = await client.get(script, headers={"Accept-Encoding": encoding})
            missing = await client.get("/graphql/assets/none.js")
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["content-type"].partition(";")[0].endswith("/javascript")
        assert asset.headers.get("content-encoding", "identity") == encoding
        assert "lyceum:session" in asset.text
        assert missing.status_code == 404
