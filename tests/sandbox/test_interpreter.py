"""Building the interpreter."""

from pathlib import Path

import pytest

from workers.sandbox import interpreter as building
from workers.sandbox.interpreter import InterpreterError, ensure_built


def test_it_is_built_once(interpreter: Path):
    said: list[str] = []
    assert ensure_built(interpreter.parent, said.append) == interpreter
    assert said == []


def test_another_guest_is_another_interpreter(
    interpreter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for file in building._GUEST.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes() + b"\n")
    monkeypatch.setattr(building, "_GUEST", tmp_path)
    assert building._fingerprint() not in interpreter.name


def test_a_build_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    guest, built = tmp_path / "guest", tmp_path / "built"
    guest.mkdir()
    (guest / "program.wit").write_text("this is no interface")
    (guest / "guest.py").write_text("")
    monkeypatch.setattr(building, "_GUEST", guest)
    with pytest.raises(InterpreterError, match="The sandbox could not be built"):
        ensure_built(built, lambda _: None)
    assert [file.name for file in built.iterdir()] == [".lock"]
