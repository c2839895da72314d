"""Yjs updates, by pycrdt: nothing here knows what is drawn with them."""

from base64 import b64decode, b64encode
from binascii import Error

from pycrdt import Doc, merge_updates

_EMPTY = b"\x00\x00"
# An update begins with the number of its clients, each with at least so many bytes after it.
_LEAST_OF_CLIENT = 3
# What the library raises where its Rust code panics; it is no `Exception`.
_PANIC = "PanicException"


class NotAnUpdate(Exception):
    """Bytes that no Yjs document takes."""


def decoded(text: str) -> bytes:
    """The bytes of base64; `NotAnUpdate` if it is none."""
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError) as error:
        raise NotAnUpdate from error


def _check_clients(update: bytes) -> None:
    """Refuse more clients than there can be: the library takes memory for as many as it is told,
    gigabytes for an update of six bytes.
    """
    clients = 0
    for place, byte in enumerate(update):
        clients |= (byte & 0x7F) << 7 * place
        if clients * _LEAST_OF_CLIENT > len(update):
            raise NotAnUpdate
        if byte < 0x80:
            return


def encoded(data: bytes) -> str:
    """As base64."""
    return b64encode(data).decode()


def merged(*updates: bytes) -> bytes:
    """One update that says what all of them say, whatever their order; without any, nothing.

    Also what still waits for an update that hasn't come is kept, which a document would leave
    out. `NotAnUpdate` if one of them is none, or if no document could take them together.
    """
    given = [each for each in updates if each]
    if not given:
        return b""
    for each in given:
        _check_clients(each)
    try:
        result: bytes = merge_updates(*given)
        Doc().apply_update(result)
    except Exception as error:
        raise NotAnUpdate from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise NotAnUpdate from error
    return b"" if result == _EMPTY else result
