"""What files are by their bytes, and which are good for what. What is claimed isn't believed."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

import puremagic

from app.vault.models import FilePurpose

_PIECE = 1 << 20
_HEAD = 4096


@dataclass(frozen=True)
class Kind:
    """A media type, and how names of such files end; the first where a name says nothing."""

    type: str
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

_TEXT = Kind("text/plain", ("txt", "md", "csv", "tsv", "tex", "json"))
# By the media types of the library's table.
_BINARY: Final[Mapping[str, Kind]] = {
    "application/pdf": Kind("application/pdf", ("pdf",)),
    "image/png": Kind("image/png", ("png",)),
    "image/jpeg": Kind("image/jpeg", ("jpg", "jpeg")),
    "image/gif": Kind("image/gif", ("gif",)),
    "image/webp": Kind("image/webp", ("webp",)),
    "audio/mpeg": Kind("audio/mpeg", ("mp3",)),
    "video/mp4": Kind("video/mp4", ("mp4", "m4v", "m4a")),
    "video/webm": Kind("video/webm", ("webm",)),
}
# Archives all of them, told apart by what is in them: the member that each must have.
_DOCUMENTS: Final[Mapping[str, Kind]] = {
    "word/document.xml": Kind(f"{_OFFICE}.wordprocessingml.document", ("docx",)),
    "xl/workbook.xml": Kind(f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",)),
    "ppt/presentation.xml": Kind(f"{_OFFICE}.presentationml.presentation", ("pptx",)),
}
# And those that say it themselves in a member `mimetype`.
_OPEN_DOCUMENTS: Final[Mapping[bytes, Kind]] = {
    kind.type.encode(): kind
    for kind in (
        Kind(f"{_OPEN}.text", ("odt",)),
        Kind(f"{_OPEN}.spreadsheet", ("ods",)),
        Kind(f"{_OPEN}.presentation", ("odp",)),
    )
}
_LONGEST_MIMETYPE = 100
# Courses of other systems, which have this at their top.
_MANIFEST: Final = "imsmanifest.xml"
_CARTRIDGE: Final = Kind("application/vnd.ims.imscc+zip", ("imscc", "zip"))
_MACROS = re.compile(r"vbaProject\.bin$|^Basic/|^Scripts/", re.IGNORECASE)
# What no text has. A form feed stands between pages.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")

_ASSIGNMENT: Final = frozenset(
    {_TEXT, *_BINARY.values(), *_DOCUMENTS.values(), *_OPEN_DOCUMENTS.values()}
)
ACCEPTED: Final[Mapping[FilePurpose, frozenset[Kind]]] = {
    FilePurpose.ASSIGNMENT: _ASSIGNMENT,
    FilePurpose.CARTRIDGE: frozenset({_CARTRIDGE}),
    FilePurpose.MESSAGE: _ASSIGNMENT,
    FilePurpose.SESSION: _ASSIGNMENT,
}


def kind_of(file: IO[bytes]) -> Kind | None:
    """What a file is that is read from its beginning; None if it is nothing that is known.

    Programs, web pages, drawings with scripts, archives and documents with macros are nothing.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        return None
    if head.startswith(b"PK"):
        return _document(file)
    for type in _magic(file):
        if type in _BINARY:
            return _BINARY[type]
    return _TEXT if _is_text(file) else None


def _magic(file: IO[bytes]) -> list[str]:
    """The media types that the bytes fit, the likeliest first."""
    file.seek(0)
    try:
        return [found.mime_type for found in puremagic.magic_stream(file)]
    except (puremagic.PureError, ValueError):
        return []


def _document(file: IO[bytes]) -> Kind | None:
    """What kind of document an archive is. Nothing in it is unpacked but a line."""
    file.seek(0)
    try:
        with ZipFile(file) as archive:
            names = set(archive.namelist())
            if any(_MACROS.search(name) for name in names):
                return None
            if _MANIFEST in names:
                return _CARTRIDGE
            if "[Content_Types].xml" in names:
                found = [kind for member, kind in _DOCUMENTS.items() if member in names]
                return found[0] if len(found) == 1 else None
            if "mimetype" not in names:
                return None
            with archive.open("mimetype") as member:
                return _OPEN_DOCUMENTS.get(member.read(_LONGEST_MIMETYPE))
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return None


def _is_text(file: IO[bytes]) -> bool:
    """Whether it is text in UTF-8, and no markup."""
    file.seek(0)
    decoder, first = codecs.getincrementaldecoder("utf-8-sig")(), True
    try:
        while piece := file.read(_PIECE):
            text = decoder.decode(piece)
            if _CONTROL.search(text) or (first and text.lstrip().startswith("<")):
                return False
            first = first and not text.strip()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def named(name: str, kind: Kind) -> str:
    """A file name whose ending says what the file is, and so doesn't have it run as a program."""
    _, dot, ending = name.rpartition(".")
    if dot and ending.lower() in kind.endings:
        return name
    ending = f".{kind.endings[0]}"
    return f"{name[: 255 - len(ending)]}{ending}"
