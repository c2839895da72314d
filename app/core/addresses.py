"""Addresses on the web that people share: what is no http link isn't one."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

LONGEST = 2000


def _checked(value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        # Reading it raises if it is no number.
        whole = parts.hostname is not None and parts.port != 0
    except ValueError:
        whole = False
        parts = urlsplit("")
    printable = value.isascii() and value.isprintable() and " " not in value
    if not (whole and printable and parts.scheme in schemes) or "\\" in value:
        raise ValueError(f"This isn't an address that begins with {' or '.join(schemes)}://.")
    if "@" in parts.netloc:
        raise ValueError("An address that is shared has no user name in it.")
    return value


def _web(value: str) -> str:
    return _checked(value, ("http", "https"))


def _secure(value: str) -> str:
    return _checked(value, ("https",))


_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST)]
WebAddress = Annotated[_Text, AfterValidator(_web)]
SecureAddress = Annotated[_Text, AfterValidator(_secure)]
