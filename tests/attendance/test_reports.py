"""A class's attendance as a file: for those who keep its books, and safe to open."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import User
from app.classes.models import AttendanceStatus, EnrollmentStatus
from app.classes.service.pages import as_pdf
from app.classes.service.tables import as_csv
from app.classes.store.reports import Line, Report
from app.core import fonts, handouts
from app.core.clock import now
from app.core.resources import Resources
from tests.attendance.classroom import Classroom, take
from tests.client import Api
from tests.factories import Person, writing

# One in each script that a class of a large school may have.
NAMES = (
    "Łukasz Žižek", "Анна Иванова", "Ελένη Παπαδοπούλου", "محمد علي", "דוד כהן", "प्रिया शर्मा",
    "প্রিয়া", "ਗੁਰਪ੍ਰੀਤ", "પ્રિયા", "தமிழ்ச்செல்வி", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "สมชาย ใจดี",
    "ລາວ", "မြန်မာ", "ខ្មែរ", "ქართული", "Հայկ", "አበበ", "Nguyễn Thị Ánh", "王小明", "陳龍",
    "山田 太郎", "さくら カナ", "김철수",
)  # fmt: skip


def _report(names: tuple[str, ...] = ("Ana",), meetings: int = 3) -> Report:
    statuses = list(AttendanceStatus)
    lines = [
        Line(
            name,
            EnrollmentStatus.ACTIVE,
            7,
            {
                number: statuses[(number + place) % 3]
                for number in range(1, meetings + 1)
                if (number + place) % 7
            },
        )
        for place, name in enumerate(names)
    ]
    days = {
        number: date(2026, 1, 5) + timedelta(days=7 * number) for number in range(1, meetings + 1)
    }
    return Report("Photosynthesis", "From Light to Sugar", 40, days, lines)


def _cells(written: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))


def _pages(document: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", document))


async def _link(api: Api, room: Classroom, format: str, person: Person) -> Any:
    document = (
        f'{{ attendanceReport(classId: "{room.id}")'
        f" {{ url(format: {format}) meetingsCompleted class {{ id }} }} }}"
    )
    return (await api.execute(document, as_=person)).ok()["attendanceReport"]


class TestFiles:
    async def test_as_a_table(self, api: Api, room: Classroom, ida: Person, sam: Person) -> None:
        (await take(api, room, 1, "PRESENT", "ABSENT", as_=ida)).ok()
        (await take(api, room, 2, "LATE", as_=ida, meetingDate="2026-11-09")).ok()
        for person in (ida, sam):
            found = await _link(api, room, "CSV", person)
            assert (found["meetingsCompleted"], found["class"]) == (2, {"id": room.id})
            # Without signing in.
            answer = await api.http.get(found["url"])
            assert "attendance.csv" in answer.headers["content-disposition"]
            assert _cells(answer.content) == [
                ["Student", "Enrollment", "Credits", "Attendance %", "1 (2026-11-02)",
                 "2 (2026-11-09)"],
                ["Ana", "active", "8", "100.00", "present", "late"],
                ["Ben", "active", "10", "0.00", "absent", ""],
            ]  # fmt: skip

    async def test_as_pages(self, api: Api, room: Classroom, ida: Person) -> None:
        found = await _link(api, room, "PDF", ida)
        answer = await api.http.get(found["url"])
        assert answer.content.startswith(b"%PDF-")
        assert _pages(answer.content) == 1

    async def test_a_link_is_for_one_file(self, api: Api, room: Classroom, ida: Person) -> None:
        first, again = [(await _link(api, room, "CSV", ida))["url"] for _ in range(2)]
        assert first == again
        (await take(api, room, 1, "PRESENT", as_=ida)).ok()
        later = (await _link(api, room, "CSV", ida))["url"]
        name, other = (re.sub("[?].*", "", each) for each in (first, later))
        assert name != other
        assert (await api.http.get(first)).status_code == 200
        assert (await api.http.get(first.replace(name, other))).status_code == 403

    async def test_others_get_none(
        self, api: Api, room: Classroom, ana: Person, eve: Person, ivo: Person
    ) -> None:
        for person in (ana, eve, ivo):
            assert await _link(api, room, "CSV", person) is None

    async def test_they_are_soon_gone(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, monkeypatch: Any
    ) -> None:
        url = (await _link(api, room, "CSV", ida))["url"]
        await handouts.forget_old(resources)
        assert (await api.http.get(url)).status_code == 200
        monkeypatch.setattr(handouts, "now", lambda: now() + timedelta(hours=2))
        await handouts.forget_old(resources)
        assert (await api.http.get(url)).status_code == 404

    async def test_a_name_that_would_be_a_formula(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person
    ) -> None:
        async with writing(resources) as session:
            name = '=HYPERLINK("http://evil.example","x")'
            await session.execute(
                update(User).where(col(User.id) == ana.key).values(first_name=name)
            )
        answer = await api.http.get((await _link(api, room, "CSV", ida))["url"])
        assert [row[0] for row in _cells(answer.content)[1:]] == ["'" + name, "Ben"]


class TestTable:
    def test_no_cell_is_a_formula(self) -> None:
        starts = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
        names = tuple(f"{start}1+1" for start in starts)
        found = [row[0] for row in _cells(as_csv(_report(names)))[1:]]
        assert found == [f"'{name}" for name in names]

    def test_what_has_to_be_quoted_comes_back(self) -> None:
        names = ('a"b', "a,b", "a;b", "a\nb", *NAMES)
        assert [row[0] for row in _cells(as_csv(_report(names)))[1:]] == list(names)


class TestPages:
    def test_every_script_has_a_font(self) -> None:
        known = frozenset().union(*(each.characters for each in fonts._every()))
        missing = {each for name in NAMES for each in name if ord(each) not in known}
        assert missing == set()
        document = as_pdf(_report(NAMES))
        for font in (b"NotoSansArabic", b"NotoSansDevanagari", b"NotoSansSC", b"NotoSansKR"):
            assert font in document

    def test_only_the_fonts_that_are_needed(self) -> None:
        document = as_pdf(_report(("Ana", "Ελένη")))
        assert set(re.findall(rb"/BaseFont /\w+\+(\w+)", document)) == {b"NotoSans"}
        assert len(document) < 100_000

    def test_it_goes_on_over_pages(self) -> None:
        names = tuple(f"Student {number}" for number in range(60))
        assert _pages(as_pdf(_report(names))) == 3
        assert _pages(as_pdf(_report(names[:2], meetings=40))) == 1
        assert _pages(as_pdf(_report((), meetings=0))) == 1

    def test_a_long_name_stays_in_its_cell(self) -> None:
        assert _pages(as_pdf(_report(("W" * 300, "ﷺ" * 200, "e\u0301" * 100, "a\nb\tc\0")))) == 1
