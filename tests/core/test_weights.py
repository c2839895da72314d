"""Model files: fetched from a local server that speaks the hub's protocol, and verified."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.core import weights
from app.core.downloads import Hub, NpmPackage, PythonPackage, Source, SourceError
from app.core.weights import Weights, WeightsError

_CONTENT = b"lmgg" + bytes(range(256)) * 40_000


class _Hub(ThreadingHTTPServer):
    """Serves whatever bytes it is given, and counts how often."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = _CONTENT
        self.promised = len(_CONTENT)
        self.requests = 0

    @property
    def source(self) -> Hub:
        return Hub(f"http://127.0.0.1:{self.server_address[1]}/model")


class _Handler(BaseHTTPRequestHandler):
    server: _Hub

    def do_GET(self) -> None:
        self.server.requests += 1
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.server.promised))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[_Hub]:
    with _Hub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@dataclass(frozen=True)
class Broken:
    """A source that fails."""

    label: str = "a broken source"

    def chunks(self, scratch: Path) -> Iterator[bytes]:  # noqa: ARG002 - the protocol's
        raise SourceError("it is broken")
        yield b""


def model(*sources: Source) -> Weights:
    digest = hashlib.sha256(_CONTENT).hexdigest()
    return Weights("test-model", "speech", "test.bin", len(_CONTENT), digest, sources)


class TestFetch:
    def test_fetches_once_and_reports(self, hub: _Hub, tmp_path: Path) -> None:
        reports: list[tuple[str, int, int]] = []
        size = len(_CONTENT)
        for _ in range(2):
            path = weights.fetch(
                model(hub.source), tmp_path, lambda *report: reports.append(report)
            )
            assert path.read_bytes() == _CONTENT
        assert hub.requests == 1
        what = "test-model from the models' hub"
        assert (reports[0], reports[-1]) == ((what, 0, size), (what, size, size))
        assert [path.name for path in tmp_path.iterdir() if path.name[0] != "."] == ["test.bin"]

    def test_the_next_source_when_one_fails(self, hub: _Hub, tmp_path: Path) -> None:
        missing = Hub(hub.source.url.replace("/model", "/missing"))
        path = weights.fetch(model(Broken(), missing, hub.source), tmp_path)
        assert path.read_bytes() == _CONTENT
        assert hub.requests == 2

    @pytest.mark.parametrize("damage", ["flipped", "short", "empty"])
    def test_a_damaged_file_is_fetched_again(self, hub: _Hub, tmp_path: Path, damage: str) -> None:
        flipped = b"x" + _CONTENT[1:]
        content = {"flipped": flipped, "short": _CONTENT[:-1], "empty": b""}[damage]
        (tmp_path / "test.bin").write_bytes(content)
        said: list[str] = []
        weights.fetch(model(hub.source), tmp_path, lambda what, *_: said.append(what))
        assert (tmp_path / "test.bin").read_bytes() == _CONTENT
        assert said[0] == "test-model is damaged and is fetched again"

    def test_wrong_bytes_are_never_kept(self, hub: _Hub, tmp_path: Path) -> None:
        hub.content = b"x" + _CONTENT[1:]
        with pytest.raises(WeightsError, match="what it sent is not the expected file"):
            weights.fetch(model(hub.source), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [".test-model.lock"]

    def test_an_answer_that_breaks_off(self, hub: _Hub, tmp_path: Path) -> None:
        hub.content = _CONTENT[:1000]
        with pytest.raises(WeightsError, match="it can't be reached"):
            weights.fetch(model(hub.source), tmp_path)
        assert not (tmp_path / "test.bin").exists()

    def test_an_interrupted_fetch_leaves_nothing_behind(self, hub: _Hub, tmp_path: Path) -> None:
        dead = tmp_path / ".fetch-test-model-dead"
        dead.mkdir()
        (dead / "test.bin").write_bytes(_CONTENT[:1000])
        weights.fetch(model(hub.source), tmp_path)
        assert not dead.exists()

    def test_one_fetches_while_others_wait(self, hub: _Hub, tmp_path: Path) -> None:
        def fetch() -> None:
            weights.fetch(model(hub.source), tmp_path)

        threads = [threading.Thread(target=fetch) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert hub.requests == 1
        assert (tmp_path / "test.bin").read_bytes() == _CONTENT

    def test_a_closed_port_is_one_sentence(self, tmp_path: Path) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            source = Hub(f"http://127.0.0.1:{closed.getsockname()[1]}/")
            with pytest.raises(WeightsError) as raised:
                weights.fetch(model(source, Broken()), tmp_path)
        assert str(raised.value) == (
            "The model test-model could not be fetched (the models' hub: it can't be reached; a "
            "broken source: it is broken): connect this machine and start again, or set "
            "LYCEUM_WHISPER_MODEL to a model file."
        )

    def test_a_folder_that_is_none(self, hub: _Hub, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(WeightsError, match=r"can't be stored in|can't be read"):
            weights.fetch(model(hub.source), tmp_path / "file")


class TestPackages:
    def test_no_npm(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(SourceError, match="npm is not installed"):
            list(NpmPackage("x", "1", "y").chunks(tmp_path))

    def test_a_client_that_fails_gives_its_last_words(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        npm = tmp_path / "npm"
        npm.write_text("#!/bin/sh\necho first >&2\necho 'no such package' >&2\nexit 1\n")
        npm.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(SourceError, match=r"^npm failed: no such package$"):
            list(NpmPackage("x", "1", "y").chunks(tmp_path))

    def test_the_next_installer_when_one_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken, working = tmp_path / "uv", tmp_path / "python3"
        broken.write_text("#!/bin/sh\nexit 1\n")
        working.write_text("#!/bin/sh\nmkdir -p packages/p && printf weights > packages/p/file\n")
        for program in (broken, working):
            program.chmod(0o755)
        monkeypatch.setenv("UV", str(broken))
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setattr("sys.base_prefix", str(tmp_path / "nowhere"))
        source = PythonPackage("p", "1", "p/file")
        monkeypatch.setattr("app.core.downloads.importlib.util.find_spec", lambda _: None)
        assert b"".join(source.chunks(tmp_path)) == b"weights"


class TestOwnFiles:
    def test_a_file_of_the_right_kind(self, tmp_path: Path) -> None:
        path = tmp_path / "my.gguf"
        path.write_bytes(b"GGUF and more")
        assert weights.ensure(str(path), purpose="language") == path

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"GGUF and more", "is damaged or not in whisper.cpp's format"),
            (b"", "is damaged or not in whisper.cpp's format"),
            (None, "is neither a known model .* nor an existing file .see LYCEUM_WHISPER_MODEL"),
        ],
    )
    def test_what_is_no_speech_model(
        self, tmp_path: Path, content: bytes | None, sentence: str
    ) -> None:
        path = tmp_path / "my.bin"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WeightsError, match=sentence):
            weights.ensure(str(path), purpose="speech")

    def test_a_known_model_for_another_purpose(self) -> None:
        with pytest.raises(WeightsError, match="whisper-tiny is a speech model"):
            weights.ensure("whisper-tiny", purpose="language")


def test_magic_of_the_known_models() -> None:
    """What is_intact accepts is what the path check would accept too."""
    for known in weights.KNOWN.values():
        path = weights.ensure(known.name, purpose=known.purpose)
        assert weights.ensure(str(path), purpose=known.purpose) == path
        assert not weights.is_intact(replace(known, sha256="0" * 64), path)
