"""`lyceum documents`: what is registered, shown and forgotten."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.cli import documents as cli
from app.core.graph import trusted
from app.core.graph.trusted import digest
from app.core.resources import Resources
from app.core.settings import Settings
from app.core.startup import StartupError
from tests.core.documents import ME, SCHEMA, nested, register


class TestFunctions:
    async def _registered(self, resources: Resources) -> set[tuple[bytes, str, str]]:
        async with resources.database.read() as session:
            rows = await trusted.registered(session)
        return {(row.hash, row.text, row.client) for row in rows}

    def _files(self, folder: Path, contents: Sequence[tuple[str, Any]]) -> list[Path]:
        for name, content in contents:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text)
        return [folder / name for name, _ in contents]

    async def test_every_kind_of_file(
        self,
        settings: Settings,
        resources: Resources,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        texts = [f"query {name} {ME}" for name in ("Plain", "Relay", "Codegen", "Apollo")]
        plain, relay, codegen, apollo = texts
        operation = {"id": digest(apollo).hex(), "name": "Apollo", "type": "query", "body": apollo}
        manifest = {"format": "apollo-persisted-query-manifest", "version": 1}
        files = self._files(
            tmp_path,
            [
                ("plain.graphql", plain),
                ("relay.json", {digest(relay, 16).hex(): relay}),
                ("codegen.json", {digest(codegen, 20).hex(): codegen}),
                ("apollo.json", {**manifest, "operations": [operation]}),
            ],
        )
        await cli.register(settings, SCHEMA, files, None)
        assert capsys.readouterr().out == (
            "Documents: 4; hashes that were not registered yet: 6.\n"
        )
        assert await self._registered(resources) == {
            (digest(plain), plain, "plain.graphql"),
            (digest(relay, 16), relay, "relay.json"),
            (digest(relay), relay, "relay.json"),
            (digest(codegen, 20), codegen, "codegen.json"),
            (digest(codegen), codegen, "codegen.json"),
            (digest(apollo), apollo, "apollo.json"),
        }
        await cli.register(settings, SCHEMA, files[:1], "web")
        assert capsys.readouterr().out == (
            "Documents: 1; hashes that were not registered yet: 0.\n"
        )

    async def test_all_or_nothing(
        self,
        settings: Settings,
        resources: Resources,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        bad = "{ me { nam } }"
        files = self._files(
            tmp_path,
            [
                ("good.graphql", ME),
                ("deep.graphql", nested(16)),
                ("web.json", {digest(bad).hex(): bad, digest(bad, 16).hex(): ME, "Me": ME}),
            ],
        )
        with pytest.raises(StartupError) as caught:
            await cli.register(settings, SCHEMA, files, "web")
        assert str(caught.value) == (
            "Nothing was registered: every document must be one that may run."
        )
        deep = "An operation has at most 15 levels of fields: this one has 16."
        unknown = "Cannot query field 'nam' on type 'Person'. Did you mean 'name'?"
        wrong = "the id is no hash (SHA-256, SHA-1 or MD5) of the document."
        assert capsys.readouterr().out.splitlines() == [
            f"deep.graphql, its document: {deep}",
            f"web.json, {digest(bad).hex()}: {unknown}",
            f"web.json, {digest(bad, 16).hex()}: {wrong}",
            f"web.json, Me: {wrong}",
        ]
        assert await self._registered(resources) == set()

    @pytest.mark.parametrize(
        "content",
        [
            "[]",
            "{}",
            '{"a": 1}',
            '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
            '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1]}',
        ],
    )
    async def test_no_manifest(self, settings: Settings, tmp_path: Path, content: str) -> None:
        files = self._files(tmp_path, [("web.json", content)])
        with pytest.raises(StartupError) as caught:
            await cli.register(settings, SCHEMA, files, None)
        assert str(caught.value) == (
            f"{files[0]} is no manifest: an object of hashes and documents, or Apollo's"
            ' "apollo-persisted-query-manifest" of version 1.'
        )

    async def test_no_json(self, settings: Settings, tmp_path: Path) -> None:
        files = self._files(tmp_path, [("web.json", "{")])
        with pytest.raises(StartupError, match=r"web\.json can't be read: Expecting property"):
            await cli.register(settings, SCHEMA, files, None)

    async def test_shown_and_forgotten(
        self, settings: Settings, resources: Resources, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await cli.show(settings)
        assert capsys.readouterr().out == "No document is registered.\n"
        text = "query Me {\n  me { name id friend { name id friend { name id } } }\n}"
        await register(resources, text, digest(text), digest(text, 16))
        async with resources.database.read() as session:
            rows = await trusted.registered(session)
        await cli.show(settings)
        start = "query Me { me { name id friend { name id friend { name id } …"
        assert capsys.readouterr().out.splitlines() == [
            f"{row.hash.hex()}  {row.created_at:%Y-%m-%d %H:%M}  web  {start}" for row in rows
        ]
        await cli.forget(settings, digest(text, 16).hex())
        assert capsys.readouterr().out == (
            f"{digest(text, 16).hex()} is forgotten:"
            " servers of registered documents run it for a minute more at most.\n"
        )
        assert await self._registered(resources) == set()
        for id in (digest(text).hex(), "Me"):
            with pytest.raises(StartupError) as caught:
                await cli.forget(settings, id)
            assert str(caught.value) == f"There is no registered document {id}."


class TestCommands:
    def _lyceum(self, database_url: str, folder: Path, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "documents", *arguments],
            env={**os.environ, "DATABASE_URL": database_url, "LYCEUM_DATA_DIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def test_registered_listed_and_forgotten(self, database_url: str, tmp_path: Path) -> None:
        text = "query Me { viewer { email } }"
        (tmp_path / "me.graphql").write_text(text)
        (tmp_path / "bad.graphql").write_text("{ me { name } }")
        hash = digest(text).hex()

        def lyceum(*arguments: str) -> tuple[int, str, str]:
            return self._lyceum(database_url, tmp_path, *arguments)

        path = str(tmp_path / "me.graphql")
        assert lyceum("register", path, str(tmp_path / "bad.graphql")) == (
            1,
            "bad.graphql, its document: Cannot query field 'me' on type 'Query'.\n",
            "lyceum: Nothing was registered: every document must be one that may run.\n",
        )
        assert lyceum("register", path, "--client", "web") == (
            0,
            "Documents: 1; hashes that were not registered yet: 1.\n",
            "",
        )
        code, out, err = lyceum("list")
        assert (code, err) == (0, "")
        assert re.fullmatch(rf"{hash}  \d{{4}}-\d\d-\d\d \d\d:\d\d  web  {re.escape(text)}\n", out)
        assert lyceum("forget", hash)[0] == 0
        assert lyceum("list") == (0, "No document is registered.\n", "")
        assert lyceum("forget", hash) == (
            1,
            "",
            f"lyceum: There is no registered document {hash}.\n",
        )

    def test_a_file_that_isnt_there(self, database_url: str, tmp_path: Path) -> None:
        path = str(tmp_path / "none.graphql")
        assert self._lyceum(database_url, tmp_path, "register", path) == (
            1,
            "",
            f"lyceum: {path} can't be used: No such file or directory.\n",
        )
