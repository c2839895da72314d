"""What the tables' metadata doesn't say: shapes, streams' names, who takes part in what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.accounts.models import AccountStatus, Audience, TagSource
from app.accounts.roles import SYSTEM_ROLES
from app.messaging.events import conversation_stream
from app.notifications.events import notifications_stream
from app.reference.packages import time_zones
from app.sessions.events import insight_stream, session_stream, transcript_stream
from app.sessions.models import ParticipantRole, ParticipantStatus
from tests.engine import values
from tests.engine.filling import Filling, Row, Rule
from tests.engine.people import PEOPLE, person, small, unique_text, user
from tests.engine.rooms import ROOMS

# Filled by the program itself, or read by no type.
UNREAD = frozenset(
    (
        "ai_usage",
        "alembic_version",
        "auth_challenge",
        "dead_job",
        "idempotency_key",
        "login_failures",
        "message_client_key",
        "oauth_flow",
        "outbox",
        "permission",
        "place_release",
        "prompt_template",
        "recovery_code",
        "refresh_token",
        "retention_policy",
        "role",
        "role_permission",
        "stream_event",
        "trusted_document",
        *(table for room in ROOMS for table in room.unread),
    )
)

COUNTS: Mapping[str, int] = {
    "user_account": 36,
    "auth_session": 60,
    # Those whose sessions have scopes.
    "api_token": 0,
    "conversation": 20,
    "conversation_member": 150,
    "message": 150,
    "study_session": 24,
    "session_participant": 120,
    "transcript_segment": 120,
    "insight": 40,
    "session_answer": 40,
    "session_summary": 20,
    "speech_stream": 24,
    "audio_chunk": 24,
    "consent": 50,
    "user_tag": 100,
    "user_subject": 100,
    "user_block": 40,
    "notification": 100,
    **{name: each for room in ROOMS for name, each in room.counts.items()},
}
USUAL_COUNT = 30

# Filled after the others: they tell of rows that no reference leads to.
LATE = (
    "insight",
    "session_answer",
    "conversation_member",
    "stream",
    "audit_entry",
    "audit_detail",
    *(table for room in ROOMS for table in room.late),
)


def role_of(person: str) -> str:
    """The role that a person of `PEOPLE` has."""
    return person if person in SYSTEM_ROLES else "student"


def _keys(table: str) -> Rule:
    """Keys of rows that belong to the same session mostly; of nothing now and then."""

    def rule(filling: Filling, row: Row) -> list[UUID]:
        found = filling.rows.get(table, [])
        near = [each for each in found if each.get("session_id") == row.get("session_id")]
        made = []
        for _ in range(filling.rng.choice((0, 1, 2, 3, 6))):
            among = near if near and filling.chance(0.8) else found
            gone = not among or filling.chance(0.08)
            made.append(filling.key() if gone else filling.one(among)["id"])
        return made

    return rule


def _reply(filling: Filling, row: Row) -> UUID | None:
    found = filling.rows["message"]
    if not found or filling.chance(0.5):
        return None
    near = [each for each in found if each["conversation_id"] == row["conversation_id"]]
    return filling.key() if filling.chance(0.05) else filling.one(near or found)["id"]


def _gaps(filling: Filling, _: Row) -> list[dict[str, str]]:
    rng = filling.rng
    return [
        {
            "concept": values.text(rng),
            "severity": rng.choice(("low", "medium", "high")),
            "recommendation": values.text(rng),
        }
        for _ in range(rng.choice((0, 1, 2, 5)))
    ]


def _expiry(filling: Filling, _: Row) -> datetime:
    return filling.future() if filling.chance(0.8) else filling.past()


def _minutes(filling: Filling, _: Row) -> datetime | None:
    """Plausible mostly, so that a duration fits into 32 bits."""
    if filling.chance(0.3):
        return None
    return filling.past() if filling.chance(0.85) else filling.time()


def _start(filling: Filling, _: Row) -> datetime:
    """Some to come, several at the same time."""
    return filling.future() if filling.chance(0.2) else filling.time()


_ZONES = tuple(row["name"] for row in time_zones())


def _zone(filling: Filling, _: Row) -> str:
    """One that the database can tell the time of."""
    return filling.rng.choice(_ZONES)


def _parent(filling: Filling, row: Row) -> UUID | None:
    """One of those before it, of the same country or not."""
    found = filling.rows["state"]
    return None if not found or filling.chance(0.4) else filling.one(found)["id"]


def _subject(filling: Filling, row: Row) -> UUID | None:
    return None if row["subject_kind"] is None else filling.key()


def _alias(filling: Filling, _: Row) -> UUID | None:
    """Somebody's mostly; of somebody who was erased, or nobody's, now and then."""
    if filling.chance(0.2):
        return None
    gone = filling.chance(0.1)
    return filling.key() if gone else filling.one(filling.rows["audit_person"])["alias"]


def _subject_kind(filling: Filling, _: Row) -> str:
    return filling.rng.choice(("user", "user", "role"))


def _seldom_null(filling: Filling, _: Row) -> datetime | None:
    return filling.time() if filling.chance(0.15) else None


def _audience(filling: Filling, _: Row) -> Audience:
    """Mostly one that shows something."""
    return filling.rng.choice((Audience.EVERYBODY, Audience.SIGNED_IN, *Audience))


def _another(filling: Filling, row: Row) -> UUID:
    """Somebody else than the one who blocks."""
    users = [user["id"] for user in filling.rows["user_account"]]
    found: UUID = filling.one([each for each in users if each != row["blocker_id"]])
    return found


def _accepted(filling: Filling, row: Row) -> bool | None:
    """Only what was suggested waits for an answer."""
    suggested = row["source"] is TagSource.AI
    return filling.rng.choice((None, True, False)) if suggested else True


RULES: Mapping[str, Rule] = {
    "user_account.username": unique_text("username"),
    "user_account.email": unique_text("email"),
    "user_account.password_hash": lambda filling, _: None if filling.chance(0.3) else "",
    "user_account.status": lambda filling, _: (
        AccountStatus.ACTIVE if filling.chance(0.85) else filling.rng.choice(list(AccountStatus))
    ),
    **{
        f"user_account.{name}_audience": _audience
        for name in ("profile", "email", "institution", "location", "birth_date")
    },
    "user_block.blocked_id": _another,
    "user_tag.rating": lambda filling, _: filling.rng.choice((None, 1, 7, 10)),
    "user_tag.accepted": _accepted,
    "auth_session.ended_at": _seldom_null,
    "auth_session.expires_at": _expiry,
    "user_role.role_id": lambda filling, _: filling.one(filling.rows["role"])["id"],
    "user_role.expires_at": lambda filling, _: filling.past(),
    "consent.version": small,
    "conversation_member.user_id": user,
    "conversation_member.left_at": _seldom_null,
    "message.deleted_at": _seldom_null,
    "message.reply_to_id": _reply,
    "message.mentions": _keys("user_account"),
    "study_session.started_at": _minutes,
    "study_session.ended_at": _minutes,
    "study_session.scheduled_start": _start,
    "study_session.time_zone": lambda filling, _: filling.rng.choice(("UTC", "Asia/Jakarta")),
    "study_session.public": lambda filling, _: filling.chance(0.35),
    "study_session.host_id": user,
    "session_participant.user_id": user,
    "insight.segment_ids": _keys("transcript_segment"),
    "session_answer.segment_ids": _keys("transcript_segment"),
    "session_summary.knowledge_gaps": _gaps,
    "state.parent_id": _parent,
    "time_zone.name": _zone,
    "notification.subject_id": _subject,
    "notification.listed": lambda filling, _: filling.chance(0.8),
    "audit_entry.actor": _alias,
    "audit_entry.subject": _alias,
    "audit_entry.subject_kind": _subject_kind,
    "user_account.locked_until": _seldom_null,
    "retention_hold.user_id": lambda filling, row: (
        None if row.get("session_id") or filling.chance(0.5) else user(filling, row)
    ),
    "retention_hold.session_id": lambda filling, row: (
        None if row["user_id"] else filling.one(filling.rows["study_session"])["id"]
    ),
    "ai_model.default_for": lambda filling, row: row["kind"] if filling.chance(0.3) else None,
    **{name: each for room in ROOMS for name, each in room.rules.items()},
}


def _users(_: Filling) -> Iterable[Row]:
    # One of those who look is on the boards for sure, and so sees them.
    shown = {"profile_audience": Audience.SIGNED_IN, "leaderboard_audience": Audience.SIGNED_IN}
    for name in PEOPLE:
        yield {"status": AccountStatus.ACTIVE, **(shown if name == "admin" else {})}


def _blocks(filling: Filling) -> Iterable[Row]:
    yield {"blocker_id": person(filling, "host"), "blocked_id": person(filling, "stranger")}
    yield {"blocker_id": person(filling, "guest"), "blocked_id": person(filling, "host")}


def _roles(filling: Filling) -> Iterable[Row]:
    ids = {row["name"]: row["id"] for row in filling.rows["role"]}
    for name in PEOPLE:
        user_id = person(filling, name)
        yield {"user_id": user_id, "role_id": ids[role_of(name)], "expires_at": None}


def _auth_sessions(filling: Filling) -> Iterable[Row]:
    # First a device of each, then an API token.
    for scopes in (None, ["account.read"]):
        for name in PEOPLE:
            yield {
                "user_id": person(filling, name),
                "expires_at": filling.future(),
                "ended_at": None,
                "scopes": scopes,
            }


def _api_tokens(filling: Filling) -> Iterable[Row]:
    for row in filling.rows["auth_session"]:
        if row["scopes"] is not None:
            yield {"id": row["id"]}


def _oauth_accounts(filling: Filling) -> Iterable[Row]:
    for name in PEOPLE:
        yield {"user_id": person(filling, name)}


def _sessions(filling: Filling) -> Iterable[Row]:
    for number in range(COUNTS["study_session"]):
        if number % 3 == 0:
            yield {"host_id": person(filling, "host")}


def _participants(filling: Filling) -> Iterable[Row]:
    for number, session in enumerate(filling.rows["study_session"]):
        start = {"session_id": session["id"]}
        host = {"user_id": session["host_id"], "role": ParticipantRole.HOST}
        yield start | host | {"status": ParticipantStatus.ACCEPTED}
        for name, status in (
            ("guest", filling.rng.choice(list(ParticipantStatus))),
            ("declined guest", ParticipantStatus.DECLINED),
        ):
            key = person(filling, name)
            if number % 2 and key != session["host_id"]:
                yield start | {"user_id": key, "status": status}


def _members(filling: Filling) -> Iterable[Row]:
    declined = {
        (row["session_id"], row["user_id"])
        for row in filling.rows["session_participant"]
        if row["status"] is ParticipantStatus.DECLINED
    }
    for row in filling.rows["session_participant"]:
        if (row["session_id"], row["user_id"]) not in declined and filling.chance(0.7):
            [chat] = [
                each["conversation_id"]
                for each in filling.rows["study_session"]
                if each["id"] == row["session_id"]
            ]
            yield {"conversation_id": chat, "user_id": row["user_id"], "left_at": None}


def _streams(filling: Filling) -> Iterable[Row]:
    names = [conversation_stream(row["id"]) for row in filling.rows["conversation"]]
    names += [notifications_stream(row["id"]) for row in filling.rows["user_account"]]
    for row in filling.rows["study_session"]:
        names += [make(row["id"]) for make in (session_stream, transcript_stream, insight_stream)]
    for name in names:
        if filling.chance(0.6):
            yield {"name": name, "last": filling.rng.choice((1, 7, 2**31, 2**53 + 1, 2**63 - 1))}


# Rows that there are in every world, before those of chance.
GIVEN: Mapping[str, Any] = {
    "user_account": _users,
    "user_role": _roles,
    "user_block": _blocks,
    "auth_session": _auth_sessions,
    "api_token": _api_tokens,
    "oauth_account": _oauth_accounts,
    "study_session": _sessions,
    "session_participant": _participants,
    "conversation_member": _members,
    "stream": _streams,
    **{name: each for room in ROOMS for name, each in room.given.items()},
}

# The prefix of global ids, and the type, of a table's rows.
NODES: Mapping[str, tuple[str, str]] = {
    "user_account": ("usr", "User"),
    "user_tag": ("utg", "UserTag"),
    "user_block": ("blk", "UserBlock"),
    "conversation": ("cnv", "Conversation"),
    "message": ("msg", "Message"),
    "study_session": ("sts", "StudySession"),
    "transcript_segment": ("seg", "TranscriptSegment"),
    "insight": ("ins", "Insight"),
    "session_answer": ("ans", "SessionAnswer"),
    "auth_session": ("ses", "AuthSession"),
    "api_token": ("apt", "ApiToken"),
    "oauth_account": ("oau", "OauthAccount"),
    "currency": ("cur", "Currency"),
    "country": ("cty", "Country"),
    "state": ("sta", "State"),
    "time_zone": ("tzn", "TimeZone"),
    "city": ("cit", "City"),
    "language": ("lng", "Language"),
    "subject": ("sub", "Subject"),
    "tag_group": ("tgg", "TagGroup"),
    "tag_category": ("tgc", "TagCategory"),
    "tag": ("tag", "Tag"),
    "ai_model": ("aim", "AiModel"),
    "prompt_template": ("prt", "PromptTemplate"),
    "notification": ("ntf", "Notification"),
    "subscription_plan": ("pln", "SubscriptionPlan"),
    "role": ("rol", "Role"),
    "data_export": ("exp", "DataExport"),
    "retention_policy": ("rtp", "RetentionPolicy"),
    **{table: (prefix, name) for room in ROOMS for name, (table, prefix) in room.nodes.items()},
}
