"""A report as comma-separated values, which a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from app.classes.store.reports import Report

# What a spreadsheet takes for the beginning of a formula, also where it is written full width.
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def as_csv(report: Report) -> bytes:
    """UTF-8 with a byte order mark: without it, Excel takes it for something else."""
    written = io.StringIO()
    sheet = csv.writer(written)
    meetings = [f"{number} ({day})" for number, day in report.meetings.items()]
    sheet.writerow(_safe(["Student", "Enrollment", "Credits", "Attendance %", *meetings]))
    for line in report.lines:
        came = [line.came.get(number) for number in report.meetings]
        rate = "" if line.rate is None else str(line.rate)
        cells = [line.name, line.status.value, str(line.credits), rate]
        sheet.writerow(_safe([*cells, *("" if each is None else each.value for each in came)]))
    return written.getvalue().encode("utf-8-sig")


def _safe(cells: Iterable[str]) -> list[str]:
    """Texts that no spreadsheet computes: an apostrophe says that it is one."""
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
