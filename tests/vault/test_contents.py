"""What files are by their bytes."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from app.vault.contents import ACCEPTED, Kind, kind_of, named
from app.vault.models import FilePurpose
from tests.vault.files import EICAR, GIF, PDF, archive, docx, png

_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODT = "application/vnd.oasis.opendocument.text"


def _odt(mimetype: str = _ODT, **more: str) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as file:
        file.writestr("mimetype", mimetype)
        for name, text in more.items():
            file.writestr(name.replace("__", "/"), text)
    return made.getvalue()


def _office(*members: str) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as file:
        for name in ("[Content_Types].xml", *members):
            file.writestr(name, "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "type"),
    [
        (PDF, "application/pdf"),
        (png(), "image/png"),
        (GIF, "image/gif"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(50) + b"\xff\xd9", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(30), "image/webp"),
        (b"ID3\3\0\0\0\0\0\0" + bytes(50), "audio/mpeg"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(50), "video/mp4"),
        (docx(), f"{_OFFICE}.wordprocessingml.document"),
        (_office("xl/workbook.xml"), f"{_OFFICE}.spreadsheetml.sheet"),
        (_office("ppt/presentation.xml"), f"{_OFFICE}.presentationml.presentation"),
        (_odt(), _ODT),
        (b"A leaf is green.\n", "text/plain"),
        ("\ufeffDas Blatt ist grün.\r\n\f".encode(), "text/plain"),
        (b"BM is no picture, but two letters.", "text/plain"),
        (b"# Leaves\n\n<script>alert(1)</script>", "text/plain"),
        (b"a,b\n1,2\n" * 300_000, "text/plain"),
        (EICAR, "text/plain"),
    ],
)
def test_what_is_known(data: bytes, type: str) -> None:
    found = kind_of(BytesIO(data))
    assert found is not None
    assert found.type == type
    assert found in ACCEPTED[FilePurpose.ASSIGNMENT]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b"\xef\xbb\xbf \n<HTML>",
        b" " * 2_000_000 + b"<html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\0" + bytes(100),
        b"\x7fELF" + bytes(60),
        b"\x1f\x8b\x08\0" + bytes(20),
        b"Rar!\x1a\x07\0" + bytes(30),
        b"7z\xbc\xaf\x27\x1c" + bytes(30),
        archive(a_txt="a text"),
        b"PK\x03\x04 and no archive",
        docx(**{"word/vbaProject.bin": "macro"}),
        _office("word/document.xml", "xl/workbook.xml"),
        _office(),
        _odt("application/zip"),
        _odt(_ODT + " " * 100),
        _odt(Basic__script="macro"),
        b"a text\0with a null",
        b"\x1b[31mescapes",
        "Blätter".encode("latin-1"),
        b"A text" * 200_000 + b"\xff",
        b"cut \xe2\x82",
    ],
)
def test_what_is_not(data: bytes) -> None:
    assert kind_of(BytesIO(data)) is None


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("leaf.pdf", "leaf.pdf"),
        ("leaf.PDF", "leaf.PDF"),
        ("leaf", "leaf.pdf"),
        ("leaf.exe", "leaf.exe.pdf"),
        ("leaf.pdf.html", "leaf.pdf.html.pdf"),
        ("pdf", "pdf.pdf"),
        ("x" * 255, "x" * 251 + ".pdf"),
    ],
)
def test_names_end_as_they_should(name: str, made: str) -> None:
    assert named(name, Kind("application/pdf", ("pdf",))) == made
