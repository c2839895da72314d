"""Building the page: once, whole, and with clear errors."""

import json
import re
import threading
from pathlib import Path

import pytest

from app.core import graphiql
from app.core.graphiql import GraphiQLBuildError, SampleSignIn, ensure_built, make_once
from app.core.settings import get_settings


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setattr(get_settings(), "data_dir", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH."""
    folder = tmp_path / "commands"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_npm(commands: Path, script: str) -> None:
    npm = commands / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)


def test_second_start_needs_no_npm(build: Path, commands: Path) -> None:
    messages: list[str] = []
    assert ensure_built(messages.append) == build
    assert messages == []


def test_other_sources_are_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "a.ts").write_text("1")
    before = graphiql._fingerprint(sources)
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / "b.js").write_text("2")
    assert graphiql._fingerprint(sources) == before
    (sources / "a.ts").write_text("2")
    assert graphiql._fingerprint(sources) != before


def test_without_npm(data_dir: Path, commands: Path) -> None:
    with pytest.raises(GraphiQLBuildError) as caught:
        ensure_built(print)
    assert str(caught.value) == (
        "npm was not found: install Node.js 20 or newer, which brings npm, and start again."
    )


def test_failing_npm_leaves_nothing(data_dir: Path, commands: Path) -> None:
    write_npm(commands, "echo; echo npm error code E404; echo npm error 404 Not found.; exit 1")
    with pytest.raises(GraphiQLBuildError) as caught:
        ensure_built(print)
    assert str(caught.value) == "`npm install` failed: npm error 404 Not found."
    assert [path.name for path in (data_dir / "web").iterdir()] == [".lock"]


def test_data_folder_that_cannot_be(data_dir: Path) -> None:
    data_dir.write_text("a file")
    with pytest.raises(GraphiQLBuildError, match=r"^GraphiQL could not be built: .*directory"):
        ensure_built(print)


def test_dead_builders_scratch_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".scratch-dead" / "half").mkdir(parents=True)

    def make(scratch: Path) -> Path:
        (scratch / "made").mkdir()
        return scratch / "made"

    make_once(tmp_path / "target", make)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "target"]


def test_concurrent_callers_build_once(tmp_path: Path) -> None:
    started, go_on, calls = threading.Event(), threading.Event(), []
    target = tmp_path / "target"

    def make(scratch: Path) -> Path:
        calls.append(scratch)
        started.set()
        assert go_on.wait(10)
        (scratch / "made").mkdir()
        return scratch / "made"

    callers = [threading.Thread(target=make_once, args=(target, make)) for _ in range(3)]
    callers[0].start()
    assert started.wait(10)
    for caller in callers[1:]:
        caller.start()
    assert not target.exists()
    go_on.set()
    for caller in callers:
        caller.join(10)
    assert target.is_dir()
    assert len(calls) == 1


def test_config_cannot_break_out_of_its_element() -> None:
    sample = SampleSignIn("</script><script>alert(1)</script>", "a@example.org", "x")
    element = graphiql._config_element([sample])
    match = re.fullmatch(
        r'<script id="lyceum-config" type="application/json">([^<]*)</script>', element
    )
    assert match is not None
    assert json.loads(match[1]) == {
        "endpoint": "/graphql",
        "subscriptionEndpoint": "/graphql",
        "samples": [
            {
                "label": "</script><script>alert(1)</script>",
                "email": "a@example.org",
                "password": "x",
            }
        ],
    }
