"""Attendance, credits, and what classes are told."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from app.classes.models import AttendanceStatus
from app.core.ids import to_global
from tests.engine.calls import by_id
from tests.engine.eyes import Eyes, Row, Rows, below, edge
from tests.engine.filling import Filling
from tests.engine.people import user
from tests.engine.room import Room


def keeps(eyes: Eyes, class_id: UUID) -> bool:
    """Whether they lead a class, or manage all."""
    led = eyes.rows.where("cohort", id=class_id, instructor_id=eyes.me)
    return eyes.may("class.manage") or (eyes.may("course.create") and bool(led))


def _is_in(eyes: Eyes, class_id: UUID) -> bool:
    own = eyes.rows.where("enrollment", class_id=class_id, student_id=eyes.me)
    return any(row["status"] != "WITHDRAWN" for row in own)


def hears(eyes: Eyes, class_id: UUID) -> bool:
    """Whether they are told what happens in a class."""
    return eyes.me is not None and (keeps(eyes, class_id) or _is_in(eyes, class_id))


def _of_enrollment(eyes: Eyes, row: Row) -> bool:
    return eyes.sees("Enrollment", eyes.rows.one("enrollment", row["enrollment_id"]))


def _sees_announcement(eyes: Eyes, row: Row) -> bool:
    if eyes.me is None:
        return False
    told = row["sent_at"] is not None and _is_in(eyes, row["class_id"])
    return keeps(eyes, row["class_id"]) or told


def _class_of(rows: Rows, attendance: Row) -> UUID:
    enrollment = rows.one("enrollment", attendance["enrollment_id"])
    assert enrollment is not None
    key: UUID = enrollment["class_id"]
    return key


def _attendance(rows: Rows) -> Iterator[tuple[str, Any]]:
    for taught in rows.tables["class"]:
        key = taught["id"]
        every = [row for row in rows.tables["attendance"] if _class_of(rows, row) == key]
        start = f'first: 100, classId: "{to_global("cls", key)}"'

        def heard(eyes: Eyes, key: UUID = key, found: Any = every) -> Any:
            return found if hears(eyes, key) else None

        yield f"({start})", heard
        if every:
            number, whose = every[0]["meeting_number"], every[0]["enrollment_id"]
            of_meeting = [row for row in every if row["meeting_number"] == number]
            of_one = [row for row in every if row["enrollment_id"] == whose]
            yield (
                f"({start}, meetingNumber: {number})",
                lambda eyes, key=key, found=of_meeting: heard(eyes, key, found),
            )
            yield (
                f'({start}, enrollmentId: "{to_global("enr", whose)}")',
                lambda eyes, key=key, found=of_one: heard(eyes, key, found),
            )


def _announcements(rows: Rows) -> Iterator[tuple[str, Any]]:
    def mine(eyes: Eyes) -> list[Row]:
        led = {row["id"] for row in rows.where("cohort", instructor_id=eyes.me)}
        return [
            row
            for row in rows.tables["announcement"]
            if row["class_id"] in led or _is_in(eyes, row["class_id"])
        ]

    yield "(first: 100)", mine
    yield "(last: 100)", mine
    for taught in rows.tables["class"]:
        key = taught["id"]
        every = rows.where("announcement", class_id=key)

        def heard(eyes: Eyes, key: UUID = key, found: Any = every) -> Any:
            return found if hears(eyes, key) else None

        yield f'(first: 100, classId: "{to_global("cls", key)}")', heard


def _edited_at(filling: Filling, row: Row) -> Any:
    edited = row["edited_by_id"] is not None or filling.chance(0.3)
    return filling.time() if edited else None


ROOM = Room(
    sees={
        "Attendance": _of_enrollment,
        # Part of an enrollment: whoever got there sees it.
        "AttendanceSummary": lambda _, __: True,
        "CreditEntry": _of_enrollment,
        "Announcement": _sees_announcement,
        "AttendanceReport": lambda eyes, row: keeps(eyes, row["id"]),
    },
    leads={
        ("Enrollment", "attendance"): lambda _, row: row,
        ("Enrollment", "attendanceRecords"): below("attendance", "enrollment_id"),
        ("Enrollment", "creditEntries"): below("credit_entry", "enrollment_id"),
        ("Attendance", "enrollment"): edge("enrollment", "enrollment_id"),
        ("Attendance", "markedBy"): edge("user_account", "marked_by_id"),
        ("Attendance", "editedBy"): edge("user_account", "edited_by_id"),
        ("CreditEntry", "madeBy"): edge("user_account", "made_by_id"),
        ("Announcement", "class"): edge("class", "class_id"),
        ("Announcement", "author"): edge("user_account", "author_id"),
        ("AttendanceReport", "class"): lambda _, row: row,
    },
    nodes={
        "Attendance": ("attendance", "att"),
        "CreditEntry": ("credit_entry", "cre"),
        "Announcement": ("announcement", "ann"),
    },
    keys={
        "AttendanceReport": ("meetingsCompleted", lambda row: row["meetings_completed"]),
        # Their way to them says which one it is.
        "AttendanceSummary": ("__typename", lambda _: "AttendanceSummary"),
    },
    roots={
        "attendance": _attendance,
        "announcements": _announcements,
        "attendanceReport": by_id("class", "cls", "classId"),
    },
    counts={"attendance": 200, "announcement": 60, "announcement_read": 60},
    rules={
        "attendance.meeting_number": lambda filling, _: filling.rng.randint(1, 20),
        "attendance.credit_taken": lambda _, row: row["status"] is not AttendanceStatus.ABSENT,
        "attendance.edited_at": _edited_at,
        "announcement_read.user_id": user,
    },
)
