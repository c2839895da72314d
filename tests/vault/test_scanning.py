"""Files are shown to clamd before they are kept."""

import os
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from sqlmodel import col, select

from app.core.audit import AuditDetail, AuditEntry
from app.core.resources import Resources
from app.core.scanning import Clamd, ScanFailed
from app.core.settings import Settings
from app.vault.models import FileStatus, ScanStatus
from tests.client import Api
from tests.conftest import serve
from tests.factories import Person
from tests.vault import clamd
from tests.vault.files import EICAR, PDF, complete, objects, row, sent, upload


@pytest.fixture
async def daemon() -> AsyncIterator[clamd.Clamd]:
    async with clamd.running() as made:
        yield made


@pytest.fixture
async def scanning(settings: Settings, daemon: clamd.Clamd) -> AsyncIterator[Api]:
    """The server, with a scanner that it waits for a second."""
    more = {"clamd_host": "127.0.0.1", "clamd_port": daemon.port, "clamd_timeout": 1.0}
    async with serve(settings.model_copy(update=more)) as made:
        yield made


class TestUploads:
    async def test_a_clean_one(self, scanning: Api, daemon: clamd.Clamd, ana: Person) -> None:
        assert (await upload(scanning, ana))["scanStatus"] == "CLEAN"
        assert daemon.shown == [PDF]

    async def test_malware(
        self, scanning: Api, resources: Resources, daemon: clamd.Clamd, ana: Person
    ) -> None:
        id = await sent(scanning, ana, EICAR, "essay.txt")
        refused = await complete(scanning, ana, id)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("FILE_INFECTED", ["input", "id"])
        ]
        assert daemon.shown == [EICAR]
        assert objects(resources) == []
        file = await row(resources, id)
        assert file is not None
        assert (file.status, file.scan, file.object_name, file.incoming_name) == (
            FileStatus.REFUSED,
            ScanStatus.INFECTED,
            None,
            None,
        )
        async with resources.database.read() as reading:
            [[entry, detail]] = await reading.rows(
                select(AuditEntry, AuditDetail).join(
                    AuditDetail, col(AuditDetail.sequence) == AuditEntry.sequence
                )
            )
        assert (entry.action, entry.subject_kind) == ("file.infected", "file")
        assert detail.after == {"malware": "Eicar-Test-Signature"}
        assert (await complete(scanning, ana, id)).codes == ["UPLOAD_REFUSED"]

    @pytest.mark.parametrize("said", [b"INSTREAM size limit exceeded. ERROR\0", b"?\0", b"no end"])
    async def test_no_verdict_is_none(
        self, scanning: Api, resources: Resources, daemon: clamd.Clamd, ana: Person, said: bytes
    ) -> None:
        daemon.answer = said
        id = await sent(scanning, ana, PDF)
        assert (await complete(scanning, ana, id)).codes == ["FILE_NOT_SCANNED"]
        assert [each.partition("/")[0] for each in objects(resources)] == ["incoming"]
        file = await row(resources, id)
        assert file is not None
        assert file.status is FileStatus.PENDING
        daemon.answer = None
        assert (await complete(scanning, ana, id)).ok()["file"]["scanStatus"] == "CLEAN"

    async def test_one_that_does_not_answer(
        self, scanning: Api, daemon: clamd.Clamd, ana: Person
    ) -> None:
        daemon.silent = True
        id = await sent(scanning, ana, PDF)
        assert (await complete(scanning, ana, id)).codes == ["FILE_NOT_SCANNED"]

    async def test_one_that_is_not_there(self, settings: Settings, ana: Person) -> None:
        async with clamd.running() as gone:
            port = gone.port
        more = {"clamd_host": "127.0.0.1", "clamd_port": port}
        async with serve(settings.model_copy(update=more)) as api:
            id = await sent(api, ana, PDF)
            assert (await complete(api, ana, id)).codes == ["FILE_NOT_SCANNED"]


class TestClamd:
    async def test_large_ones_in_pieces(self, daemon: clamd.Clamd) -> None:
        data = os.urandom(3_000_001)
        scanner = Clamd("127.0.0.1", daemon.port, 10)
        assert await scanner.scan(BytesIO(data)) is None
        assert daemon.shown == [data]
        assert await scanner.scan(BytesIO(data + EICAR)) == "Eicar-Test-Signature"

    async def test_too_large_for_it(self, daemon: clamd.Clamd) -> None:
        scanner = Clamd("127.0.0.1", daemon.port, 10)
        with pytest.raises(ScanFailed):
            await scanner.scan(BytesIO(bytes(25 * 1024 * 1024 + 1)))
