"""Requests, buddies and what they study: for the two alone, with no block between them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from app.buddies.models import BuddyAssignmentStatus, BuddyRequestStatus
from app.classes.models import Weekday
from app.core.clock import now
from app.core.ids import to_global
from tests.engine.calls import by_id, page_of
from tests.engine.eyes import Eyes, Row, Rows, below, edge, everybody
from tests.engine.filling import Filling
from tests.engine.people import person, small, user
from tests.engine.room import Room
from tests.engine.rooms.courses import listed


def _apart(eyes: Eyes, one: UUID, two: UUID) -> bool:
    """Whether they are one of two people, with no block between these."""
    pairs = {(row["blocker_id"], row["blocked_id"]) for row in eyes.rows.tables["user_block"]}
    return eyes.me in (one, two) and not {(one, two), (two, one)} & pairs


def _sees_request(eyes: Eyes, request: Row) -> bool:
    return eyes.me is not None and _apart(eyes, request["requester_id"], request["requested_id"])


def _own(eyes: Eyes, buddy: Row) -> bool:
    return eyes.me is not None and _apart(eyes, buddy["first_id"], buddy["second_id"])


def _sees_buddy(eyes: Eyes, buddy: Row) -> bool:
    return buddy["ended_at"] is None and _own(eyes, buddy)


def _sees_assignment(eyes: Eyes, assignment: Row) -> bool:
    buddy = eyes.rows.one("buddy", assignment["buddy_id"])
    assert buddy is not None
    return _own(eyes, buddy)


def _is_on(eyes: Eyes, course: Row) -> bool:
    """Whether they are on a course that is taught, and haven't completed it."""
    rows, me, key = eyes.rows, eyes.me, course["id"]
    if me is None or course["status"] != "PUBLISHED":
        return False
    if rows.where("course_progress", user_id=me, course_id=key):
        return False
    cohorts = {row["id"] for row in rows.where("cohort", course_id=key)}
    if any(row["cohort_id"] in cohorts for row in rows.where("cohort_member", user_id=me)):
        return True
    sections = {row["id"] for row in rows.where("course_section", course_id=key)}
    lessons = {row["id"] for row in rows.tables["lesson"] if row["section_id"] in sections}
    exercises = {row["id"] for row in rows.tables["exercise"] if row["lesson_id"] in lessons}
    begun = any(
        row["exercise_id"] in exercises for row in rows.where("exercise_progress", user_id=me)
    )
    done = any(row["lesson_id"] in lessons for row in rows.where("lesson_progress", user_id=me))
    return listed(course) and (begun or done)


def _other(eyes: Eyes, buddy: Row) -> Row | None:
    mine = buddy["first_id"] == eyes.me
    return eyes.rows.one("user_account", buddy["second_id" if mine else "first_id"])


def _overdue(row: Row) -> bool:
    return row["status"] == "PENDING" and row["expires_at"] <= now()


