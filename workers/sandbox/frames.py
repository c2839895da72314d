"""How the sandbox and its processes talk: JSON, with its length in bytes before it."""

import json
import struct
from typing import Any, BinaryIO

HEADER = struct.Struct(">I")

# Six bytes of JSON for a byte that has to be escaped.
LARGEST = 6 * (1024 * 1024 + 64 * 1024)


class FrameError(Exception):
    """What came is no frame."""


def encode(message: dict[str, Any]) -> bytes:
    """The bytes of a frame."""
    body = json.dumps(message).encode("ascii")
    return HEADER.pack(len(body)) + body


def length(header: bytes) -> int:
    """How many bytes follow the header. Raises `FrameError`."""
    (size,) = HEADER.unpack(header)
    if size > LARGEST:
        raise FrameError("a frame is too long")
    return int(size)


def decode(body: bytes) -> dict[str, Any]:
    """The message of a frame. Raises `FrameError`."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame is no JSON") from error
    if not isinstance(message, dict):
        raise FrameError("a frame is no object")
    return message


def read(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message of a blocking stream, None at its end. Raises `FrameError`."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    return decode(stream.read(length(header)))
