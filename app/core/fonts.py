"""Fonts for the scripts of the world, in PDFs: Noto Sans has one for each.

A document takes those that its texts need, and only the characters in them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF


@dataclass(frozen=True)
class Font:
    """A font's file in its package. Of one with several weights the usual one is taken."""

    package: str
    file: str

    @property
    @cache  # noqa: B019 - there are few fonts, and they stay
    def characters(self) -> frozenset[int]:
        """The code points that it has."""
        with (
            as_file(files(self.package) / self.file) as path,
            TTFont(path, lazy=True) as font,
        ):
            return frozenset(font.getBestCmap())

    def add(self, document: FPDF, family: str) -> None:
        """Have a document know it by a name."""
        with as_file(files(self.package) / self.file) as path:
            document.add_font(family, fname=Path(path))


NOTO_SANS: Final = Font("manimgx_fonts", "NotoSans[wght].ttf")
# Packages of fonts, in the order in which they are asked for a character.
_PACKAGES: Final = ("manimgx_fonts", "pylopdf_fonts_zh_cn", "pylopdf_fonts_ko")
_LEFT_OUT: Final = ("Italic", "Serif")


@cache
def _every() -> tuple[Font, ...]:
    """All there are, the one of most texts first."""
    found = [
        Font(package, file.name)
        for package in _PACKAGES
        for file in sorted(files(package).iterdir(), key=lambda each: each.name)
        if file.name.endswith((".ttf", ".otf")) and not any(word in file.name for word in _LEFT_OUT)
    ]
    return (NOTO_SANS, *(each for each in found if each != NOTO_SANS))


def add_others(document: FPDF, own: Font, texts: Iterable[str]) -> None:
    """The fonts for what these texts have and the document's own font lacks, as far as there are
    any. Letters are joined where their script joins them, and run from where it begins.
    """
    missing = {ord(character) for text in texts for character in text} - own.characters
    names = []
    for font in _every():
        if font != own and missing & font.characters:
            missing -= font.characters
            names.append(font.file)
            font.add(document, font.file)
    document.set_fallback_fonts(names, exact_match=False)
    document.set_text_shaping(use_shaping_engine=True)
