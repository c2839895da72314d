"""Uploads: begun, sent by a signed link, looked at, and kept."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core import links
from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.core.settings import Settings
from app.vault.models import FileStatus, StoredFile
from app.vault.service import uploads
from tests.client import Api
from tests.conftest import serve
from tests.factories import Person, make_person, writing
from tests.vault.files import (
    GIF,
    PDF,
    begin,
    complete,
    objects,
    png,
    row,
    send,
    sent,
    upload,
)
from tests.waiting import eventually


async def _rows(resources: Resources) -> list[StoredFile]:
    async with resources.database.read() as reading:
        return await reading.all(select(StoredFile).order_by(col(StoredFile.id)))


async def _get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(url)


class TestBegin:
    async def test_gives_a_link(self, api: Api, resources: Resources, ana: Person) -> None:
        begun = (await begin(api, ana, len(PDF), type="application/pdf")).ok()
        [file] = await _rows(resources)
        assert begun["file"] == {
            "id": f"fil_{file.id}",
            "name": "leaf.pdf",
            "size": len(PDF),
            "purpose": "ASSIGNMENT",
            "status": "PENDING",
            "type": None,
            "scanStatus": "NOT_SCANNED",
            "url": None,
        }
        link = begun["link"]
        assert link["method"] == "PUT"
        assert link["headers"] == [{"name": "content-type", "value": "application/octet-stream"}]
        assert link["url"].startswith(f"{api.url}/uploads/incoming/")
        left = datetime.fromisoformat(link["expiresAt"]) - now()
        assert timedelta(minutes=14) < left <= timedelta(minutes=15)
        assert objects(resources) == []

    @pytest.mark.parametrize(
        ("given", "code", "field"),
        [
            ({"size": 10 * 1024 * 1024 + 1}, "FILE_TOO_LARGE", "size"),
            ({"size": 0}, "INVALID_INPUT", "size"),
            ({"size": -1}, "INVALID_INPUT", "size"),
            ({"size": 9, "type": "text/html"}, "FILE_TYPE_REFUSED", "type"),
            ({"size": 9, "type": "application/zip"}, "FILE_TYPE_REFUSED", "type"),
            ({"size": 9, "filename": " \u202e/ "}, "INVALID_INPUT", "filename"),
            ({"size": 9, "filename": "x" * 256}, "INVALID_INPUT", "filename"),
        ],
    )
    async def test_what_is_refused(
        self,
        api: Api,
        resources: Resources,
        ana: Person,
        given: dict[str, object],
        code: str,
        field: str,
    ) -> None:
        refused = await begin(api, ana, **given)  # type: ignore[arg-type]
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            (code, ["input", field])
        ]
        assert (refused.data["file"], refused.data["link"]) == (None, None)
        assert await _rows(resources) == []

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/leaf.pdf", "leaf.pdf"),
            ("C:\\work\\leaf.pdf", "leaf.pdf"),
            ("ann\u202efdp.exe", "annfdp.exe"),
            ("a\0b\r\n.pdf", "ab.pdf"),
            (" my\t  leaf .pdf", "my leaf .pdf"),
            ("..hidden.pdf", "hidden.pdf"),
            ("Blätter, été.pdf", "Blätter, été.pdf"),
            ("e\u0301te\u0301.pdf", "été.pdf"),
        ],
    )
    async def test_names(self, api: Api, ana: Person, given: str, kept: str) -> None:
        assert (await begin(api, ana, 9, given)).ok()["file"]["name"] == kept

    async def test_ten_an_hour(self, settings: Settings, resources: Resources) -> None:
        limited = settings.model_copy(update={"limit_scale": 1.0})
        async with serve(limited) as api:
            ana = await make_person(api.resources)
            document = (
                'mutation { uploadBegin(input: {purpose: ASSIGNMENT, filename: "a", size: 1})'
                " { errors { code } } }"
            )
            codes = [(await api.execute(document, as_=ana)).codes for _ in range(11)]
        assert codes == [[]] * 10 + [["RATE_LIMITED"]]
        assert len(await _rows(resources)) == 10

    async def test_sizes_by_purpose(self, settings: Settings) -> None:
        sizes = {"upload_bytes": 5, "upload_bytes_by_purpose": {"assignment": 7}}
        async with serve(settings.model_copy(update=sizes)) as api:
            ana = await make_person(api.resources)
            assert (await begin(api, ana, 7)).errors == []
            assert (await begin(api, ana, 8)).codes == ["FILE_TOO_LARGE"]


class TestSending:
    async def test_streams_to_its_place(self, api: Api, resources: Resources, ana: Person) -> None:
        data = os.urandom(3_000_000)
        begun = (await begin(api, ana, len(data))).ok()
        assert await send(begun["link"], data) == 201
        [name] = objects(resources)
        assert name.startswith("incoming/")
        assert await resources.objects.get(name) == data

    async def test_a_link_is_used_once(self, api: Api, resources: Resources, ana: Person) -> None:
        begun = (await begin(api, ana, 5)).ok()
        given = [b"%d----" % n for n in range(6)]
        statuses = await asyncio.gather(*[send(begun["link"], each[:5]) for each in given])
        assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
        [name] = objects(resources)
        assert await resources.objects.get(name) == given[statuses.index(201)][:5]
        assert await send(begun["link"], b"again") == 409
        assert await resources.objects.get(name) == given[statuses.index(201)][:5]

    @pytest.mark.parametrize("size", [0, 4, 6, 10_000_000])
    async def test_another_size(
        self, api: Api, resources: Resources, ana: Person, size: int
    ) -> None:
        begun = (await begin(api, ana, 5)).ok()
        assert await send(begun["link"], b"x" * size) == 413
        assert objects(resources) == []
        # The link isn't used up by that.
        assert await send(begun["link"], b"right") == 201

    @pytest.mark.parametrize("pieces", [[b"12", b"34"], [b"123", b"456"], [b"x" * 50_000] * 40])
    async def test_another_size_without_saying_so(
        self, api: Api, resources: Resources, ana: Person, pieces: list[bytes]
    ) -> None:
        begun = (await begin(api, ana, 5)).ok()
        given = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal given
            for piece in pieces:
                given += len(piece)
                yield piece

        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                status = (await http.put(begun["link"]["url"], content=body())).status_code
            except (httpx.WriteError, httpx.ReadError):
                status = 413
        assert status == 413
        assert objects(resources) == []

    async def test_a_lost_connection_leaves_nothing(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        begun = (await begin(api, ana, 1_000_000)).ok()
        url = urlsplit(begun["link"]["url"])
        _, writer = await asyncio.open_connection(url.hostname, url.port)
        head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n"
        writer.write(head.encode() + b"x" * 500_000)
        await writer.drain()
        folder = resources.settings.data_dir
        await eventually(lambda: _held_open(folder))
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.close()
        await eventually(lambda: not _held_open(folder))
        assert objects(resources) == []
        assert [each.name for each in folder.iterdir()] in ([], ["objects"])
        assert await send(begun["link"], b"y" * 1_000_000) == 201

    async def test_no_other_link_takes_anything(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        url = (await begin(api, ana, 5)).ok()["link"]["url"]
        path = urlsplit(url).path.removeprefix(links.UPLOADS)
        own = resources.links
        late = own.upload_path(path, 5, now() - timedelta(seconds=1))
        reading = own.path(path, "5", now() + timedelta(hours=1)).replace("filename=", "size=")
        wrong = [
            url.replace("incoming/", "vault/"),
            url.replace("size=5", "size=6"),
            url.replace("until=", "until=9"),
            url.partition("&signature")[0],
            url.partition("?")[0],
            url[:-1] + ("A" if url[-1] != "A" else "Q"),
            api.url + late,
            api.url + reading.replace(links.PATH, links.UPLOADS),
        ]
        link = {"method": "PUT", "headers": []}
        for each in wrong:
            assert await send({**link, "url": each}, b"12345") == 403, each
        assert objects(resources) == []
        for method in ("GET", "POST", "DELETE"):
            assert await send({**link, "url": url, "method": method}, b"12345") == 405

    async def test_a_link_to_send_is_none_to_read(self, api: Api, ana: Person) -> None:
        begun = (await begin(api, ana, 5)).ok()
        await send(begun["link"], b"12345")
        url = begun["link"]["url"].replace(links.UPLOADS, links.PATH)
        assert (await _get(url)).status_code == 403

    async def test_a_page_of_an_allowed_origin_may_send(self, settings: Settings) -> None:
        there = "https://learn.example.org"
        async with serve(settings.model_copy(update={"allowed_origins": [there]})) as api:
            asked = await api.http.options(
                "/uploads/incoming/x",
                headers={
                    "origin": there,
                    "access-control-request-method": "PUT",
                    "access-control-request-headers": "content-type",
                },
            )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == there


def _held_open(folder: Path) -> list[str]:
    """Files without a name that this process has open there."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            target = str(each.readlink())
        except OSError:
            continue
        if target.startswith(str(folder)) and target.endswith("(deleted)"):
            found.append(target)
    return found


