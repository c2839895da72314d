"""Signed links to objects of the store: whoever has one reads that object, until it expires."""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from app.core.clock import now

PATH = "/files/"

_KEY_BYTES = 32
_PURPOSE = b"lyceum file links"
_QUARTER = timedelta(minutes=15)


def soon() -> datetime:
    """When a link that is made now expires: on a quarter of an hour, in 15 to 30 minutes.

    So the same link is given again and again, and can be compared.
    """
    quarters = int(now().timestamp() // _QUARTER.total_seconds()) + 2
    return datetime.fromtimestamp(quarters * _QUARTER.total_seconds(), UTC)


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

    def _signature(self, *parts: str) -> str:
        # Lengths first, so that no two links are one text.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        digest = hmac.digest(self._key, text.encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")
