"""Frames of RFC 6455, as a server reads and writes them; no extensions.

https://www.rfc-editor.org/rfc/rfc6455#section-5
"""

from collections.abc import Iterator
from struct import Struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

NORMAL, PROTOCOL_ERROR, NO_STATUS, ABNORMAL = 1000, 1002, 1005, 1006
INVALID_DATA, TOO_BIG = 1007, 1009

_FIN = 0x80
_MASKED = 0x80
_CONTROL = 0x8
_LARGEST_CONTROL = 125
_SENT = frozenset({TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG})
# What a close frame may say: codes of the RFC and of its registry, of libraries, of programs.
_CLOSE_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

_medium = Struct("!BBH").pack
_large = Struct("!BBQ").pack


class Broken(Exception):
    """What came is no WebSocket any more; the code and the reason to close with."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


class Reader:
    """Makes messages of a client's bytes; none longer than `largest`, in bytes.

    What is larger is refused when its header says so, before its content has come.
    """

    __slots__ = ("_kind", "_message", "_rest", "largest")

    def __init__(self, largest: int) -> None:
        self.largest = largest
        # The beginning of a frame; the beginning of a message in fragments, and its kind.
        self._rest: bytearray | None = None
        self._message: bytearray | None = None
        self._kind = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """What is complete now: kinds with their content; `CONTINUATION` for a mere fragment.

        To be read to its end, where `Broken` may come, after which nothing can be read.
        """
        known: bytes | bytearray = data
        if self._rest is not None:
            self._rest += data
            known = self._rest
        at = 0
        while (found := self._frame(known, at)) is not None:
            first, start, stop = found
            at = stop
            payload = _unmasked(known[start:stop], known[start - 4 : start])
            yield self._take(first, payload)
        if at == len(known):
            self._rest = None
        elif self._rest is None:
            self._rest = bytearray(data[at:])
        else:
            del self._rest[:at]

    def _frame(self, known: bytes | bytearray, at: int) -> tuple[int, int, int] | None:
        """The next frame's first byte, and where its payload begins and ends; None until then."""
        here = len(known)
        if here < at + 2:
            return None
        first, second = known[at], known[at + 1]
        size, start = second & 0x7F, at + 2
        if size > _LARGEST_CONTROL:
            start += 2 if size == 126 else 8
            if here < start:
                return None
            size = int.from_bytes(known[at + 2 : start], "big")
        self._check(first, second, size)
        start += 4
        return (first, start, start + size) if start + size <= here else None

    def _check(self, first: int, second: int, size: int) -> None:
        kind = first & 0x0F
        if kind not in _SENT or first & 0x70:
            raise Broken(PROTOCOL_ERROR, "Unknown kind of frame")
        if not second & _MASKED:
            raise Broken(PROTOCOL_ERROR, "Frame without a mask")
        if kind & _CONTROL:
            if size > _LARGEST_CONTROL or not first & _FIN:
                raise Broken(PROTOCOL_ERROR, "Control frame too long or in fragments")
        elif (kind == CONTINUATION) == (self._message is None):
            raise Broken(PROTOCOL_ERROR, "Fragment out of order")
        elif size + len(self._message or b"") > self.largest:
            raise Broken(TOO_BIG, "Message too big")

    def _take(self, first: int, payload: bytes) -> tuple[int, bytes]:
        kind = first & 0x0F
        if kind & _CONTROL:
            return kind, payload
        if self._message is None:
            if first & _FIN:
                return kind, payload
            self._kind, self._message = kind, bytearray(payload)
            return CONTINUATION, b""
        self._message += payload
        if not first & _FIN:
            return CONTINUATION, b""
        whole, self._message = bytes(self._message), None
        return self._kind, whole


def _unmasked(payload: bytes | bytearray, mask: bytes | bytearray) -> bytes:
    size = len(payload)
    key = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(
        size, "little"
    )


def header(kind: int, size: int) -> bytes:
    """What stands before `size` bytes of payload in a frame that is a whole message."""
    if size < 126:
        return bytes((_FIN | kind, size))
    if size < 65536:
        return _medium(_FIN | kind, 126, size)
    return _large(_FIN | kind, 127, size)


def frame(kind: int, payload: bytes) -> bytes:
    """A whole message."""
    return header(kind, len(payload)) + payload


def close_frame(code: int, reason: str) -> bytes:
    """A frame that closes; a reason that doesn't fit is cut."""
    if code == NO_STATUS:
        return frame(CLOSE, b"")
    fitting = reason.encode()[: _LARGEST_CONTROL - 2].decode(errors="ignore").encode()
    return frame(CLOSE, code.to_bytes(2, "big") + fitting)


def close_code(payload: bytes) -> int:
    """The code in a client's close frame, `NO_STATUS` without one. Raises `Broken`."""
    if not payload:
        return NO_STATUS
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or code not in _CLOSE_CODES:
        raise Broken(PROTOCOL_ERROR, "Invalid close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise Broken(INVALID_DATA, "Invalid UTF-8") from None
    return code
