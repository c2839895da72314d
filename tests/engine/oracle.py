"""Who may see what, said once more in plain Python over the rows of all tables.

Nothing here comes from the policies or the declarations: what they say in SQL is compared with
this. `SEES` says of each type who sees a row, `LEADS` of each field which rows it leads to,
whoever asks. A new type, or a new field with objects below it, has to be written down here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from app.core.clock import now
from app.core.ids import to_global
from app.notifications.models import NotificationChannel, NotificationType

Row = Mapping[str, Any]

_TABLES = (
    "user_account", "user_role", "role_permission", "auth_session", "consent", "conversation",
    "conversation_member", "message", "study_session", "session_participant",
    "transcript_segment", "insight", "session_answer", "session_summary", "course",
    "course_section", "lesson", "exercise", "quiz_question", "quiz_option", "coding_test",
    "currency", "country", "state", "time_zone", "city", "language",
    "subject", "tag_group", "tag_category", "tag", "ai_model", "prompt_template",
    "subscription_plan", "user_tag", "user_subject", "user_block",
    "role", "permission", "audit_person", "audit_entry", "audit_detail", "api_token",
    "oauth_account", "notification", "data_export", "retention_policy", "retention_hold",
)  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """All rows of a world, by table, as they were at a time."""

    tables: Mapping[str, list[Row]]
    time: datetime

    @classmethod
    async def read(cls, url: str) -> "Rows":
        """From the database."""
        connection = await asyncpg.connect(url)
        try:
            tables = {name: await connection.fetch(f"TABLE {name}") for name in _TABLES}
            return cls(tables, now())
        finally:
            await connection.close()

    @cached_property
    def _keys(self) -> dict[tuple[str, UUID], Row]:
        return {
            (table, row["id"]): row
            for table, rows in self.tables.items()
            for row in rows
            if "id" in row
        }

    def one(self, table: str, key: UUID | None) -> Row | None:
        """The row with this key."""
        return None if key is None else self._keys.get((table, key))

    def where(self, table: str, **values: Any) -> list[Row]:
        """The rows with these values."""
        return [
            row
            for row in self.tables[table]
            if all(row[name] == value for name, value in values.items())
        ]


@dataclass(frozen=True)
class Eyes:
    """Somebody who looks; `me` is None for nobody signed in."""

    rows: Rows
    me: UUID | None

    @cached_property
    def _permissions(self) -> set[str]:
        return {
            given["permission_key"]
            for role in self.rows.where("user_role", user_id=self.me)
            if role["expires_at"] is None or role["expires_at"] > self.rows.time
            for given in self.rows.where("role_permission", role_id=role["role_id"])
        }

    @cached_property
    def _conversations(self) -> set[UUID]:
        mine = self.rows.where("conversation_member", user_id=self.me, left_at=None)
        return {row["conversation_id"] for row in mine}

    @cached_property
    def _sessions(self) -> set[UUID]:
        mine = self.rows.where("session_participant", user_id=self.me)
        return {row["session_id"] for row in mine if row["status"] != "DECLINED"}

    def may(self, permission: str) -> bool:
        """Whether a role that hasn't expired gives it."""
        return permission in self._permissions

    def chats_in(self, conversation: UUID) -> bool:
        """Whether they are in it and haven't left."""
        return conversation in self._conversations

    def takes_part(self, session: UUID) -> bool:
        """Whether they were invited, or came, and didn't decline."""
        return session in self._sessions

    def teaches(self, course: Row) -> bool:
        """Whether it is a course that they write, or any at all is theirs to manage."""
        own = self.may("course.create") and course["instructor_id"] == self.me
        return own or self.may("course.manage")

    def sees(self, kind: str, row: Row | None) -> bool:
        """Whether they may see a row as an object of a type."""
        return row is not None and SEES[kind](self, row)


def listed(course: Row) -> bool:
    """Whether the catalogue has a course."""
    return bool(
        course["public"] and course["status"] == "PUBLISHED" and course["published_at"] is not None
    )


def _sees_course(eyes: Eyes, course: Row) -> bool:
    return listed(course) or eyes.teaches(course)


