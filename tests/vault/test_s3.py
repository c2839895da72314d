"""The same with a store that speaks S3: its own links, in both directions."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.core.clock import now
from app.core.settings import Settings
from app.core.storage import Objects
from app.vault.service import uploads
from tests.client import Api
from tests.conftest import serve
from tests.factories import Person
from tests.vault.files import PDF, begin, complete, row, send, sent, upload
from tests.waiting import eventually

_BUCKET = "lyceum"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server, with one bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"

    def has_bucket() -> bool:
        try:
            return httpx.put(f"{url}/{_BUCKET}", trust_env=False).status_code in (200, 409)
        except httpx.TransportError:
            return False

    try:
        asyncio.run(eventually(has_bucket, seconds=60))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", url)
            patch.setenv("AWS_ALLOW_HTTP", "true")
            patch.setenv("AWS_REGION", "us-east-1")
            patch.setenv("AWS_ACCESS_KEY_ID", "key")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def store(s3: str, settings: Settings) -> Settings:
    """Settings of a server whose objects are there, below a prefix of their own."""
    prefix = os.urandom(4).hex()
    return settings.model_copy(update={"objects_url": f"s3://{_BUCKET}/{prefix}"})


@pytest.fixture
async def remote(store: Settings) -> AsyncIterator[Api]:
    """The server."""
    async with serve(store) as made:
        yield made


async def _names(objects: Objects) -> list[str]:
    later = now() + timedelta(hours=1)
    found = [name for prefix in ("incoming", "vault")
             async for name in objects.older_than(prefix, later)]  # fmt: skip
    return sorted(found)


class TestS3:
    async def test_there_and_back(self, remote: Api, s3: str, ana: Person) -> None:
        begun = (await begin(remote, ana, len(PDF), "été.pdf")).ok()
        link = begun["link"]
        assert link["url"].startswith(f"{s3}/{_BUCKET}/")
        signed = parse_qs(urlsplit(link["url"]).query)
        assert 14 * 60 < int(signed["X-Amz-Expires"][0]) <= 15 * 60
        assert await send(link, PDF) == 200
        done = (await complete(remote, ana, begun["file"]["id"])).ok()["file"]
        assert (done["status"], done["type"]) == ("READY", "application/pdf")
        signed = parse_qs(urlsplit(done["url"]).query)
        assert 3600 - 5 < int(signed["X-Amz-Expires"][0]) <= 4500
        async with httpx.AsyncClient(trust_env=False) as http:
            response = await http.get(done["url"])
        assert response.content == PDF
        # What the store serves by itself says what it is, and is never shown in place.
        assert response.headers["content-type"] == "application/pdf"
        assert response.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf"
        )

    async def test_a_link_that_is_used_again_changes_nothing(
        self, remote: Api, ana: Person
    ) -> None:
        begun = (await begin(remote, ana, len(PDF))).ok()
        await send(begun["link"], PDF)
        url = (await complete(remote, ana, begun["file"]["id"])).ok()["file"]["url"]
        assert await send(begun["link"], b"<script>alert(1)</script>") == 200
        assert (await complete(remote, ana, begun["file"]["id"])).errors == []
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(url)).content == PDF

    async def test_more_than_was_announced(self, remote: Api, ana: Person) -> None:
        begun = (await begin(remote, ana, len(PDF))).ok()
        await send(begun["link"], PDF + b"more")
        refused = await complete(remote, ana, begun["file"]["id"])
        assert refused.codes == ["UPLOAD_INCOMPLETE"]
        assert await _names(remote.resources.objects) == []
        await send(begun["link"], PDF)
        assert (await complete(remote, ana, begun["file"]["id"])).errors == []

    async def test_what_it_is_not(self, remote: Api, ana: Person) -> None:
        id = await sent(remote, ana, b"<svg onload='alert(1)'/>", "leaf.png")
        assert (await complete(remote, ana, id)).codes == ["FILE_TYPE_REFUSED"]
        assert await _names(remote.resources.objects) == []

    async def test_sweeping(
        self, remote: Api, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resources = remote.resources
        kept = await row(resources, (await upload(remote, ana))["id"])
        assert kept is not None
        half = await row(resources, await sent(remote, ana, PDF))
        assert half is not None
        await resources.objects.put("incoming/late", b"x")
        await resources.objects.put(f"vault/{now():%Y-%m-%d}/orphan", b"x")
        assert len(await _names(resources.objects)) == 4
        later = now() + timedelta(days=3)
        monkeypatch.setattr(uploads, "now", lambda: later)
        await uploads.sweep(resources)
        assert await _names(resources.objects) == []
