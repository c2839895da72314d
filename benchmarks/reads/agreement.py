"""No server is measured before it answers as Lyceum does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.reads.operations import OPERATIONS, Operation, cases
from benchmarks.reads.servers import LYCEUM, Server

_COMPARED = 12
_CURSORS = ("startCursor", "endCursor")
_TIMES = ("createdAt", "publishedAt")


def check(servers: Sequence[Server]) -> None:
    """Raise `RuntimeError` at the first answer that differs from Lyceum's."""
    lyceum = next(server for server in servers if server.name == LYCEUM)
    for operation in OPERATIONS:
        wanted = _answers(lyceum, operation)
        for server in servers:
            for number, answer in enumerate(_answers(server, operation)):
                if answer != wanted[number]:
                    raise RuntimeError(
                        f"{operation.name}: {server.name} answers\n{str(answer)[:2000]}\n"
                        f"and {LYCEUM}\n{str(wanted[number])[:2000]}"
                    )


def _answers(server: Server, operation: Operation) -> list[Any]:
    asked = cases(operation, server.asking)[:_COMPARED]
    return [
        _levelled(server.ask(operation, viewer, variables), new=operation.writes)
        for viewer, variables in asked
    ]


def _levelled(value: Any, *, new: bool) -> Any:
    """An answer without what may differ.

    That is the form of cursors and times, the prefixes of ids, and of a `new` row its id and
    time.
    """
    if isinstance(value, list):
        return [_levelled(item, new=new) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _level(name, item, new=new) for name, item in value.items()}


def _level(name: str, value: Any, *, new: bool) -> Any:
    if value is None or not isinstance(value, str):
        # Whoever wrote a new row isn't new.
        return _levelled(value, new=new and name != "sender")
    if name in _CURSORS or (new and name in ("id", "createdAt")):
        return "…"
    if name in _TIMES:
        return datetime.fromisoformat(value).astimezone(UTC)
    return value.rpartition("_")[2] if name == "id" else value