def _sees_section(eyes: Eyes, section: Row) -> bool:
    return eyes.sees("Course", eyes.rows.one("course", section["course_id"]))


def _sees_lesson(eyes: Eyes, lesson: Row) -> bool:
    section = eyes.rows.one("course_section", lesson["section_id"])
    assert section is not None
    course = eyes.rows.one("course", section["course_id"])
    assert course is not None
    return _sees_course(eyes, course) and (lesson["status"] == "PUBLISHED" or eyes.teaches(course))


def _sees_exercise(eyes: Eyes, exercise: Row) -> bool:
    lesson = eyes.rows.one("lesson", exercise["lesson_id"])
    return eyes.me is not None and eyes.sees("Lesson", lesson)


def _of_exercise(eyes: Eyes, row: Row) -> bool:
    return eyes.sees("Exercise", eyes.rows.one("exercise", row["exercise_id"]))


def _sees_test(eyes: Eyes, test: Row) -> bool:
    return _of_exercise(eyes, test) and (
        not test["hidden"] or eyes.teaches(course_of(eyes.rows, test))
    )


def course_of(rows: Rows, row: Row) -> Row:
    """The course of what is in an exercise."""
    for table, column in (
        ("exercise", "exercise_id"),
        ("lesson", "lesson_id"),
        ("course_section", "section_id"),
        ("course", "course_id"),
    ):
        above = rows.one(table, row[column])
        assert above is not None
        row = above
    return row


def _sees_message(eyes: Eyes, message: Row) -> bool:
    return eyes.may("message.moderate") or eyes.chats_in(message["conversation_id"])


def _of_members(eyes: Eyes, row: Row) -> bool:
    return eyes.takes_part(row["session_id"])


def _session_is_seen(eyes: Eyes, session: Row) -> bool:
    return session["public"] or eyes.takes_part(session["id"])


def _own(eyes: Eyes, row: Row) -> bool:
    return eyes.me is not None and row["user_id"] == eyes.me


def _sees_category(eyes: Eyes, category: Row) -> bool:
    group = eyes.rows.one("tag_group", category["group_id"])
    return eyes.may("taxonomy.manage") or (category["public"] and eyes.sees("TagGroup", group))


def _sees_profile(eyes: Eyes, user: Row) -> bool:
    if user["id"] == eyes.me:
        return bool(user["status"] == "ACTIVE")
    apart = any(
        {row["blocker_id"], row["blocked_id"]} == {eyes.me, user["id"]}
        for row in eyes.rows.tables["user_block"]
    )
    known = ("EVERYBODY",) if eyes.me is None else ("EVERYBODY", "SIGNED_IN")
    return user["status"] == "ACTIVE" and user["profile_audience"] in known and not apart


def _sees_user_tag(eyes: Eyes, tag: Row) -> bool:
    if tag["user_id"] == eyes.me:
        return True
    user = eyes.rows.one("user_account", tag["user_id"])
    return bool(tag["accepted"]) and eyes.sees("Profile", user)


def _live_sessions(rows: Rows, user: UUID | None) -> list[Row]:
    mine = rows.where("auth_session", user_id=user, ended_at=None)
    return [row for row in mine if row["expires_at"] > rows.time]


def _everybody(_: Eyes, __: Row) -> bool:
    return True


