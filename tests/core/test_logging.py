"""Lines of the log, wherever standard output leads."""

import io
import json

import pytest
import structlog

from app.core import logging


class _Bytes(io.TextIOWrapper):
    """A terminal or a file."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def getvalue(self) -> str:
        self.flush()
        held = self.buffer
        assert isinstance(held, io.BytesIO)
        return held.getvalue().decode()


@pytest.mark.parametrize("output", [_Bytes, io.StringIO])
def test_a_line_of_json(
    monkeypatch: pytest.MonkeyPatch, output: type[_Bytes] | type[io.StringIO]
) -> None:
    """A worker's standard output takes text alone: a pipe to its parent, without a buffer."""
    before = structlog.get_config()
    stream = output()
    monkeypatch.setattr("sys.stdout", stream)
    try:
        logging.configure("INFO", "json")
        logging.get_logger("tests").info("done", name="Zoë", token="secret")
    finally:
        structlog.configure(**before)
        monkeypatch.undo()
        logging.configure("WARNING", "json")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp")
    assert line == {
        "event": "done",
        "name": "Zoë",
        "token": "[redacted]",
        "level": "info",
        "logger": "tests",
    }
