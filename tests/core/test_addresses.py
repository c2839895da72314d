"""Which addresses are shared, and how they are written."""

import pytest
from pydantic import BaseModel, ValidationError

from app.core.addresses import LONGEST, PublicAddress, SecureAddress, WebAddress


class _Addresses(BaseModel):
    web: WebAddress = ""
    secure: SecureAddress = ""
    public: PublicAddress = ""


_EVERYWHERE = {
    "https://example.org/leaf?page=1#two": "https://example.org/leaf?page=1#two",
    "  HTTPS://Example.ORG ": "https://example.org/",
    "https://bücher.example/ü": "https://xn--bcher-kva.example/%C3%BC",
    "https://example.org:8443/x": "https://example.org:8443/x",
}
_NOWHERE = [
    "",
    "leaf",
    "//example.org/",
    "https://",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://example.org/",
    "https://me@example.org/",
    "https://:secret@example.org/",
    "https://example.org/a b",
    "https://example.org/\na",
    "https://example.org/\u202ea",
    "https:\\\\example.org",
    "https://example.org:0/",
    "https://example.org:99999/",
    "https://example.org/" + "a" * LONGEST,
    "https://example.org/" + "ü" * (LONGEST // 2),
]


@pytest.mark.parametrize("kind", ["web", "secure", "public"])
@pytest.mark.parametrize(("given", "written"), _EVERYWHERE.items())
def test_written(kind: str, given: str, written: str) -> None:
    assert getattr(_Addresses.model_validate({kind: given}), kind) == written


@pytest.mark.parametrize("kind", ["web", "secure", "public"])
@pytest.mark.parametrize("given", _NOWHERE)
def test_refused(kind: str, given: str) -> None:
    with pytest.raises(ValidationError):
        _Addresses.model_validate({kind: given})


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ("http://example.org/", {"web"}),
        ("https://localhost/", {"web", "secure"}),
        ("https://127.0.0.1/", {"web", "secure"}),
        ("https://2130706433/", {"web", "secure"}),
        ("https://[::1]/", {"web", "secure"}),
    ],
)
def test_of_some_kinds(given: str, kinds: set[str]) -> None:
    taken = set()
    for kind in _Addresses.model_fields:
        try:
            _Addresses.model_validate({kind: given})
        except ValidationError:
            continue
        taken.add(kind)
    assert taken == kinds