SEES: Mapping[str, Callable[[Eyes, Row], bool]] = {
    "User": lambda _, row: row["status"] == "ACTIVE",
    "Viewer": lambda eyes, row: row["id"] == eyes.me,
    "Profile": _sees_profile,
    "UserTag": _sees_user_tag,
    "UserBlock": lambda eyes, row: eyes.me is not None and row["blocker_id"] == eyes.me,
    "Device": _own,
    # Parts of the viewer: whoever got there sees them.
    "Address": _everybody,
    "Preferences": _everybody,
    "ReminderSettings": _everybody,
    "PrivacySettings": _everybody,
    "AuthSession": _own,
    "Consent": _own,
    "Conversation": lambda eyes, row: eyes.chats_in(row["id"]),
    "Message": _sees_message,
    "StudySession": _session_is_seen,
    "SessionCursors": _session_is_seen,
    "SessionParticipant": lambda eyes, row: eyes.sees(
        "StudySession", eyes.rows.one("study_session", row["session_id"])
    ),
    "Transcript": lambda eyes, row: eyes.takes_part(row["id"]),
    "TranscriptSegment": _of_members,
    "Insight": _of_members,
    "SessionAnswer": _of_members,
    "SessionSummary": _of_members,
    # Part of a summary: whoever got there sees it.
    "KnowledgeGap": lambda _, __: True,
    "Course": _sees_course,
    "Section": _sees_section,
    "Lesson": _sees_lesson,
    "Exercise": _sees_exercise,
    "VideoExercise": _sees_exercise,
    "MaterialExercise": _sees_exercise,
    "QuizExercise": _sees_exercise,
    "AssignmentExercise": _sees_exercise,
    "CodingExercise": _sees_exercise,
    "QuizQuestion": _of_exercise,
    "QuizOption": lambda eyes, row: eyes.sees(
        "QuizQuestion", eyes.rows.one("quiz_question", row["question_id"])
    ),
    "CodingTest": _sees_test,
    "Currency": _everybody,
    "Country": _everybody,
    "State": _everybody,
    "TimeZone": _everybody,
    "City": _everybody,
    "Language": _everybody,
    "Subject": _everybody,
    "TagGroup": lambda eyes, row: row["public"] or eyes.may("taxonomy.manage"),
    "TagCategory": _sees_category,
    "Tag": lambda eyes, row: eyes.sees(
        "TagCategory", eyes.rows.one("tag_category", row["category_id"])
    ),
    "AiModel": lambda eyes, row: row["status"] == "ACTIVE" or eyes.may("ai_model.manage"),
    "PromptTemplate": lambda eyes, _: eyes.may("prompt.read"),
    "SubscriptionPlan": lambda eyes, row: row["active"] or eyes.may("plan.manage"),
    # Part of a plan: whoever got there sees it.
    "SubscriptionPlanLimits": _everybody,
    "Role": lambda eyes, _: eyes.may("role.manage") or eyes.may("user.manage"),
    # Only fields that ask for a permission lead to these.
    "Permission": _everybody,
    "AdminUser": _everybody,
    "UserRole": _everybody,
    "AuditEntry": _everybody,
    "AuditChange": _everybody,
    # Only their owner is led to these.
    "ApiToken": _everybody,
    "OauthAccount": _everybody,
    "Notification": lambda eyes, row: _own(eyes, row) and row["listed"],
    # Their way to them asks who they are.
    "NotificationInbox": _everybody,
    "NotificationSetting": _everybody,
    "DataExport": _own,
    "RetentionPolicy": lambda eyes, _: eyes.may("retention.manage"),
    "RetentionHold": _everybody,
}

# What leads to a row that its type's condition may hide, for whoever sees what leads there.
UNCONDITIONAL = frozenset((("AuditEntry", "actor"), ("AuditEntry", "subject")))


def newest_consents(rows: Rows, user: UUID | None) -> list[Row]:
    """A user's last answer to each purpose."""
    newest: dict[str, Row] = {}
    for row in sorted(rows.where("consent", user_id=user), key=lambda row: row["version"]):
        newest[row["purpose"]] = row
    return list(newest.values())


def _studied(rows: Rows, user: Row) -> list[Row]:
    chosen = {row["subject_id"] for row in rows.where("user_subject", user_id=user["id"])}
    return [row for row in rows.tables["subject"] if row["id"] in chosen]


def _devices(rows: Rows, user: Row) -> list[Row]:
    newest: dict[tuple[str, ...], Row] = {}
    mine = rows.where("auth_session", user_id=user["id"], scopes=None)
    for row in sorted(mine, key=lambda row: (row["created_at"], row["id"])):
        newest[row["device_type"], row["device_os"], row["device_browser"]] = row
    return list(newest.values())


