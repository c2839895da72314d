"""A report as a PDF, with names in any script."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from app.classes.models import AttendanceStatus
from app.classes.store.reports import Line, Report
from app.core.clock import now
from app.core.fonts import NOTO_SANS, add_others

_BASE: Final = "text"

_LETTERS: Final = {
    AttendanceStatus.PRESENT: "P",
    AttendanceStatus.LATE: "L",
    AttendanceStatus.ABSENT: "A",
}
# Letters of some scripts are joined, or kept apart, by them.
_JOINERS: Final = "\u200c\u200d"
_NOTHING: Final = "\u2013"
_LEGEND: Final = f"P present, L late, A absent, {_NOTHING} nothing written down"
_COLORS: Final = {"P": (223, 240, 216), "L": (252, 243, 207), "A": (248, 215, 218)}
_GREY: Final = (235, 235, 235)
# In millimetres; the page is A4, lying.
_ROW, _NAME, _FACT, _MEETING, _PAGE = 7.0, 62.0, 20.0, 11.0, 277.0
_MEETINGS_ACROSS: Final = int((_PAGE - _NAME - 3 * _FACT) // _MEETING)


def as_pdf(report: Report) -> bytes:
    """A table for each so many meetings; a page's last row is followed by the next page's head.

    Takes up to seconds of a processor's time: run it in a thread.
    """
    document = FPDF(orientation="L", format="A4")
    document.set_title(f"Attendance: {report.class_name}")
    document.set_lang("en")
    document.set_margin(10)
    NOTO_SANS.add(document, _BASE)
    names = (each.name for each in report.lines)
    add_others(document, NOTO_SANS, [report.class_name, report.course, *names])
    document.set_font(_BASE, size=9)
    document.add_page()
    _write_head(document, report)
    # A class that never met has a table as well.
    for numbers in _across(list(report.meetings)):
        _write_table(document, report, numbers)
    return bytes(document.output())


def _across(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    parts = range(0, max(len(numbers), 1), _MEETINGS_ACROSS)
    return [numbers[start : start + _MEETINGS_ACROSS] for start in parts]


def _write_head(document: FPDF, report: Report) -> None:
    held = f"{len(report.meetings)} of {report.total_meetings} meetings"
    state = f"{held}, as of {now():%Y-%m-%d %H:%M} UTC. {_LEGEND}."
    for size, text in (
        (16, f"Attendance: {report.class_name}"),
        (10, report.course),
        (9, state),
    ):
        document.set_font(_BASE, size=size)
        fitting = _fitting(document, text, _PAGE)
        document.cell(0, size / 2, fitting, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    document.set_font(_BASE, size=9)


def _write_table(document: FPDF, report: Report, numbers: Sequence[int]) -> None:
    document.ln(_ROW / 2)
    days = [report.meetings[number] for number in numbers]
    # The heading alone at the foot of a page would head nothing.
    if document.will_page_break(3 * _ROW):
        document.add_page()
    _write_heading(document, numbers, days)
    for line in report.lines:
        if document.will_page_break(_ROW):
            document.add_page()
            _write_heading(document, numbers, days)
        _write_line(document, line, numbers)


def _write_heading(document: FPDF, numbers: Sequence[int], days: Sequence[date]) -> None:
    document.set_fill_color(*_GREY)
    _write_cells(document, ["Student", "Enrollment", "Credits", "Rate %"], fill=True)
    for number, day in zip(numbers, days, strict=True):
        x, y = document.x, document.y
        document.cell(_MEETING, _ROW, border=1, fill=True)
        document.set_xy(x, y)
        document.cell(_MEETING, _ROW / 2, str(number), align="C")
        document.set_font(_BASE, size=6)
        document.set_xy(x, y + _ROW / 2)
        document.cell(_MEETING, _ROW / 2, f"{day:%d %b}", align="C")
        document.set_font(_BASE, size=9)
        document.set_xy(x + _MEETING, y)
    document.ln(_ROW)


def _write_line(document: FPDF, line: Line, numbers: Sequence[int]) -> None:
    rate = _NOTHING if line.rate is None else str(line.rate)
    _write_cells(document, [line.name, line.status.value, str(line.credits), rate], fill=False)
    for number in numbers:
        came = line.came.get(number)
        letter = _NOTHING if came is None else _LETTERS[came]
        if came is not None:
            document.set_fill_color(*_COLORS[letter])
        document.cell(_MEETING, _ROW, letter, border=1, align="C", fill=came is not None)
    document.ln(_ROW)


def _write_cells(document: FPDF, texts: Sequence[str], *, fill: bool) -> None:
    for place, text in enumerate(texts):
        width = _FACT if place else _NAME
        align = "R" if place > 1 else "L"
        fitting = _fitting(document, text, width)
        document.cell(width, _ROW, fitting, border=1, align=align, fill=fill)


def _fitting(document: FPDF, text: str, width: float) -> str:
    """As much of a text as fits."""
    shown = _printable(text)
    room = width - 2 * document.c_margin
    if document.get_string_width(shown) <= room:
        return shown
    most = bisect(
        range(1, len(shown)), room, key=lambda end: document.get_string_width(f"{shown[:end]}…")
    )
    return f"{shown[:most]}…"


def _printable(text: str) -> str:
    """A text in one line, without what no font shows."""
    return "".join(each if each.isprintable() or each in _JOINERS else " " for each in text)
