"""Files that somebody packed: never more of them in memory than is meant to be."""

import io
import posixpath
import zipfile
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.courses.cartridges.tree import PackageUnreadable

MOST_FILES: Final = 20_000
# Of one file, and of all that are read together.
MOST_BYTES: Final = 8 * 2**20
MOST_BYTES_IN_ALL: Final = 64 * 2**20


class Package:
    """What is in a package, by name; nothing is unpacked to disk."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise PackageUnreadable("It isn't a ZIP file.") from error
        entries = self._zip.infolist()
        if len(entries) > MOST_FILES:
            raise PackageUnreadable(f"It has more than {MOST_FILES:,} files.")
        # Others write backslashes, and names in any case.
        self._names = {_normal(entry.filename): entry for entry in entries}
        self._left = MOST_BYTES_IN_ALL

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if it isn't there.

        What a file says of its own size isn't believed: reading ends at the limit.
        """
        entry = self._names.get(_normal(name)) or self._names.get(_normal(unquote(name)))
        if entry is None or entry.is_dir():
            return None
        limit = min(MOST_BYTES, self._left)
        try:
            with self._zip.open(entry) as file:
                data = file.read(limit + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
            raise PackageUnreadable(f"{entry.filename} can't be unpacked.") from error
        if len(data) > limit:
            raise PackageUnreadable(f"{entry.filename} is too large.")
        self._left -= len(data)
        return data

    def xml(self, name: str) -> Element | None:
        """A file as XML, without entities and external references; None if it isn't there."""
        data = self.read(name)
        if data is None:
            return None
        try:
            root: Element = fromstring(data, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise PackageUnreadable(f"{name} isn't XML that can be read.") from error
        return root

    def text(self, name: str) -> str | None:
        """A file as text in UTF-8; None if it isn't there."""
        data = self.read(name)
        return None if data is None else data.decode("utf-8-sig", errors="replace")


def _normal(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()


def packed(files: Mapping[str, str]) -> bytes:
    """A ZIP file of these texts, the same bytes for the same ones."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text)
    return made.getvalue()


def local(element: Element) -> str:
    """An element's name without its namespace, which every version has another of."""
    return str(element.tag).rpartition("}")[2]


def below(element: Element, *names: str) -> list[Element]:
    """The elements of this name right below; of several names, those along the way."""
    found = [element]
    for name in names:
        found = [child for each in found for child in each if local(child) == name]
    return found


def anywhere(element: Element, name: str) -> list[Element]:
    """The elements of this name at any depth."""
    return [each for each in element.iter() if local(each) == name]


def words(element: Element | None) -> str:
    """What an element says, without spaces around it."""
    return "" if element is None else "".join(element.itertext()).strip()