def _auth_sessions(rows: Rows, user: Row) -> list[Row]:
    return [row for row in _live_sessions(rows, user["id"]) if row["scopes"] is None]


def _api_tokens(rows: Rows, user: Row) -> list[Row]:
    live = _live_sessions(rows, user["id"])
    mine = {row["id"] for row in live if row["scopes"] is not None}
    return [row for row in rows.tables["api_token"] if row["id"] in mine]


def _among(rows: Rows, of: Row) -> list[Row]:
    return [row for row in rows.tables["transcript_segment"] if row["id"] in of["segment_ids"]]


def _largest(rows: Rows, zone: Row) -> Row | None:
    there = rows.where("city", time_zone_id=zone["id"])
    return max(there, key=lambda row: (row["population"], row["id"]), default=None)


def _before(rows: Rows, prompt: Row) -> Row | None:
    found = rows.where("prompt_template", key=prompt["key"], version=prompt["version"] - 1)
    return next(iter(found), None)


def _person(column: str) -> Callable[[Rows, Row], Row | None]:
    def led(rows: Rows, entry: Row) -> Row | None:
        if column == "subject" and entry["subject_kind"] != "user":
            return None
        known = rows.where("audit_person", alias=entry[column])
        return rows.one("user_account", known[0]["user_id"]) if known else None

    return led


def _changes(rows: Rows, entry: Row) -> list[Row]:
    """What an entry says has changed, by name."""
    details = rows.where("audit_detail", sequence=entry["sequence"])
    parts = [json.loads(row[name] or "{}") or {} for row in details for name in ("before", "after")]
    return [{"name": name} for name in {name for part in parts for name in part}]


def _edge(table: str, column: str) -> Callable[[Rows, Row], Row | None]:
    return lambda rows, row: rows.one(table, row[column])


def _below(table: str, column: str, key: str = "id") -> Callable[[Rows, Row], list[Row]]:
    return lambda rows, row: rows.where(table, **{column: row[key]})


# Interfaces, and of which type each of their rows is.
TOLD: Mapping[str, Callable[[Row], str]] = {
    "Exercise": lambda row: f"{row['kind'].capitalize()}Exercise",
}

