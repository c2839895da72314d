"""Lectures, and who comes to them."""

from datetime import datetime
from uuid import UUID

from app.classes.models import LectureEnrollmentStatus
from tests.engine.calls import by_id, page_of
from tests.engine.eyes import Eyes, Row, edge
from tests.engine.filling import Filling
from tests.engine.people import person, user
from tests.engine.room import Room


def gives(eyes: Eyes, lecture: Row) -> bool:
    """Whether it is theirs to give, or any is theirs to manage."""
    own = eyes.may("lecture.create") and lecture["instructor_id"] == eyes.me
    return own or eyes.may("lecture.manage")


def sees_lecture(eyes: Eyes, lecture: Row) -> bool:
    """Whether it takes place, or they give it, or had wanted to come."""
    if eyes.me is None:
        return False
    had = eyes.rows.where("lecture_enrollment", lecture_id=lecture["id"], student_id=eyes.me)
    return lecture["status"] == "SCHEDULED" or gives(eyes, lecture) or bool(had)


def _sees_seat(eyes: Eyes, seat: Row) -> bool:
    lecture = eyes.rows.one("lecture", seat["lecture_id"])
    assert lecture is not None
    return eyes.me is not None and (seat["student_id"] == eyes.me or gives(eyes, lecture))


def _own_seat(eyes: Eyes, lecture: Row) -> Row | None:
    seats = eyes.rows.where("lecture_enrollment", lecture_id=lecture["id"], student_id=eyes.me)
    return next(iter(seats), None)


def _seats(eyes: Eyes, lecture: Row) -> list[Row] | None:
    seats = eyes.rows.where("lecture_enrollment", lecture_id=lecture["id"])
    return seats if gives(eyes, lecture) else None


def _instructor(filling: Filling, row: Row) -> UUID | None:
    if filling.chance(0.2):
        return None
    return person(filling, "instructor") if filling.chance(0.4) else user(filling, row)


def _reserved_until(filling: Filling, row: Row) -> datetime | None:
    if row["status"] is not LectureEnrollmentStatus.RESERVED:
        return None
    return filling.future() if filling.chance(0.5) else filling.past()


ROOM = Room(
    sees={"Lecture": sees_lecture, "LectureEnrollment": _sees_seat},
    leads={
        ("Lecture", "subject"): edge("subject", "subject_id"),
        ("Lecture", "instructor"): edge("user_account", "instructor_id"),
        ("LectureEnrollment", "lecture"): edge("lecture", "lecture_id"),
        ("LectureEnrollment", "student"): edge("user_account", "student_id"),
    },
    own={
        ("Lecture", "viewerEnrollment"): _own_seat,
        ("Lecture", "enrollments"): _seats,
    },
    nodes={
        "Lecture": ("lecture", "lec"),
        "LectureEnrollment": ("lecture_enrollment", "len"),
    },
    roots={"lecture": by_id("lecture", "lec"), "lectures": page_of("lecture")},
    counts={"lecture": 24, "lecture_enrollment": 100},
    rules={
        "lecture.instructor_id": _instructor,
        "lecture.minutes": lambda filling, _: filling.rng.randint(1, 1440),
        "lecture.capacity": lambda filling, _: filling.rng.randint(1, 100),
        "lecture.price_amount": lambda filling, _: (
            None if filling.chance(0.5) else filling.rng.randint(1, 10_000) / 100
        ),
        "lecture.price_currency": lambda filling, row: (
            None if row["price_amount"] is None else filling.one(filling.rows["currency"])["code"]
        ),
        "lecture_enrollment.student_id": user,
        "lecture_enrollment.reserved_until": _reserved_until,
    },
)
