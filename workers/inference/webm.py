"""Opus packets out of WebM as it comes: EBML, of known and unknown sizes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.audio import AudioUnreadable
from workers.inference import opus

_SEGMENT, _TRACKS, _CLUSTER = 0x18538067, 0x1654AE6B, 0x1F43B675
_TRACK, _NUMBER, _KIND, _PRIVATE = 0xAE, 0xD7, 0x83, 0x63A2
_SIMPLE_BLOCK, _GROUP, _BLOCK = 0xA3, 0xA0, 0xA1
_AUDIO = 2
# Their content is read as if it stood where they stand, so their size doesn't matter.
_OPEN = frozenset({_SEGMENT, _CLUSTER, _GROUP})
# Nothing that a recorder writes between packets comes near it.
_LARGEST_ELEMENT = 1 << 20


@dataclass(slots=True)
class Reading:
    """What was read of a piece: `rest` is an element that isn't complete yet."""

    head: bytes
    track: int
    rest: bytes = b""
    packets: list[bytes] = field(default_factory=list)


def read(head: bytes, track: int, data: bytes) -> Reading:
    """Reads on in a stream whose header (empty before it was seen) and track are known.

    A stream without an Opus track keeps an empty header. Raises AudioUnreadable.
    """
    reading = Reading(head, track)
    position = 0
    while position < len(data):
        element = _element(data, position)
        if element is None:
            reading.rest = data[position:]
            break
        identifier, start, end = element
        if identifier in _OPEN:
            position = start
            continue
        if end is None or end - start > _LARGEST_ELEMENT:
            raise AudioUnreadable
        if end > len(data):
            reading.rest = data[position:]
            break
        if identifier == _TRACKS:
            _read_tracks(reading, data[start:end])
        elif identifier in (_SIMPLE_BLOCK, _BLOCK) and reading.head:
            reading.packets += _packets(reading.track, data[start:end])
        position = end
    return reading


def _element(data: bytes, position: int) -> tuple[int, int, int | None] | None:
    """Identifier, start and end of the content; no end if the size is unknown.

    None if the data ends before the content begins.
    """
    identifier = _varint(data, position, 4)
    if identifier is None:
        return None
    size = _varint(data, identifier[1], 8)
    if size is None:
        return None
    marked, start = size
    width = start - identifier[1]
    value = marked & ((1 << 7 * width) - 1)
    return identifier[0], start, None if value == (1 << 7 * width) - 1 else start + value


def _varint(data: bytes, position: int, widest: int) -> tuple[int, int] | None:
    """A number with its length marker, and the position after it."""
    if position >= len(data):
        return None
    width = 9 - data[position].bit_length()
    if width > widest:
        raise AudioUnreadable
    if position + width > len(data):
        return None
    return int.from_bytes(data[position : position + width], "big"), position + width


def _children(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        element = _element(data, position)
        if element is None or element[2] is None or element[2] > len(data):
            raise AudioUnreadable
        identifier, start, end = element
        yield identifier, data[start:end]
        position = element[2]


def _read_tracks(reading: Reading, tracks: bytes) -> None:
    for identifier, entry in _children(tracks):
        fields = dict(_children(entry)) if identifier == _TRACK else {}
        if int.from_bytes(fields.get(_KIND, b""), "big") == _AUDIO:
            private = fields.get(_PRIVATE, b"")
            if opus.is_head(private):
                reading.head = private
                reading.track = int.from_bytes(fields.get(_NUMBER, b""), "big")
            return


def _packets(track: int, block: bytes) -> list[bytes]:
    """The packet of a block; none if it is another track's. Recorders don't lace."""
    number = _varint(block, 0, 8)
    if number is None or len(block) < number[1] + 3:
        return []
    marked, position = number
    if marked & ((1 << 7 * position) - 1) != track or block[position + 2] & 0x06:
        return []
    return [opus.checked(block[position + 3 :])]
