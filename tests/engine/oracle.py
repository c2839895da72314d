"""Who may see what, said once more in plain Python over the rows of all tables.

Nothing here comes from the policies or the declarations: what they say in SQL is compared with
this. `SEES` says of each type who sees a row, `LEADS` of each field which rows it leads to,
whoever asks. What a room says of itself is in `rooms`; here is the rest, and all together.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.core.ids import to_global
from app.notifications.models import NotificationChannel, NotificationType
from tests.engine.eyes import SEES, Eyes, Row, Rows, below, edge, everybody
from tests.engine.rooms import ROOMS


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


_SEES: Mapping[str, Callable[[Eyes, Row], bool]] = {
    "User": lambda _, row: row["status"] == "ACTIVE",
    "Viewer": lambda eyes, row: row["id"] == eyes.me,
    "Profile": _sees_profile,
    "UserTag": _sees_user_tag,
    "UserBlock": lambda eyes, row: eyes.me is not None and row["blocker_id"] == eyes.me,
    "Device": _own,
    # Parts of the viewer: whoever got there sees them.
    "Address": everybody,
    "Preferences": everybody,
    "ReminderSettings": everybody,
    "PrivacySettings": everybody,
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
    "Currency": everybody,
    "Country": everybody,
    "State": everybody,
    "TimeZone": everybody,
    "City": everybody,
    "Language": everybody,
    "Subject": everybody,
    "TagGroup": lambda eyes, row: row["public"] or eyes.may("taxonomy.manage"),
    "TagCategory": _sees_category,
    "Tag": lambda eyes, row: eyes.sees(
        "TagCategory", eyes.rows.one("tag_category", row["category_id"])
    ),
    "AiModel": lambda eyes, row: row["status"] == "ACTIVE" or eyes.may("ai_model.manage"),
    "PromptTemplate": lambda eyes, _: eyes.may("prompt.read"),
    "SubscriptionPlan": lambda eyes, row: row["active"] or eyes.may("plan.manage"),
    # Part of a plan: whoever got there sees it.
    "SubscriptionPlanLimits": everybody,
    "Role": lambda eyes, _: eyes.may("role.manage") or eyes.may("user.manage"),
    # Only fields that ask for a permission lead to these.
    "Permission": everybody,
    "AdminUser": everybody,
    "UserRole": everybody,
    "AuditEntry": everybody,
    "AuditChange": everybody,
    # Only their owner is led to these.
    "ApiToken": everybody,
    "OauthAccount": everybody,
    "Notification": lambda eyes, row: _own(eyes, row) and row["listed"],
    # Their way to them asks who they are.
    "NotificationInbox": everybody,
    "NotificationSetting": everybody,
    "DataExport": _own,
    "RetentionPolicy": lambda eyes, _: eyes.may("retention.manage"),
    "RetentionHold": everybody,
    **{name: each for room in ROOMS for name, each in room.sees.items()},
}
SEES.update(_SEES)

# What leads to a row that its type's condition may hide, for whoever sees what leads there.
UNCONDITIONAL = frozenset(
    (
        ("MessageAttachment", "file"),
        ("AuditEntry", "actor"),
        ("AuditEntry", "subject"),
        ("AssignmentSubmission", "file"),
        ("SessionResource", "file"),
        # One that isn't sold any more is still the plan of who has it.
        ("PremiumSubscription", "plan"),
    )
)


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


# Interfaces, and of which type each of their rows is.
TOLD: Mapping[str, Callable[[Row], str]] = {
    name: told for room in ROOMS for name, told in room.told.items()
}

# The rows that a field leads to: one or none, or a list.
LEADS: Mapping[tuple[str, str], Callable[[Rows, Row], Row | list[Row] | None]] = {
    ("Viewer", "user"): lambda _, row: row,
    ("Viewer", "authSessions"): _auth_sessions,
    ("Viewer", "devices"): _devices,
    ("Viewer", "apiTokens"): _api_tokens,
    ("Viewer", "oauthAccounts"): below("oauth_account", "user_id"),
    ("Viewer", "inbox"): lambda _, row: row,
    # Every type by every channel.
    ("NotificationInbox", "settings"): lambda _, __: (
        [{}] * (len(NotificationType) * len(NotificationChannel))
    ),
    ("RetentionPolicy", "savedBy"): edge("user_account", "saved_by_id"),
    ("RetentionPolicy", "holds"): below("retention_hold", "policy_id"),
    ("RetentionHold", "placedBy"): edge("user_account", "placed_by_id"),
    **{("Viewer", name): lambda _, row: row for name in ("profile", "address", "preferences")},
    ("Viewer", "tags"): below("user_tag", "user_id"),
    ("Viewer", "subjects"): _studied,
    ("Viewer", "blockedUsers"): below("user_block", "blocker_id"),
    ("Preferences", "reminders"): lambda _, row: row,
    ("Preferences", "privacy"): lambda _, row: row,
    ("User", "profile"): lambda _, row: row,
    ("Profile", "country"): edge("country", "country_id"),
    ("Profile", "tags"): below("user_tag", "user_id"),
    ("Profile", "subjects"): _studied,
    ("UserTag", "tag"): edge("tag", "tag_id"),
    ("UserBlock", "user"): edge("user_account", "blocked_id"),
    ("Viewer", "consents"): lambda rows, row: newest_consents(rows, row["id"]),
    ("Message", "sender"): edge("user_account", "sender_id"),
    ("Message", "replyTo"): edge("message", "reply_to_id"),
    ("StudySession", "host"): edge("user_account", "host_id"),
    ("StudySession", "participants"): below("session_participant", "session_id"),
    ("StudySession", "conversation"): edge("conversation", "conversation_id"),
    ("StudySession", "cursors"): lambda _, row: row,
    ("SessionParticipant", "user"): edge("user_account", "user_id"),
    ("Transcript", "segments"): below("transcript_segment", "session_id"),
    ("TranscriptSegment", "speaker"): edge("user_account", "speaker_id"),
    ("Insight", "segments"): _among,
    ("SessionAnswer", "asker"): edge("user_account", "asker_id"),
    ("SessionAnswer", "segments"): _among,
    ("SessionSummary", "knowledgeGaps"): lambda _, row: json.loads(row["knowledge_gaps"]),
    ("SessionSummary", "questions"): below("session_answer", "session_id", "session_id"),
    ("Currency", "countries"): below("country", "currency_id"),
    ("Country", "currency"): edge("currency", "currency_id"),
    ("Country", "states"): below("state", "country_id"),
    ("Country", "timeZones"): below("time_zone", "country_id"),
    ("Country", "cities"): below("city", "country_id"),
    ("State", "country"): edge("country", "country_id"),
    ("State", "parent"): edge("state", "parent_id"),
    ("State", "parts"): below("state", "parent_id"),
    ("State", "cities"): below("city", "state_id"),
    ("TimeZone", "country"): edge("country", "country_id"),
    ("TimeZone", "largestCity"): _largest,
    ("City", "country"): edge("country", "country_id"),
    ("City", "state"): edge("state", "state_id"),
    ("City", "timeZone"): edge("time_zone", "time_zone_id"),
    ("TagGroup", "categories"): below("tag_category", "group_id"),
    ("TagCategory", "group"): edge("tag_group", "group_id"),
    ("TagCategory", "tags"): below("tag", "category_id"),
    ("Tag", "category"): edge("tag_category", "category_id"),
    ("PromptTemplate", "model"): edge("ai_model", "model_id"),
    ("PromptTemplate", "savedBy"): edge("user_account", "saved_by_id"),
    ("PromptTemplate", "previous"): _before,
    ("PromptTemplate", "versions"): below("prompt_template", "key", "key"),
    ("SubscriptionPlan", "limits"): lambda _, row: row,
    ("AdminUser", "roles"): below("user_role", "user_id"),
    ("UserRole", "role"): edge("role", "role_id"),
    ("AuditEntry", "actor"): _person("actor"),
    ("AuditEntry", "subject"): _person("subject"),
    ("AuditEntry", "changes"): _changes,
    **{name: each for room in ROOMS for name, each in room.leads.items()},
}

# The row that a field leads to for somebody: their own.
OWN: Mapping[tuple[str, str], Callable[[Eyes, Row], Row | list[Row] | None]] = {
    name: each for room in ROOMS for name, each in room.own.items()
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
    **{name: each for room in ROOMS for name, each in room.nodes.items()},
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
    # Their way to them says which one it is.
    "NotificationInbox": ("__typename", lambda _: "NotificationInbox"),
    "NotificationSetting": ("__typename", lambda _: "NotificationSetting"),
    "UserRole": ("__typename", lambda _: "UserRole"),
    "Transcript": ("__typename", lambda _: "Transcript"),
    "SessionCursors": ("__typename", lambda _: "SessionCursors"),
    "SessionSummary": ("__typename", lambda _: "SessionSummary"),
    "SubscriptionPlanLimits": ("__typename", lambda _: "SubscriptionPlanLimits"),
    **{name: each for room in ROOMS for name, each in room.keys.items()},
}