# The rows that a field leads to: one or none, or a list.
LEADS: Mapping[tuple[str, str], Callable[[Rows, Row], Row | list[Row] | None]] = {
    ("Viewer", "user"): lambda _, row: row,
    ("Viewer", "authSessions"): _auth_sessions,
    ("Viewer", "devices"): _devices,
    ("Viewer", "apiTokens"): _api_tokens,
    ("Viewer", "oauthAccounts"): _below("oauth_account", "user_id"),
    ("Viewer", "inbox"): lambda _, row: row,
    # Every type by every channel.
    ("NotificationInbox", "settings"): lambda _, __: (
        [{}] * (len(NotificationType) * len(NotificationChannel))
    ),
    ("RetentionPolicy", "savedBy"): _edge("user_account", "saved_by_id"),
    ("RetentionPolicy", "holds"): _below("retention_hold", "policy_id"),
    ("RetentionHold", "placedBy"): _edge("user_account", "placed_by_id"),
    **{("Viewer", name): lambda _, row: row for name in ("profile", "address", "preferences")},
    ("Viewer", "tags"): _below("user_tag", "user_id"),
    ("Viewer", "subjects"): _studied,
    ("Viewer", "blockedUsers"): _below("user_block", "blocker_id"),
    ("Preferences", "reminders"): lambda _, row: row,
    ("Preferences", "privacy"): lambda _, row: row,
    ("User", "profile"): lambda _, row: row,
    ("Profile", "country"): _edge("country", "country_id"),
    ("Profile", "tags"): _below("user_tag", "user_id"),
    ("Profile", "subjects"): _studied,
    ("UserTag", "tag"): _edge("tag", "tag_id"),
    ("UserBlock", "user"): _edge("user_account", "blocked_id"),
    ("Viewer", "consents"): lambda rows, row: newest_consents(rows, row["id"]),
    ("Message", "sender"): _edge("user_account", "sender_id"),
    ("Message", "replyTo"): _edge("message", "reply_to_id"),
    ("StudySession", "host"): _edge("user_account", "host_id"),
    ("StudySession", "participants"): _below("session_participant", "session_id"),
    ("StudySession", "conversation"): _edge("conversation", "conversation_id"),
    ("StudySession", "cursors"): lambda _, row: row,
    ("SessionParticipant", "user"): _edge("user_account", "user_id"),
    ("Transcript", "segments"): _below("transcript_segment", "session_id"),
    ("TranscriptSegment", "speaker"): _edge("user_account", "speaker_id"),
    ("Insight", "segments"): _among,
    ("SessionAnswer", "asker"): _edge("user_account", "asker_id"),
    ("SessionAnswer", "segments"): _among,
    ("SessionSummary", "knowledgeGaps"): lambda _, row: json.loads(row["knowledge_gaps"]),
    ("SessionSummary", "questions"): _below("session_answer", "session_id", "session_id"),
    ("Course", "instructor"): _edge("user_account", "instructor_id"),
    ("Course", "subject"): _edge("subject", "subject_id"),
    ("Course", "sections"): _below("course_section", "course_id"),
    ("Section", "course"): _edge("course", "course_id"),
    ("Section", "lessons"): _below("lesson", "section_id"),
    ("Lesson", "section"): _edge("course_section", "section_id"),
    ("Lesson", "exercises"): _below("exercise", "lesson_id"),
    ("VideoExercise", "lesson"): _edge("lesson", "lesson_id"),
    ("MaterialExercise", "lesson"): _edge("lesson", "lesson_id"),
    ("QuizExercise", "lesson"): _edge("lesson", "lesson_id"),
    ("AssignmentExercise", "lesson"): _edge("lesson", "lesson_id"),
    ("CodingExercise", "lesson"): _edge("lesson", "lesson_id"),
    ("QuizExercise", "questions"): _below("quiz_question", "exercise_id"),
    ("QuizQuestion", "options"): _below("quiz_option", "question_id"),
    ("CodingExercise", "tests"): _below("coding_test", "exercise_id"),
    ("Currency", "countries"): _below("country", "currency_id"),
    ("Country", "currency"): _edge("currency", "currency_id"),
    ("Country", "states"): _below("state", "country_id"),
    ("Country", "timeZones"): _below("time_zone", "country_id"),
    ("Country", "cities"): _below("city", "country_id"),
    ("State", "country"): _edge("country", "country_id"),
    ("State", "parent"): _edge("state", "parent_id"),
    ("State", "parts"): _below("state", "parent_id"),
    ("State", "cities"): _below("city", "state_id"),
    ("TimeZone", "country"): _edge("country", "country_id"),
    ("TimeZone", "largestCity"): _largest,
    ("City", "country"): _edge("country", "country_id"),
    ("City", "state"): _edge("state", "state_id"),
    ("City", "timeZone"): _edge("time_zone", "time_zone_id"),
    ("TagGroup", "categories"): _below("tag_category", "group_id"),
    ("TagCategory", "group"): _edge("tag_group", "group_id"),
    ("TagCategory", "tags"): _below("tag", "category_id"),
    ("Tag", "category"): _edge("tag_category", "category_id"),
    ("PromptTemplate", "model"): _edge("ai_model", "model_id"),
    ("PromptTemplate", "savedBy"): _edge("user_account", "saved_by_id"),
    ("PromptTemplate", "previous"): _before,
    ("PromptTemplate", "versions"): _below("prompt_template", "key", "key"),
    ("SubscriptionPlan", "limits"): lambda _, row: row,
    ("AdminUser", "roles"): _below("user_role", "user_id"),
    ("UserRole", "role"): _edge("role", "role_id"),
    ("AuditEntry", "actor"): _person("actor"),
    ("AuditEntry", "subject"): _person("subject"),
    ("AuditEntry", "changes"): _changes,
}

