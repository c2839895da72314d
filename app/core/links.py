"""Signed links to objects of the store: whoever has one reads or makes that object, for a time."""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from app.core.clock import now

PATH = "/files/"
UPLOADS = "/uploads/"
# What follows opens somebody's calendar: it is in no log.
FEEDS = "/calendar/"

_KEY_BYTES = 32
_PURPOSE = b"lyceum file links"
QUARTER = timedelta(minutes=15)


def soon(lasts: timedelta = QUARTER) -> datetime:
    """When a link that is made now expires: on a quarter of an hour, after 15 minutes or longer.

    So the same link is given again and again, and can be compared. It is good for the time that
    it `lasts`, whole quarters, and for another quarter at most.
    """
    quarters = int(now().timestamp() // QUARTER.total_seconds()) + 1 + lasts // QUARTER
    return datetime.fromtimestamp(quarters * QUARTER.total_seconds(), UTC)


def absolute(base_url: str, path: str) -> str:
    """The address of a path of this server, which was asked at `base_url`, also by a socket."""
    base = base_url.replace("ws", "http", 1) if base_url.startswith("ws") else base_url
    return base.rstrip("/") + path


class FileLinks:
    """Links that this installation itself serves (`app.core.serving.files`)."""

    def __init__(self, secret_key: SecretStr) -> None:
        derived = HKDF(SHA256(), _KEY_BYTES, None, _PURPOSE)
        self._key = derived.derive(secret_key.get_secret_value().encode())

    def path(self, name: str, filename: str, until: datetime) -> str:
        """Path and query of a link to an object, to be saved under a file name."""
        seconds = str(int(until.timestamp()))
        query = {
            "filename": filename,
            "until": seconds,
            "signature": self._signature(name, filename, seconds),
        }
        return f"{PATH}{quote(name)}?{urlencode(query)}"

    def opens(self, name: str, filename: str, until: str, signature: str) -> bool:
        """Whether a link is one of these and good now."""
        right = self._signature(name, filename, until)
        same = hmac.compare_digest(right.encode(), signature.encode())
        return same and int(until) > now().timestamp()

    def upload_path(self, name: str, size: int, until: datetime) -> str:
        """Path and query of a link by which an object of so many bytes is made, once."""
        seconds = str(int(until.timestamp()))
        query = {
            "size": str(size),
            "until": seconds,
            "signature": self._signature("PUT", name, str(size), seconds),
        }
        return f"{UPLOADS}{quote(name)}?{urlencode(query)}"

    def admits(self, name: str, size: str, until: str, signature: str) -> bool:
        """Whether a link by which an object is made is one of these and good now."""
        right = self._signature("PUT", name, size, until)
        same = hmac.compare_digest(right.encode(), signature.encode())
        return same and int(until) > now().timestamp()

    def _signature(self, *parts: str) -> str:
        # Lengths first, so that no two links are one text.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        digest = hmac.digest(self._key, text.encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")
