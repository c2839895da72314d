"""Certificates as PDF: one page, in the scripts that names and titles are written in."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from app.core.fonts import Font, add_others
from app.courses.models import Certificate
from app.courses.service.certificates import grouped

# In millimetres.
_WIDTH, _HEIGHT = 297.0, 210.0
_MARGIN = 40.0

_PAPER, _INK, _SOFT, _LINE = (253, 251, 246), (30, 41, 59), (100, 108, 122), (176, 141, 87)


_TITLE: Final = Font("fontpkg_eb_garamond", "files/EBGaramond[wght].ttf")
_ITALIC: Final = Font("fontpkg_eb_garamond", "files/EBGaramond-Italic[wght].ttf")
_TEXT: Final = Font("fontpkg_noto_serif", "files/NotoSerif[wdth,wght].ttf")


def draw(certificate: Certificate) -> bytes:
    """The PDF, the same one for the same certificate."""
    page = FPDF(orientation="landscape", unit="mm", format="A4")
    page.set_creation_date(certificate.issued_at)
    page.set_title(f"Certificate: {certificate.course_title}")
    page.set_author("Lyceum")
    page.set_auto_page_break(auto=False)
    page.set_margins(_MARGIN, 0, _MARGIN)
    _TITLE.add(page, "title")
    _ITALIC.add(page, "italic")
    _TEXT.add(page, "text")
    add_others(page, _TEXT, [certificate.holder_name, certificate.course_title])
    page.add_page()
    _frame(page)
    _words(page, certificate)
    _seal(page, _WIDTH / 2, 172)
    _foot(page, certificate)
    return bytes(page.output())


def _words(page: FPDF, certificate: Certificate) -> None:
    _line(page, 31, "L Y C E U M", "title", 15, _LINE)
    _line(page, 43, "Certificate of Completion", "title", 42, _INK)
    _line(page, 67, "This is to certify that", "italic", 17, _SOFT)
    size = _fitting(page, certificate.holder_name, sizes=range(32, 11, -1))
    _line(page, 78, certificate.holder_name, "text", size, _INK)
    page.set_draw_color(*_LINE)
    page.set_line_width(0.25)
    page.line(_WIDTH / 2 - 60, 97, _WIDTH / 2 + 60, 97)
    _line(page, 101, "has completed the course", "italic", 17, _SOFT)
    _title(page, certificate.course_title)


def _title(page: FPDF, title: str) -> None:
    """The course, in the largest size in which it is one line, two or three."""
    middle, most = 126.0, 3
    lines: list[str] = []
    for size in range(24, 7, -1):
        page.set_font("text", size=size)
        found: Any = page.multi_cell(
            _WIDTH - 2 * _MARGIN, size * 0.5, title, dry_run=True, output=MethodReturnValue.LINES
        )
        lines = found
        if len(lines) <= most:
            break
    step = size * 0.5
    for number, line in enumerate(lines):
        top = middle + (number - len(lines) / 2) * step
        _line(page, top, line, "text", size, _INK)


def _line(
    page: FPDF, top: float, text: str, font: str, size: float, color: tuple[int, int, int]
) -> None:
    page.set_text_color(*color)
    # What had characters of another font before may have left that one set, unnoticed.
    page.set_font("italic" if font != "italic" else "text", size=size)
    page.set_font(font, size=size)
    page.set_xy(_MARGIN, top)
    height = size * 0.45
    page.cell(_WIDTH - 2 * _MARGIN, height, text, align="C")


def _fitting(page: FPDF, text: str, sizes: Sequence[int]) -> int:
    """The largest size in which a text is one line."""
    for size in sizes:
        page.set_font("text", size=size)
        if page.get_string_width(text) <= _WIDTH - 2 * _MARGIN:
            return size
    return sizes[-1]


def _foot(page: FPDF, certificate: Certificate) -> None:
    page.set_draw_color(*_LINE)
    page.set_line_width(0.2)
    issued = certificate.issued_at
    date = f"{issued.day} {issued:%B %Y}"
    for left, said, what in (
        (36.0, date, "Date"),
        (_WIDTH - 36 - 78, grouped(certificate.code), "Code, to be looked up by anybody"),
    ):
        page.line(left, 180, left + 78, 180)
        page.set_text_color(*_INK)
        page.set_font("text", size=11)
        page.set_xy(left, 172)
        page.cell(78, 7, said, align="C")
        page.set_text_color(*_SOFT)
        page.set_font("italic", size=11)
        page.set_xy(left, 181)
        page.cell(78, 6, what, align="C")


def _frame(page: FPDF) -> None:
    page.set_fill_color(*_PAPER)
    page.rect(0, 0, _WIDTH, _HEIGHT, style="F")
    page.set_draw_color(*_LINE)
    for inset, width in ((10.0, 0.9), (12.2, 0.25), (16.5, 0.25)):
        page.set_line_width(width)
        page.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset)
    page.set_line_width(0.15)
    for x in (14.35, _WIDTH - 14.35):
        for y in (14.35, _HEIGHT - 14.35):
            page.set_fill_color(*_PAPER)
            page.rect(x - 6, y - 6, 12, 12, style="F")
            page.polyline(list(_rosette(x, y, 5.6, petals=8, turns=5)))


def _seal(page: FPDF, x: float, y: float) -> None:
    page.set_draw_color(*_LINE)
    page.set_line_width(0.12)
    page.polyline(list(_rosette(x, y, 17, petals=24, turns=7)))
    page.set_fill_color(*_PAPER)
    page.set_line_width(0.4)
    page.circle(x, y, 8.6, style="DF")
    page.set_line_width(0.15)
    page.circle(x, y, 7.6)
    page.set_text_color(*_LINE)
    page.set_font("title", size=27)
    page.set_xy(x - 8, y - 6.2)
    page.cell(16, 12, "L", align="C")


def _rosette(
    x: float, y: float, radius: float, *, petals: int, turns: int
) -> Iterator[tuple[float, float]]:
    """A closed line around a point, as engravers draw it: a circle that swings in and out."""
    steps = 60 * turns
    for step in range(steps + 1):
        angle = 2 * math.pi * turns * step / steps
        swing = math.cos(angle * petals / turns)
        far = radius * (0.78 + 0.22 * swing)
        yield x + far * math.cos(angle), y + far * math.sin(angle)
