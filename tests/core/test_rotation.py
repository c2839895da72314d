"""Rotation of the master key, over a table of this test's own."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, insert, select, text, update

from app.cli import keys
from app.core import rotation
from app.core.envelope import Envelope, MasterKeys
from app.core.resources import Resources
from app.core.settings import Settings
from app.core.startup import StartupError
from app.core.tables import SEALED
from tests.factories import writing

_ROWS = 2 * rotation._PAGE + 10
_BEFORE, _AFTER = (
    f"one:{b64encode(bytes(32)).decode()}",
    f"two:{b64encode(bytes(range(32))).decode()}",
)
_SECRETS = Table(
    "sealed_note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("secret", LargeBinary, **SEALED),
)
_COLUMN = _SECRETS.c.secret


def _envelope(*given: str) -> Envelope:
    return Envelope(MasterKeys.of([SecretStr(each) for each in given], SecretStr("s")))


_OLD, _BOTH, _NEW = _envelope(_BEFORE), _envelope(_AFTER, _BEFORE), _envelope(_AFTER)


@pytest.fixture
async def table(resources: Resources) -> AsyncIterator[None]:
    """Secrets that the old key sealed, and a row without."""
    async with writing(resources) as session:
        await session.execute(text("CREATE TABLE sealed_note (id int PRIMARY KEY, secret bytea)"))
        rows = [
            {"id": number, "secret": await _OLD.seal(f"secret {number}".encode(), "note")}
            for number in range(_ROWS)
        ]
        await session.execute(insert(_SECRETS), [*rows, {"id": _ROWS, "secret": None}])
    yield
    async with writing(resources) as session:
        await session.execute(text("DROP TABLE sealed_note"))


async def _all(resources: Resources) -> list[Any]:
    async with resources.database.read() as session:
        return list(await session.rows(select(_SECRETS).order_by(_SECRETS.c.id)))


@pytest.mark.usefixtures("table")
class TestRotate:
    async def test_all_of_it_once(self, resources: Resources) -> None:
        done = await rotation.rotate(resources.database, _BOTH, _COLUMN)
        assert (done.renewed, done.current) == (_ROWS, 0)
        *rows, empty = await _all(resources)
        assert empty.secret is None
        for row in rows:
            assert await _NEW.open(row.secret, "note") == f"secret {row.id}".encode()
        again = await rotation.rotate(resources.database, _NEW, _COLUMN)
        assert (again.renewed, again.current) == (0, _ROWS)

    async def test_stopped_in_the_middle_it_goes_on(
        self, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        renew, left = _BOTH.renew, rotation._PAGE + 5

        async def dies(stored: bytes) -> bytes:
            nonlocal left
            left -= 1
            if left < 0:
                raise ConnectionError
            return await renew(stored)

        monkeypatch.setattr(_BOTH, "renew", dies)
        with pytest.raises(ConnectionError):
            await rotation.rotate(resources.database, _BOTH, _COLUMN)
        monkeypatch.undo()
        # A mixture: both keys are there, so everything opens.
        for row in (await _all(resources))[:-1]:
            assert await _BOTH.open(row.secret, "note") == f"secret {row.id}".encode()
        done = await rotation.rotate(resources.database, _BOTH, _COLUMN)
        assert (done.renewed, done.current) == (_ROWS - rotation._PAGE, rotation._PAGE)

    async def test_what_somebody_writes_meanwhile_stays(
        self, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        renew, newer = _BOTH.renew, await _BOTH.seal(b"another", "note")
        written = False

        async def slow(stored: bytes) -> bytes:
            nonlocal written
            if not written:
                written = True
                async with writing(resources) as session:
                    await session.execute(
                        update(_SECRETS).where(_SECRETS.c.id == 3).values(secret=newer)
                    )
            return await renew(stored)

        monkeypatch.setattr(_BOTH, "renew", slow)
        done = await rotation.rotate(resources.database, _BOTH, _COLUMN)
        assert done.renewed == _ROWS - 1
        assert (await _all(resources))[3].secret == newer

    async def test_without_the_old_key_nothing_changes(self, resources: Resources) -> None:
        before = await _all(resources)
        with pytest.raises(KeyError):
            await rotation.rotate(resources.database, _NEW, _COLUMN)
        assert await _all(resources) == before

    async def test_the_command(
        self,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(keys, "sealed_columns", lambda: [_COLUMN])
        given = {"master_keys": [SecretStr(_AFTER)]}
        with pytest.raises(StartupError, match=r"sealed_note\.secret .*'one'"):
            await keys.renew(settings.model_copy(update=given))
        given = {"master_keys": [SecretStr(_AFTER), SecretStr(_BEFORE)]}
        await keys.renew(settings.model_copy(update=given))
        assert f"sealed_note.secret: {_ROWS} sealed anew, 0 were so already" in (
            capsys.readouterr().out
        )


async def test_the_derived_key_gives_way_to_one_with_a_name() -> None:
    stored = await Envelope(MasterKeys.of([], SecretStr("s"))).seal(b"secret", "note")
    assert not _NEW.is_current(stored)
    renewed = await _NEW.renew(stored)
    assert _NEW.is_current(renewed)
    assert await _NEW.open(renewed, "note") == b"secret"