# The table and the prefix of what `nodes` finds.
NODES: Mapping[str, tuple[str, str]] = {
    "User": ("user_account", "usr"),
    "UserTag": ("user_tag", "utg"),
    "UserBlock": ("user_block", "blk"),
    "Conversation": ("conversation", "cnv"),
    "Message": ("message", "msg"),
    "StudySession": ("study_session", "sts"),
    "TranscriptSegment": ("transcript_segment", "seg"),
    "Insight": ("insight", "ins"),
    "SessionAnswer": ("session_answer", "ans"),
    "Course": ("course", "crs"),
    "Section": ("course_section", "sec"),
    "Lesson": ("lesson", "les"),
    "Exercise": ("exercise", "exe"),
    "QuizQuestion": ("quiz_question", "qst"),
    "QuizOption": ("quiz_option", "opt"),
    "CodingTest": ("coding_test", "tst"),
    "Currency": ("currency", "cur"),
    "Country": ("country", "cty"),
    "State": ("state", "sta"),
    "TimeZone": ("time_zone", "tzn"),
    "City": ("city", "cit"),
    "Language": ("language", "lng"),
    "Subject": ("subject", "sub"),
    "TagGroup": ("tag_group", "tgg"),
    "TagCategory": ("tag_category", "tgc"),
    "Tag": ("tag", "tag"),
    "AiModel": ("ai_model", "aim"),
    "PromptTemplate": ("prompt_template", "prt"),
    "SubscriptionPlan": ("subscription_plan", "pln"),
    "Role": ("role", "rol"),
    "Notification": ("notification", "ntf"),
    "DataExport": ("data_export", "exp"),
    "RetentionPolicy": ("retention_policy", "rtp"),
}

# The field that tells an object from others of its type, and what it is of a row.
KEYS: Mapping[str, tuple[str, Callable[[Row], Any]]] = {
    "Viewer": ("email", lambda row: row["email"]),
    "AuthSession": ("id", lambda row: to_global("ses", row["id"])),
    "Consent": ("purpose", lambda row: row["purpose"]),
    "Device": ("sessionId", lambda row: to_global("ses", row["id"])),
    "Profile": ("timeZone", lambda row: row["time_zone"]),
    "Address": ("address", lambda row: row["address"]),
    "Preferences": ("sessionMinutes", lambda row: row["session_minutes"]),
    "ReminderSettings": ("minutesBefore", lambda row: row["reminder_minutes_before"]),
    "PrivacySettings": ("email", lambda row: row["email_audience"]),
    "SessionParticipant": ("attendedSeconds", lambda row: row["attended_seconds"]),
    "KnowledgeGap": ("concept", lambda row: row["concept"]),
    "Permission": ("key", lambda row: row["key"]),
    "AdminUser": ("id", lambda row: to_global("usr", row["id"])),
    "AuditEntry": ("number", lambda row: str(row["sequence"])),
    "AuditChange": ("name", lambda row: row["name"]),
    "ApiToken": ("id", lambda row: to_global("apt", row["id"])),
    "OauthAccount": ("id", lambda row: to_global("oau", row["id"])),
    "RetentionHold": ("id", lambda row: to_global("hld", row["id"])),
    # Told apart by the interface.
    "VideoExercise": ("id", lambda row: to_global("exe", row["id"])),
    "MaterialExercise": ("id", lambda row: to_global("exe", row["id"])),
    "QuizExercise": ("id", lambda row: to_global("exe", row["id"])),
    "AssignmentExercise": ("id", lambda row: to_global("exe", row["id"])),
    "CodingExercise": ("id", lambda row: to_global("exe", row["id"])),
    # Their way to them says which one it is.
    "NotificationInbox": ("__typename", lambda _: "NotificationInbox"),
    "NotificationSetting": ("__typename", lambda _: "NotificationSetting"),
    "UserRole": ("__typename", lambda _: "UserRole"),
    "Transcript": ("__typename", lambda _: "Transcript"),
    "SessionCursors": ("__typename", lambda _: "SessionCursors"),
    "SessionSummary": ("__typename", lambda _: "SessionSummary"),
    "SubscriptionPlanLimits": ("__typename", lambda _: "SubscriptionPlanLimits"),
}
