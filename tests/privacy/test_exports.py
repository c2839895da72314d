"""`dataExportRequest`, `dataExports` and their links."""

import asyncio
from datetime import timedelta
from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

import httpx
import orjson
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import User
from app.core import links
from app.core.clock import now
from app.core.resources import Resources
from app.privacy.models import DataExport, ExportStatus
from app.privacy.service import exports
from app.privacy.store import owned
from tests.client import Api
from tests.factories import Person, add_segments, make_person, make_session, waiting_jobs, writing
from tests.privacy.test_deletion import letters

_REQUEST = "mutation { dataExportRequest { dataExport { id status url size } errors { code } } }"
_LIST = "{ dataExports { nodes { id status url size expiresAt } } }"


async def _rows(resources: Resources) -> list[DataExport]:
    async with resources.database.read() as session:
        return await session.all(select(DataExport).order_by(col(DataExport.id)))


async def _made(api: Api, resources: Resources, person: Person) -> dict[str, object]:
    (await api.execute(_REQUEST, as_=person)).ok()
    await exports.make(resources, (await _rows(resources))[-1].id)
    return (await api.execute(_LIST, as_=person)).ok()["dataExports"]["nodes"][0]


async def _get(url: object) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(str(url))


class TestRequest:
    async def test_a_job_makes_it(self, api: Api, resources: Resources, ana: Person) -> None:
        answer = (await api.execute(_REQUEST, as_=ana)).ok()["dataExportRequest"]
        [row] = await _rows(resources)
        assert answer == {
            "dataExport": {
                "id": f"exp_{row.id}",
                "status": "PENDING",
                "url": None,
                "size": None,
            },
            "errors": [],
        }
        assert await waiting_jobs(resources) == [
            ("privacy.make_export", {"export_id": str(row.id)})
        ]

    async def test_one_at_a_time(self, api: Api, resources: Resources, ana: Person) -> None:
        answers = await asyncio.gather(*[api.execute(_REQUEST, as_=ana) for _ in range(4)])
        ids = {each.ok()["dataExportRequest"]["dataExport"]["id"] for each in answers}
        assert len(ids) == 1
        assert len(await waiting_jobs(resources)) == 1

    async def test_made_twice_it_is_one(self, api: Api, resources: Resources, ana: Person) -> None:
        (await api.execute(_REQUEST, as_=ana)).ok()
        [row] = await _rows(resources)
        await asyncio.gather(exports.make(resources, row.id), exports.make(resources, row.id))
        folder = resources.settings.data_dir / "objects" / exports.PREFIX
        assert len(list(folder.iterdir())) == 1
        assert [each.subject for each in await letters(resources)] == ["Your data is ready"]


class TestArchive:
    async def test_what_is_in_it(self, api: Api, resources: Resources, ana: Person) -> None:
        ben = await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben], live=True)
        spoken = [(ana, f"word {n}", n, n + 1) for n in range(owned.PAGE + 3)]
        await add_segments(resources, session, *spoken, (ben, "his words", 9, 10))
        done = await _made(api, resources, ana)
        response = await _get(done["url"])
        assert len(response.content) == done["size"]
        archive = ZipFile(BytesIO(response.content))
        segments = orjson.loads(archive.read("transcript_segment.json"))
        assert [each["text"] for each in segments] == [text for _, text, _, _ in spoken]
        [account] = orjson.loads(archive.read("user_account.json"))
        assert account["email"] == "ana@example.com"
        assert "password_hash" not in account
        assert b"his words" not in b"".join(map(archive.read, archive.namelist()))
        [meeting] = orjson.loads(archive.read("study_session.json"))
        assert meeting["created_at"] == session.row.created_at.isoformat()

    async def test_files_are_in_it(
        self,
        api: Api,
        resources: Resources,
        ana: Person,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        column = User.__table__.c.institution  # type: ignore[attr-defined]
        monkeypatch.setitem(column.info, "file", True)
        await resources.objects.put("avatars/1", b"a picture")
        async with writing(resources) as session:
            await session.execute(update(User).values(institution="avatars/1"))
        archive = ZipFile(BytesIO((await _get((await _made(api, resources, ana))["url"])).content))
        assert archive.read("files/avatars/1") == b"a picture"
        [account] = orjson.loads(archive.read("user_account.json"))
        assert account["institution"] == "files/avatars/1"


class TestLinks:
    async def test_downloads_safely(self, api: Api, resources: Resources, ana: Person) -> None:
        response = await _get((await _made(api, resources, ana))["url"])
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/octet-stream"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "private, no-store"
        assert response.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''lyceum-data.zip"
        )

    async def test_no_other_link_opens_anything(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        url = str((await _made(api, resources, ana))["url"])
        row = (await _rows(resources))[0]
        late = resources.links.path(
            str(row.object_name), "lyceum-data.zip", now() - timedelta(seconds=1)
        )
        base = url.partition("/files/")[0]
        for wrong in (
            url.replace("lyceum-data", "other"),
            url.replace("until=1", "until=2"),
            url.replace("/files/exports/", "/files/exports/../exports/x"),
            url.partition("&signature")[0],
            url.partition("?")[0],
            url[:-1] + ("A" if url[-1] != "A" else "Q"),
            base + late,
        ):
            assert (await _get(wrong)).status_code == 403, wrong

    async def test_nobody_elses_list(self, api: Api, resources: Resources, ana: Person) -> None:
        done = await _made(api, resources, ana)
        admin = await make_person(resources, role="super_admin")
        answer = await api.execute(_LIST, as_=admin)
        assert answer.ok() == {"dataExports": {"nodes": []}}
        node = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await api.execute(node, {"id": done["id"]}, as_=admin)).ok() == {"node": None}

    def test_a_link_lasts_a_quarter_of_an_hour(self) -> None:
        left = (links.soon() - now()).total_seconds()
        assert 15 * 60 - 1 < left <= 30 * 60


class TestTending:
    async def test_expired_ones_go(self, api: Api, resources: Resources, ana: Person) -> None:
        done = await _made(api, resources, ana)
        await exports.tend(resources)
        assert (await _get(done["url"])).status_code == 200
        async with writing(resources) as session:
            past = now() - timedelta(seconds=1)
            await session.execute(update(DataExport).values(expires_at=past))
        [node] = (await api.execute(_LIST, as_=ana)).ok()["dataExports"]["nodes"]
        assert node["url"] is None
        await exports.tend(resources)
        assert (await _get(done["url"])).status_code == 404
        assert [each.status for each in await _rows(resources)] == [ExportStatus.EXPIRED]

    async def test_a_lost_job_is_made_again_and_given_up_after_a_day(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        (await api.execute(_REQUEST, as_=ana)).ok()
        [row] = await _rows(resources)
        await exports.tend(resources)
        assert len(await waiting_jobs(resources)) == 1
        await _waits_since(resources, row.id, timedelta(hours=1))
        await exports.tend(resources)
        assert len(await waiting_jobs(resources)) == 2
        await _waits_since(resources, row.id, timedelta(days=2))
        await exports.tend(resources)
        assert [each.status for each in await _rows(resources)] == [ExportStatus.FAILED]
        assert len(await waiting_jobs(resources)) == 2


async def _waits_since(resources: Resources, key: UUID, ago: timedelta) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(DataExport).where(col(DataExport.id) == key).values(created_at=now() - ago)
        )