def _requests(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["buddy_request"]
    yield "(first: 100)", lambda _: every
    for sent, side in (("true", "requester_id"), ("false", "requested_id")):
        yield (
            f"(first: 100, filter: {{sent: {sent}}})",
            lambda eyes, side=side: [row for row in every if row[side] == eyes.me],
        )
    expired = [row for row in every if row["status"] == "EXPIRED" or _overdue(row)]
    pending = [row for row in every if row["status"] == "PENDING" and not _overdue(row)]
    yield "(first: 100, filter: {statuses: [EXPIRED]})", lambda _: expired
    yield "(first: 100, filter: {statuses: [PENDING]})", lambda _: pending


def _assignments(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["buddy_assignment"]
    yield "(first: 100)", lambda _: every
    active = [row for row in every if row["status"] == "ACTIVE"]
    yield "(first: 100, filter: {statuses: [ACTIVE]})", lambda _: active
    for row in every[:1]:
        same = [each for each in every if each["buddy_id"] == row["buddy_id"]]
        id = to_global("bdy", row["buddy_id"])
        yield f'(first: 100, filter: {{buddyId: "{id}"}})', lambda _, same=same: same
        on_it = [each for each in every if each["context_id"] == row["context_id"]]
        id = to_global("crs", row["context_id"])
        yield f'(first: 100, filter: {{courseId: "{id}"}})', lambda _, found=on_it: found


def _course(filling: Filling, _: Row) -> UUID:
    """One of the courses, if there are any yet: no reference says that they come first."""
    courses = filling.rows.get("course")
    key: UUID = filling.one(courses)["id"] if courses else filling.key()
    return key


def _second(filling: Filling, row: Row) -> UUID:
    """Somebody with a greater key; everybody whom no one follows is the last."""
    greater = sorted(
        each["id"] for each in filling.rows["user_account"] if each["id"] > row["first_id"]
    )
    stranger = person(filling, "stranger")
    among = [each for each in greater if each != stranger]
    return filling.one(among)


def _first(filling: Filling, row: Row) -> UUID:
    """Anybody but the two with the greatest keys, one of whom may be the stranger."""
    keys = sorted(each["id"] for each in filling.rows["user_account"])
    if "second_id" in row:
        return filling.one([each for each in keys if each < row["second_id"]])
    last = keys[-2:]
    found = user(filling, row)
    while found in last:
        found = user(filling, row)
    return found


def _another(column: str) -> Any:
    def rule(filling: Filling, row: Row) -> UUID:
        found = user(filling, row)
        while found == row[column]:
            found = filling.rng.choice(filling.rows["user_account"])["id"]
            found = found if found != person(filling, "stranger") else row[column]
        return found

    return rule


def _pairs(filling: Filling) -> Iterable[Row]:
    """Those who look have buddies, some of them no longer."""
    names = ("host", "guest", "declined guest", "instructor", "moderator", "admin")
    keys = [person(filling, name) for name in names]
    for place, one in enumerate(keys):
        for two in keys[place + 1 :]:
            first, second = sorted((one, two))
            yield {"first_id": first, "second_id": second}


def _asked(filling: Filling) -> Iterable[Row]:
    """One open request at most for a pair: only those who look have any."""
    for row in list(_pairs(filling)):
        yield {
            "requester_id": row["first_id"],
            "requested_id": row["second_id"],
            "status": filling.rng.choice(list(BuddyRequestStatus)),
        }


def _ended(filling: Filling, row: Row) -> datetime | None:
    return filling.past() if row["status"] is BuddyAssignmentStatus.ENDED else None


def _answered(filling: Filling, row: Row) -> BuddyRequestStatus:
    return filling.rng.choice(
        [each for each in BuddyRequestStatus if each is not BuddyRequestStatus.PENDING]
    )


def _until(filling: Filling, _: Row) -> datetime:
    return filling.past() if filling.chance(0.4) else filling.future()


ROOM = Room(
    sees={
        "BuddyRequest": _sees_request,
        "Buddy": _sees_buddy,
        "BuddyAssignment": _sees_assignment,
        "BuddyMatches": _is_on,
        "StudyPreferences": everybody,
        "StudyTime": everybody,
        "StudySubject": everybody,
    },
    leads={
        ("BuddyRequest", "requester"): edge("user_account", "requester_id"),
        ("BuddyRequest", "requested"): edge("user_account", "requested_id"),
        ("BuddyRequest", "course"): edge("course", "context_id"),
        ("BuddyRequest", "section"): edge("course_section", "section_id"),
        ("Buddy", "assignments"): below("buddy_assignment", "buddy_id"),
        ("BuddyAssignment", "buddy"): edge("buddy", "buddy_id"),
        ("BuddyAssignment", "course"): edge("course", "context_id"),
        ("BuddyAssignment", "section"): edge("course_section", "section_id"),
        ("BuddyMatches", "course"): edge("course", "id"),
        ("Viewer", "studyPreferences"): lambda _, row: row,
        ("StudyPreferences", "availability"): below("study_time", "user_id"),
        ("StudyPreferences", "subjects"): below("user_subject", "user_id"),
        ("StudySubject", "subject"): edge("subject", "subject_id"),
    },
    own={("Buddy", "user"): _other},
    nodes={
        "BuddyRequest": ("buddy_request", "brq"),
        "Buddy": ("buddy", "bdy"),
        "BuddyAssignment": ("buddy_assignment", "bas"),
    },
    keys={
        "StudyPreferences": ("timeZone", lambda row: row["time_zone"]),
        "StudyTime": ("startsMinute", lambda row: row["starts_minute"]),
        "StudySubject": ("__typename", lambda _: "StudySubject"),
        "BuddyMatches": ("__typename", lambda _: "BuddyMatches"),
    },
    roots={
        "buddyMatches": by_id("course", "crs", "courseId"),
        "buddyRequests": _requests,
        "buddies": page_of("buddy"),
        "buddyAssignments": _assignments,
        "buddyAssignment": by_id("buddy_assignment", "bas"),
    },
    late=("match_reason", "buddy_request", "buddy_assignment"),
    counts={"buddy": 40, "buddy_request": 40, "buddy_assignment": 60, "study_time": 60},
    rules={
        "buddy.first_id": _first,
        "buddy.second_id": _second,
        "buddy_request.requester_id": user,
        "buddy_request.requested_id": _another("requester_id"),
        "buddy_request.context_id": _course,
        "buddy_request.score": lambda filling, _: filling.rng.randint(0, 100),
        "buddy_request.status": _answered,
        "buddy_request.expires_at": _until,
        "buddy_assignment.context_id": _course,
        "buddy_assignment.ended_at": _ended,
        "match_reason.user_id": user,
        "match_reason.other_id": user,
        "match_reason.context_id": _course,
        "study_preference.max_buddies": small,
        "study_time.weekday": lambda filling, _: filling.rng.choice(list(Weekday)),
        "study_time.starts_minute": lambda filling, _: filling.rng.randrange(1440),
        "study_time.ends_minute": lambda filling, row: filling.rng.randint(
            row["starts_minute"] + 1, 1440
        ),
    },
    given={"buddy": _pairs, "buddy_request": _asked},
)
