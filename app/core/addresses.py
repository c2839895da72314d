"""Addresses on the web that people share: checked, and written the one way that programs read."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import Url

LONGEST = 2000


def _checked(value: str, *schemes: str) -> Url:
    wrong = ValueError(f"This isn't an address that begins with {' or '.join(schemes)}://.")
    value = value.strip()
    # What the parser would leave out or take for something else.
    if len(value) > LONGEST or not value.isprintable() or " " in value or "\\" in value:
        raise wrong
    try:
        url = Url(value)
    except ValueError:
        raise wrong from None
    # Written plainly it can be longer than it was given.
    if url.scheme not in schemes or not url.host or url.port == 0 or len(str(url)) > LONGEST:
        raise wrong
    if url.username or url.password:
        raise ValueError("An address that is shared has no user name in it.")
    return url


def _web(value: str) -> str:
    return str(_checked(value, "http", "https"))


def _secure(value: str) -> str:
    return str(_checked(value, "https"))


def _public(value: str) -> str:
    url = _checked(value, "https")
    host = (url.host or "").strip("[].")
    if "." not in host or _is_number(host):
        raise ValueError("This isn't an address of a host on the Internet, by its name.")
    return str(url)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


WebAddress = Annotated[str, AfterValidator(_web)]
SecureAddress = Annotated[str, AfterValidator(_secure)]
# Where others' programs load something without being asked: pictures.
PublicAddress = Annotated[str, AfterValidator(_public)]
