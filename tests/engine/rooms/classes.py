"""Who sees classes, who is in them, and what is open to them."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import Any
from uuid import UUID

from app.classes.models import (
    AdjustmentReason,
    ClassStatus,
    ClassType,
    CreditKind,
    EnrollmentPaymentStatus,
)
from app.core.ids import to_global
from tests.engine.calls import by_id
from tests.engine.eyes import Eyes, Row, Rows, below, edge
from tests.engine.filling import Filling
from tests.engine.people import person, small, user
from tests.engine.room import Room
from tests.engine.rooms.courses import listed


def _cohort(rows: Rows, class_: Row) -> Row:
    found = rows.one("cohort", class_["id"])
    assert found is not None
    return found


def leads(eyes: Eyes, class_: Row) -> bool:
    """Whether they teach a class, and may teach at all."""
    taught = eyes.me is not None and _cohort(eyes.rows, class_)["instructor_id"] == eyes.me
    return taught and eyes.may("course.create")


def _attends(eyes: Eyes, class_: Row) -> bool:
    mine = eyes.rows.where("enrollment", class_id=class_["id"], student_id=eyes.me)
    return any(row["status"] != "WITHDRAWN" for row in mine)


def has_part(eyes: Eyes, class_: Row) -> bool:
    """Whether they manage a class, teach it, or are in it."""
    return eyes.may("class.manage") or leads(eyes, class_) or _attends(eyes, class_)


def sees_class(eyes: Eyes, class_: Row) -> bool:
    """Whether it is on offer, or they have a part in it."""
    course = eyes.rows.one("course", _cohort(eyes.rows, class_)["course_id"])
    assert course is not None
    offered = eyes.me is not None and class_["status"] == "ENROLLMENT_OPEN" and listed(course)
    return offered or has_part(eyes, class_)


def _sees_enrollment(eyes: Eyes, enrollment: Row) -> bool:
    class_ = eyes.rows.one("class", enrollment["class_id"])
    assert class_ is not None
    own = eyes.me is not None and enrollment["student_id"] == eyes.me
    return own or eyes.may("class.manage") or leads(eyes, class_)


def _sees_unlock(eyes: Eyes, unlock: Row) -> bool:
    class_ = eyes.rows.one("class", unlock["cohort_id"])
    # Cohorts that are no classes have no meetings to unlock lessons by.
    return class_ is not None and has_part(eyes, class_)


def _own_enrollment(eyes: Eyes, class_: Row) -> Row | None:
    found = eyes.rows.where("enrollment", class_id=class_["id"], student_id=eyes.me)
    return found[0] if found else None


def _course(rows: Rows, class_: Row) -> Row | None:
    return rows.one("course", _cohort(rows, class_)["course_id"])


def _instructor(rows: Rows, class_: Row) -> Row | None:
    return rows.one("user_account", _cohort(rows, class_)["instructor_id"])


def _classes(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["class"]

    def mine(eyes: Eyes) -> list[Row]:
        return [row for row in every if leads(eyes, row) or _attends(eyes, row)]

    yield "(first: 100)", lambda _: every
    yield "(last: 100)", lambda _: every
    yield "(first: 100, filter: {mine: true})", mine
    for status in ("ENROLLMENT_OPEN", "ACTIVE"):
        there = [row for row in every if row["status"] == status]
        yield f"(first: 100, filter: {{statuses: [{status}]}})", lambda _, there=there: there
    group = [row for row in every if row["type"] == "GROUP"]
    yield "(first: 100, filter: {type: GROUP})", lambda _: group
    for row in every[:2]:
        cohort = _cohort(rows, row)
        same = [each for each in every if _cohort(rows, each)["course_id"] == cohort["course_id"]]
        id = to_global("crs", cohort["course_id"])
        yield f'(first: 100, filter: {{courseId: "{id}"}})', lambda _, same=same: same


def _status(filling: Filling, row: Row) -> ClassStatus:
    """Some on offer; a private class never is."""
    private = row["type"] is ClassType.PRIVATE
    among = [each for each in ClassStatus if not private or each is not ClassStatus.ENROLLMENT_OPEN]
    offered = not private and filling.chance(0.4)
    return ClassStatus.ENROLLMENT_OPEN if offered else filling.rng.choice(among)


def _priced(filling: Filling, _: Row) -> float | None:
    return None if filling.chance(0.5) else filling.rng.randint(1, 10_000) / 100


def _enrollments(filling: Filling) -> Iterable[Row]:
    for row in filling.rows["class"][::2]:
        yield {"class_id": row["id"], "student_id": person(filling, "guest")}


def _capacity(filling: Filling, row: Row) -> int:
    return 1 if row["type"] is ClassType.PRIVATE else filling.rng.randint(1, 30)


def _reason(filling: Filling, row: Row) -> Any:
    adjusted = row["kind"] is CreditKind.ADJUSTMENT
    return filling.rng.choice(list(AdjustmentReason)) if adjusted else None


def _before(filling: Filling, _: Row) -> UUID | None:
    found = filling.rows["class"]
    return None if not found or filling.chance(0.6) else filling.one(found)["id"]


def hour(filling: Filling, _: Row) -> time | None:
    """A time of day in whole minutes, or none."""
    return (
        None if filling.chance(0.3) else time(filling.rng.randrange(24), filling.rng.randrange(60))
    )


ROOM = Room(
    sees={"Class": sees_class, "Enrollment": _sees_enrollment, "LessonUnlock": _sees_unlock},
    leads={
        ("Class", "course"): _course,
        ("Class", "instructor"): _instructor,
        ("Class", "continuedFrom"): edge("class", "continued_from_id"),
        ("Class", "continuations"): below("class", "continued_from_id"),
        ("Class", "enrollments"): below("enrollment", "class_id"),
        ("Class", "unlocks"): below("cohort_lesson", "cohort_id"),
        ("Enrollment", "student"): edge("user_account", "student_id"),
        ("Enrollment", "class"): edge("class", "class_id"),
        ("LessonUnlock", "lesson"): edge("lesson", "lesson_id"),
        ("LessonUnlock", "unlockedBy"): edge("user_account", "unlocked_by_id"),
    },
    own={("Class", "viewerEnrollment"): _own_enrollment},
    nodes={
        "Class": ("class", "cls"),
        "Enrollment": ("enrollment", "enr"),
        "LessonUnlock": ("cohort_lesson", "unl"),
    },
    roots={
        "class": by_id("class", "cls"),
        "classes": _classes,
        "enrollment": by_id("enrollment", "enr"),
    },
    counts={"class": 24, "enrollment": 60, "credit_entry": 100},
    rules={
        "class.max_capacity": _capacity,
        "class.total_meetings": lambda filling, _: filling.rng.randint(20, 50),
        "class.meetings_completed": small,
        "class.starts_at": hour,
        "class.ends_at": hour,
        "class.time_zone": lambda filling, _: filling.rng.choice(("UTC", "Asia/Jakarta")),
        "class.continued_from_id": _before,
        "enrollment.student_id": user,
        "enrollment.credits": small,
        "credit_entry.number": small,
        "credit_entry.before": small,
        "credit_entry.amount": small,
        "credit_entry.after": lambda _, row: row["before"] + row["amount"],
        "credit_entry.reason": _reason,
        "class.status": _status,
        "enrollment.price_amount": _priced,
        "enrollment.price_currency": lambda filling, row: (
            None if row["price_amount"] is None else filling.one(filling.rows["currency"])["code"]
        ),
        "enrollment.payment_status": lambda filling, row: (
            None
            if row["price_amount"] is None
            else filling.rng.choice(list(EnrollmentPaymentStatus))
        ),
    },
    given={"enrollment": _enrollments},
)
