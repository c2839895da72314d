"""What people of a session make and share, and how attentive they were."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core.ids import to_global
from app.sessions.models import SessionResourceType
from tests.engine import values
from tests.engine.eyes import Eyes, Row, Rows, below, edge
from tests.engine.filling import Filling
from tests.engine.people import person, small, user
from tests.engine.room import Room


def _of_members(eyes: Eyes, row: Row) -> bool:
    return eyes.takes_part(row["session_id"])


def _sees_note(eyes: Eyes, note: Row) -> bool:
    own = eyes.me is not None and note["author_id"] == eyes.me
    return own or (note["shared"] and _of_members(eyes, note))


def _sees_attention(eyes: Eyes, part: Row) -> bool:
    return eyes.me is not None and part["user_id"] == eyes.me and part["status"] != "DECLINED"


def _others(rows: Rows, session: Row) -> list[Row]:
    there = rows.where("attention_minute", session_id=session["id"])
    return [row for row in there if session["host_id"] not in (None, row["user_id"])]


def _sees_group(eyes: Eyes, session: Row) -> bool:
    people = {row["user_id"] for row in _others(eyes.rows, session)}
    return eyes.me is not None and session["host_id"] == eyes.me and len(people) > 2


def _timeline(rows: Rows, part: Row) -> list[Row]:
    mine = {"session_id": part["session_id"], "user_id": part["user_id"]}
    return rows.where("attention_minute", **mine)


def _group_timeline(rows: Rows, session: Row) -> list[Row]:
    people: dict[int, set[UUID]] = {}
    for row in _others(rows, session):
        people.setdefault(row["minute"], set()).add(row["user_id"])
    return [{"minute": minute} for minute, those in people.items() if len(those) > 2]


def _raised(rows: Rows, session: Row) -> list[Row]:
    there = rows.where("session_participant", session_id=session["id"])
    return [row for row in there if row["hand_raised_at"] is not None]


def _attention(rows: Rows) -> Iterator[tuple[str, Any]]:
    for session in rows.tables["study_session"]:

        def mine(eyes: Eyes, session: Row = session) -> Row | None:
            parts = rows.where("session_participant", session_id=session["id"], user_id=eyes.me)
            return next(iter(parts), None)

        yield f'(sessionId: "{to_global("sts", session["id"])}")', mine


def _minutes(filling: Filling) -> Iterable[Row]:
    """Of several people in the same minutes of the sessions that the first one hosts."""
    people = [person(filling, name) for name in ("host", "guest", "admin", "student", "staff")]
    for session in filling.rows["study_session"][:8]:
        for minute in range(3):
            for key in people[: 5 - minute]:
                yield {"session_id": session["id"], "user_id": key, "minute": minute}


def _of_kind(kind: SessionResourceType, column: str) -> Any:
    def rule(filling: Filling, row: Row) -> Any:
        if row["type"] is not kind:
            return None
        if column == "url":
            return f"https://example.org/{filling.rng.getrandbits(40)}"
        taken = {each["file_id"] for each in filling.rows["session_resource"]}
        return next(each["id"] for each in filling.rows["stored_file"] if each["id"] not in taken)

    return rule


def _type(filling: Filling, row: Row) -> SessionResourceType:
    if row.get("file_id"):
        return SessionResourceType.FILE
    if row.get("url"):
        return SessionResourceType.LINK
    files = [each for each in filling.rows["session_resource"] if each["file_id"]]
    left = len(files) < len(filling.rows["stored_file"])
    return SessionResourceType.FILE if left and filling.chance(0.4) else SessionResourceType.LINK


ROOM = Room(
    sees={
        "Whiteboard": lambda eyes, row: eyes.takes_part(row["id"]),
        # Part of the whiteboard: whoever got there sees it.
        "WhiteboardUpdate": lambda _, __: True,
        "SessionNote": _sees_note,
        "SessionResource": _of_members,
        "SessionRecording": _of_members,
        # Part of a segment: whoever got there sees it.
        "TranscriptCorrection": lambda _, __: True,
        "SessionAttention": _sees_attention,
        "GroupAttention": _sees_group,
        # Part of either: whoever got there sees it.
        "FocusMinute": lambda _, __: True,
    },
    leads={
        ("StudySession", "screenSharer"): edge("user_account", "screen_sharer_id"),
        ("StudySession", "raisedHands"): _raised,
        ("StudySession", "whiteboard"): lambda _, row: row,
        ("StudySession", "notes"): below("session_note", "session_id"),
        ("StudySession", "resources"): below("session_resource", "session_id"),
        ("StudySession", "recordings"): below("session_recording", "session_id"),
        ("Whiteboard", "updates"): below("session_whiteboard_update", "session_id"),
        ("WhiteboardUpdate", "author"): edge("user_account", "author_id"),
        ("SessionNote", "author"): edge("user_account", "author_id"),
        ("SessionResource", "file"): edge("stored_file", "file_id"),
        ("SessionResource", "sharedBy"): edge("user_account", "shared_by_id"),
        ("TranscriptSegment", "corrections"): below("transcript_correction", "segment_id"),
        ("TranscriptCorrection", "correctedBy"): edge("user_account", "corrected_by_id"),
        ("SessionAttention", "timeline"): _timeline,
        ("SessionAttention", "group"): edge("study_session", "session_id"),
        ("GroupAttention", "timeline"): _group_timeline,
    },
    nodes={
        "SessionNote": ("session_note", "snt"),
        "SessionResource": ("session_resource", "srs"),
        "SessionRecording": ("session_recording", "srg"),
    },
    keys={
        "Whiteboard": ("__typename", lambda _: "Whiteboard"),
        "WhiteboardUpdate": ("data", lambda row: b64encode(row["data"]).decode()),
        "TranscriptCorrection": ("text", lambda row: row["text"]),
        "SessionAttention": ("__typename", lambda _: "SessionAttention"),
        "GroupAttention": ("__typename", lambda _: "GroupAttention"),
        "FocusMinute": ("minute", lambda row: row["minute"]),
    },
    roots={"sessionAttention": _attention},
    unread=frozenset(("attention_batch", "session_answer_rating")),
    together={"studySession": 8, "StudySession": 8},
    counts={"session_note": 60, "attention_minute": 120, "stored_file": 40},
    rules={
        "study_session.recurrence": lambda filling, _: filling.rng.choice((None, "FREQ=DAILY")),
        "study_session.screen_sharer_id": lambda filling, row: (
            user(filling, row) if filling.chance(0.4) else None
        ),
        "session_note.author_id": user,
        "session_note.at_seconds": lambda filling, row: (
            None if filling.chance(0.3) else small(filling, row)
        ),
        "session_resource.type": _type,
        "session_resource.url": _of_kind(SessionResourceType.LINK, "url"),
        "session_resource.file_id": _of_kind(SessionResourceType.FILE, "file_id"),
        "session_recording.url": lambda filling, _: (
            f"https://example.org/{filling.rng.getrandbits(40)}"
        ),
        "session_recording.started_at": lambda filling, _: filling.past(),
        "session_recording.ended_at": lambda filling, row: (
            row["started_at"] + timedelta(minutes=1 + filling.rng.randrange(90))
        ),
        "transcript_correction.version": small,
        "transcript_correction.text": lambda filling, _: values.text(filling.rng),
        "attention_minute.minute": small,
        "attention_minute.samples": lambda filling, _: filling.rng.randint(1, 60),
        "attention_minute.focused": lambda filling, row: filling.rng.randint(0, row["samples"]),
        "attention_minute.distractions": small,
    },
    given={"attention_minute": _minutes},
)
