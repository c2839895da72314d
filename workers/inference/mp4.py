"""Fragmented MP4 as it comes: its header, then fragments of moof and mdat."""

from dataclasses import dataclass

from app.core.audio import AudioUnreadable

_HEADER = (b"ftyp", b"moov")
_FRAGMENT = (b"moof", b"mdat")
_LARGEST_HEADER = 1 << 16


@dataclass(slots=True)
class Reading:
    """What was read of a piece; `rest` is a box that isn't complete yet."""

    header: bytes
    fragments: bytes = b""
    rest: bytes = b""


def is_fragmented(data: bytes) -> bool:
    """Whether the header announces fragments, or is itself not complete."""
    at = data.find(b"moov")
    return at < 0 or b"mvex" in data[at : at + _LARGEST_HEADER]


def read(header: bytes, data: bytes) -> Reading:
    """Reads on in a stream whose header may be known. Raises AudioUnreadable.

    Fragments are whole: a moof without its mdat waits for it.
    """
    reading = Reading(header)
    position = 0
    moof: int | None = None
    while position < len(data):
        box = _box(data, position)
        if box is None:
            break
        kind, end = box
        if kind in _HEADER:
            reading.header += data[position:end]
        elif kind == b"moof":
            moof = position
        elif kind == b"mdat" and moof is not None:
            reading.fragments += data[moof:end]
            moof = None
        position = end
    reading.rest = data[position if moof is None else moof :]
    if len(reading.header) > _LARGEST_HEADER:
        raise AudioUnreadable
    return reading


def _box(data: bytes, position: int) -> tuple[bytes, int] | None:
    """A box's kind and end; none if it isn't complete."""
    size = int.from_bytes(data[position : position + 4], "big")
    kind = data[position + 4 : position + 8]
    if len(data) < position + 8:
        return None
    if size == 1:
        if len(data) < position + 16:
            return None
        size = int.from_bytes(data[position + 8 : position + 16], "big")
    if size < 8 or not kind.isalnum():
        raise AudioUnreadable
    return (kind, position + size) if position + size <= len(data) else None
