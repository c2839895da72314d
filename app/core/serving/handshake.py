"""The opening handshake of RFC 6455, and who may come: the endpoint, its origins.

https://www.rfc-editor.org/rfc/rfc6455#section-4.2
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Collection
from hashlib import sha1

from strawberry.http.websocket_origin import is_same_origin, normalize_origin

SUBPROTOCOL = b"graphql-transport-ws"

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_REFUSED = (
    b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
    b"connection: close\r\n%b\r\n%b"
)

Headers = dict[bytes, bytes]


class Refused(Exception):
    """No socket; `response` is the answer over HTTP."""

    def __init__(self, status: bytes, why: str, more: bytes = b"") -> None:
        body = why.encode()
        self.response = _REFUSED % (status, len(body), more, body)
        super().__init__(why)


def parse(request: bytes) -> tuple[bytes, bytes, Headers]:
    """Method, path and headers, by names in lower case, of what was found to be HTTP."""
    start, *lines = request.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    headers: Headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = headers[name] + b", " + value if name in headers else value
    method, target, _ = start.split(b" ")
    return method, target.partition(b"?")[0], headers


def accept(headers: Headers) -> tuple[bytes, bool]:
    """The answer that opens a socket, and whether the client speaks the subprotocol.

    Raises `Refused`.
    """
    if headers.get(b"sec-websocket-version") != b"13":
        raise Refused(
            b"426 Upgrade Required",
            "This needs version 13 of the WebSocket protocol.",
            b"sec-websocket-version: 13\r\nupgrade: websocket\r\n",
        )
    key = headers.get(b"sec-websocket-key", b"")
    if not _is_key(key):
        raise Refused(b"400 Bad Request", "Sec-WebSocket-Key isn't a key.")
    proof = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
    offered = headers.get(b"sec-websocket-protocol", b"").split(b",")
    spoken = SUBPROTOCOL in (each.strip() for each in offered)
    protocol = b"sec-websocket-protocol: " + SUBPROTOCOL + b"\r\n" if spoken else b""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        b"sec-websocket-accept: %b\r\n%b\r\n" % (proof, protocol)
    ), spoken


def check_origin(headers: Headers, allowed: Collection[str]) -> None:
    """Raise `Refused` for a page of another site than this one and the `allowed` ones.

    A browser sends cookies along whoever's page it is, and always says whose.
    """
    if b"origin" not in headers or headers.get(b"sec-fetch-site") == b"same-origin":
        return
    origin = headers[b"origin"].decode("latin-1")
    if is_same_origin(origin, headers.get(b"host", b"").decode("latin-1")):
        return
    if "*" not in allowed and normalize_origin(origin) not in allowed:
        raise Refused(b"403 Forbidden", "Pages of this origin may not connect.")


def _is_key(key: bytes) -> bool:
    try:
        return len(b64decode(key, validate=True)) == 16
    except binascii.Error:
        return False
