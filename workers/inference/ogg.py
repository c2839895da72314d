"""Opus packets out of Ogg as it comes (RFC 3533, RFC 7845)."""

from dataclasses import dataclass, field

from app.core.audio import AudioUnreadable
from workers.inference import opus

_PAGE_HEADER = 27


@dataclass(slots=True)
class Reading:
    """What was read of a piece.

    `rest` is a page that isn't complete yet, `partial` a packet that goes on in the next.
    """

    head: bytes
    serial: int
    partial: bytes
    rest: bytes = b""
    packets: list[bytes] = field(default_factory=list)


def read(head: bytes, serial: int, partial: bytes, data: bytes) -> Reading:
    """Reads on in a stream whose header (empty before it was seen) and serial are known.

    A stream that isn't Opus keeps an empty header. Raises AudioUnreadable.
    """
    reading = Reading(head, serial, partial)
    position = 0
    while position < len(data):
        if not b"OggS".startswith(data[position : position + 4]):
            raise AudioUnreadable
        end = _page_end(data, position)
        if end is None:
            reading.rest = data[position:]
            break
        _read_page(reading, data[position:end])
        position = end
    return reading


def _page_end(data: bytes, position: int) -> int | None:
    if len(data) < position + _PAGE_HEADER:
        return None
    content = position + _PAGE_HEADER + data[position + 26]
    end = content + sum(data[position + _PAGE_HEADER : content])
    return end if len(data) >= end else None


def _read_page(reading: Reading, page: bytes) -> None:
    serial = int.from_bytes(page[14:18], "little")
    lacing = page[_PAGE_HEADER : _PAGE_HEADER + page[26]]
    position = _PAGE_HEADER + len(lacing)
    if not reading.head:
        if opus.is_head(page[position:]):
            reading.head, reading.serial = page[position:], serial
        return
    if serial != reading.serial:
        return
    if not page[5] & 1:
        # The page doesn't go on with a packet: one left open was cut off.
        reading.partial = b""
    for size in lacing:
        reading.partial = opus.checked(reading.partial + page[position : position + size])
        position += size
        if size < 255:
            if not reading.partial.startswith(b"OpusTags"):
                reading.packets.append(reading.partial)
            reading.partial = b""