class TestComplete:
    async def test_is_looked_at_and_kept(self, api: Api, resources: Resources, ana: Person) -> None:
        id = await sent(api, ana, PDF, "leaf")
        done = (await complete(api, ana, id)).ok()["file"]
        url = done.pop("url")
        assert done == {
            "id": id,
            "name": "leaf.pdf",
            "size": len(PDF),
            "purpose": "ASSIGNMENT",
            "status": "READY",
            "type": "application/pdf",
            "scanStatus": "NOT_SCANNED",
        }
        [name] = objects(resources)
        assert name.startswith(f"vault/{now():%Y-%m-%d}/")
        response = await _get(url)
        assert response.content == PDF
        assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''leaf.pdf"
        assert response.headers["content-type"] == "application/octet-stream"
        assert response.headers["x-content-type-options"] == "nosniff"
        [until] = parse_qs(urlsplit(url).query)["until"]
        assert 3600 - 1 < int(until) - now().timestamp() <= 4500

    async def test_twice_is_no_error(self, api: Api, resources: Resources, ana: Person) -> None:
        id = await sent(api, ana, PDF)
        answers = await asyncio.gather(*[complete(api, ana, id) for _ in range(5)])
        answers.append(await complete(api, ana, id))
        assert len({each.ok()["file"]["url"] for each in answers}) == 1
        assert len(objects(resources)) == 1
        assert (await _get(answers[0].ok()["file"]["url"])).content == PDF

    async def test_what_arrives_later_changes_nothing(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        id = await sent(api, ana, PDF)
        file = await row(resources, id)
        assert file is not None
        assert file.incoming_name is not None
        url = (await complete(api, ana, id)).ok()["file"]["url"]
        await resources.objects.put(file.incoming_name, b"<script>alert(1)</script>")
        assert (await complete(api, ana, id)).ok()["file"]["type"] == "application/pdf"
        assert (await _get(url)).content == PDF

    async def test_nothing_has_arrived(self, api: Api, ana: Person) -> None:
        begun = (await begin(api, ana, len(PDF))).ok()
        early = await complete(api, ana, begun["file"]["id"])
        assert early.codes == ["UPLOAD_INCOMPLETE"]
        assert early.data["file"] is None
        assert await send(begun["link"], PDF) == 201
        assert (await complete(api, ana, begun["file"]["id"])).ok()["file"]["status"] == "READY"

    async def test_another_size_arrived(self, api: Api, resources: Resources, ana: Person) -> None:
        begun = (await begin(api, ana, len(PDF))).ok()
        [file] = await _rows(resources)
        assert file.incoming_name is not None
        await resources.objects.put(file.incoming_name, PDF + b"more")
        wrong = await complete(api, ana, begun["file"]["id"])
        assert wrong.codes == ["UPLOAD_INCOMPLETE"]
        assert objects(resources) == []
        assert [each.status for each in await _rows(resources)] == [FileStatus.PENDING]

    @pytest.mark.parametrize(
        "data",
        [
            b"<!doctype html><script>alert(1)</script>",
            b"\n <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"MZ\x90\0" + bytes(100),
            b"\x7fELF" + bytes(100),
            b"Text, and then\0 none",
        ],
    )
    async def test_what_it_isnt_said_to_be(
        self, api: Api, resources: Resources, ana: Person, data: bytes
    ) -> None:
        begun = (await begin(api, ana, len(data), "leaf.png", type="image/png")).ok()
        await send(begun["link"], data)
        id = begun["file"]["id"]
        refused = await complete(api, ana, id)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("FILE_TYPE_REFUSED", ["input", "id"])
        ]
        assert objects(resources) == []
        file = await row(resources, id)
        assert file is not None
        assert (file.status, file.type, file.object_name) == (FileStatus.REFUSED, None, None)
        assert (await complete(api, ana, id)).codes == ["UPLOAD_REFUSED"]

    async def test_its_bytes_say_what_it_is(self, api: Api, ana: Person) -> None:
        assert (await upload(api, ana, png(), "leaf.jpg"))["type"] == "image/png"
        done = await upload(api, ana, GIF, "leaf.exe")
        assert (done["type"], done["name"]) == ("image/gif", "leaf.exe.gif")
        done = await upload(api, ana, b"print('hello')\n", "run.js")
        assert (done["type"], done["name"]) == ("text/plain", "run.js.txt")

    async def test_somebody_elses(
        self, api: Api, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await sent(api, ana, PDF)
        sam = await make_person(resources, role="super_admin")
        for other in (ben, sam):
            assert (await complete(api, other, id)).codes == ["NOT_FOUND"]
            node = await api.execute("query ($id: ID!) { node(id: $id) { id } }", {"id": id},
                                     as_=other)  # fmt: skip
            assert node.ok() == {"node": None}
        file = await row(resources, id)
        assert file is not None
        assert file.status is FileStatus.PENDING

    async def test_a_crash_before_it_is_said_is_gone_over(
        self, api: Api, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        id = await sent(api, ana, PDF)

        async def dies(*_: object, **__: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as patch:
            patch.setattr(uploads.store, "finish", dies)
            with pytest.raises(RuntimeError):
                await uploads.complete(resources, ana.viewer, from_global("fil", id))
        assert [name.partition("/")[0] for name in objects(resources)] == ["incoming"]
        assert (await complete(api, ana, id)).ok()["file"]["status"] == "READY"


async def _age(resources: Resources, id: str, ago: timedelta, **values: object) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(StoredFile)
            .where(col(StoredFile.id) == from_global("fil", id))
            .values(created_at=now() - ago, **values)
        )


def _backdate(resources: Resources, ago: timedelta) -> None:
    """Have all objects be as old."""
    when = (now() - ago).timestamp()
    for name in objects(resources):
        os.utime(resources.settings.data_dir / "objects" / name, (when, when))


class TestSweeping:
    async def test_what_was_not_completed_or_used_goes_after_a_day(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        begun = (await begin(api, ana, 5)).ok()["file"]["id"]
        half = await sent(api, ana, PDF)
        unused = (await upload(api, ana))["id"]
        old = timedelta(days=1, minutes=1)
        for id in (begun, half, unused):
            await _age(resources, id, old)
        kept = [(await begin(api, ana, 5)).ok()["file"]["id"], await sent(api, ana, PDF),
                (await upload(api, ana))["id"]]  # fmt: skip
        before = objects(resources)
        assert len(before) == 4
        await uploads.sweep(resources)
        assert {f"fil_{each.id}" for each in await _rows(resources)} == set(kept)
        assert len(objects(resources)) == 2
        await uploads.sweep(resources)
        assert len(await _rows(resources)) == 3

    async def test_what_is_gone_leaves_no_files(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        file = await upload(api, ana)
        await _age(resources, file["id"], timedelta(days=3), claimed_at=now())
        await uploads.sweep(resources)
        assert len(await _rows(resources)) == 1
        await _age(resources, file["id"], timedelta(days=3),
                   claimed_at=now() - timedelta(days=2))  # fmt: skip
        await uploads.sweep(resources)
        assert await _rows(resources) == []
        assert objects(resources) == []

    async def test_objects_that_no_file_has(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        kept = await row(resources, (await upload(api, ana))["id"])
        assert kept is not None
        day = f"{now() - timedelta(days=2):%Y-%m-%d}"
        mine = f"vault/{day}/kept"
        async with writing(resources) as session:
            await session.execute(update(StoredFile).values(object_name=mine))
        for name in ("incoming/late", f"vault/{day}/orphan", mine):
            await resources.objects.put(name, b"x")
        _backdate(resources, timedelta(days=3))
        await resources.objects.put(f"vault/{now():%Y-%m-%d}/new", b"x")
        await resources.objects.put("incoming/new", b"x")
        await uploads.sweep(resources)
        left = [name for name in objects(resources) if name != kept.object_name]
        assert left == ["incoming/new", mine, f"vault/{now():%Y-%m-%d}/new"]
