"""What somebody practises, and the flashcards in their vault."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.ids import to_global
from app.courses.models import PracticeStatus, ProgressActivity, ProgressLog
from app.courses.models.practice import NEEDED_OF_ACTIVITY
from app.vault.models import FlashcardState
from tests.engine.calls import by_id, pages_of
from tests.engine.eyes import Eyes, Row, Rows, below, edge, everybody
from tests.engine.filling import Filling, Rule
from tests.engine.people import person, small, unique_text, user
from tests.engine.room import Room

_LOGS = ("ExerciseLog", "QuizLog", "ReadingLog", "PracticeLog", "ReflectionLog")
_NEW_A_DAY = 20
_RECORDS = 60
_ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")


def _own(column: str) -> Any:
    return lambda eyes, row: eyes.me is not None and row[column] == eyes.me


def _sees_card(eyes: Eyes, card: Row) -> bool:
    return eyes.sees("Resource", eyes.rows.one("resource", card["resource_id"]))


def _sees_schedule(eyes: Eyes, schedule: Row) -> bool:
    seen = eyes.sees("Flashcard", eyes.rows.one("flashcard", schedule["card_id"]))
    return _own("user_id")(eyes, schedule) and seen


def _sets(_: Rows, log: Row) -> list[Row]:
    return [{"repetitions": each} for each in log["reps"]]


def _schedule(rows: Rows, card: Row) -> Row | None:
    """That of the deck's owner, who alone sees the card."""
    deck = rows.one("resource", card["resource_id"])
    assert deck is not None
    found = rows.where("flashcard_schedule", card_id=card["id"], user_id=deck["owner_id"])
    return found[0] if found else None


def _begun_today(eyes: Eyes) -> int:
    user = eyes.rows.one("user_account", eyes.me)
    assert user is not None
    local = eyes.rows.time.astimezone(ZoneInfo(user["time_zone"]))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    first = eyes.rows.where("flashcard_review", user_id=eyes.me, number=1)
    return sum(row["reviewed_at"] >= midnight for row in first)


def _due_of(eyes: Eyes, deck: UUID | None) -> list[Row]:
    cards = {
        row["id"]
        for row in eyes.rows.tables["flashcard"]
        if deck is None or row["resource_id"] == deck
    }
    mine = [
        row
        for row in eyes.rows.where("flashcard_schedule", user_id=eyes.me)
        if row["card_id"] in cards
    ]
    new = sorted(
        (row for row in mine if row["state"] == "NEW"), key=lambda row: (row["due"], row["id"])
    )
    left = max(0, _NEW_A_DAY - _begun_today(eyes))
    again = [row for row in mine if row["state"] != "NEW" and row["due"] <= eyes.rows.time]
    return again + new[:left]


def _due(rows: Rows) -> Iterator[tuple[str, Any]]:
    yield "(first: 100)", lambda eyes: _due_of(eyes, None)
    for row in rows.tables["resource"][:6]:
        key = to_global("rsc", row["id"])
        yield f'(deckId: "{key}", first: 100)', lambda eyes, row=row: _due_of(eyes, row["id"])


def _mine(filling: Filling, _: Row) -> UUID:
    """Often the same one's, so that somebody has many; never the stranger's."""
    name = filling.rng.choice(("host", "guest", "student"))
    return person(filling, name)


# What a log of an activity may have besides what it needs.
_OPTIONAL = {
    ProgressActivity.EXERCISE: ("weight_kg", "volume_kg"),
    ProgressActivity.QUIZ: ("pace_per_hour",),
    ProgressActivity.READING: ("pace_per_hour",),
    ProgressActivity.PRACTICE: ("pace_per_hour",),
    ProgressActivity.REFLECTION: ("confidence",),
}
_COMPUTED = {
    ProgressActivity.EXERCISE: ("repetitions",),
    ProgressActivity.QUIZ: ("accuracy_percent",),
    ProgressActivity.PRACTICE: ("accuracy_percent",),
}


def _of_activity(name: str) -> Rule:
    """What only logs of some activities have."""
    column = ProgressLog.__table__.c[name]  # type: ignore[attr-defined]

    def rule(filling: Filling, row: Row) -> Any:
        activity = row["activity"]
        needed = (*NEEDED_OF_ACTIVITY[activity], *_COMPUTED.get(activity, ()))
        may = name in _OPTIONAL[activity] and filling.chance(0.7)
        return filling.value_of(column) if name in needed or may else None

    return rule


def _scored(name: str) -> Rule:
    def rule(filling: Filling, row: Row) -> int | None:
        if row["activity"] not in (ProgressActivity.QUIZ, ProgressActivity.PRACTICE):
            return None
        return filling.rng.randint(0, 5) if name == "correct" else filling.rng.randint(5, 9)

    return rule


def _weight(filling: Filling, row: Row) -> float | None:
    exercise = row["activity"] is ProgressActivity.EXERCISE
    return filling.rng.randint(1, 900) / 4 if exercise and filling.chance(0.6) else None


def _unit(filling: Filling, row: Row) -> Any:
    column = ProgressLog.__table__.c.weight_unit  # type: ignore[attr-defined]
    return None if row["weight"] is None else filling.value_of(column)


def _active_since(filling: Filling, row: Row) -> datetime | None:
    return filling.past() if row["status"] is PracticeStatus.ACTIVE else None


def _ended_at(filling: Filling, row: Row) -> datetime | None:
    opened = (PracticeStatus.ACTIVE, PracticeStatus.PAUSED)
    return None if row["status"] in opened else filling.past()


def _known(make: Any) -> Rule:
    """What a card that was reviewed has."""

    def rule(filling: Filling, row: Row) -> Any:
        return None if row["state"] is FlashcardState.NEW else make(filling)

    return rule


def _step(filling: Filling, row: Row) -> int | None:
    stepping = (FlashcardState.LEARNING, FlashcardState.RELEARNING)
    return filling.rng.randrange(2) if row["state"] in stepping else None


def _schedules(filling: Filling) -> Iterator[Row]:
    for card in filling.rows["flashcard"]:
        [owner] = [
            each["owner_id"]
            for each in filling.rows["resource"]
            if each["id"] == card["resource_id"]
        ]
        yield {"card_id": card["id"], "user_id": owner}


def _records(filling: Filling) -> Iterator[Row]:
    """Each is of whose log it is."""
    for _ in range(_RECORDS):
        log = filling.one(filling.rows["progress_log"])
        yield {"log_id": log["id"], "user_id": log["user_id"]}


def _reviewed_at(filling: Filling, _: Row) -> datetime:
    """Days from now, so that no midnight is in between."""
    return filling.base - timedelta(days=filling.rng.randint(3, 30))


ROOM = Room(
    sees={
        "PracticeSession": _own("user_id"),
        "ProgressLog": _own("user_id"),
        **dict.fromkeys(_LOGS, _own("user_id")),
        # Part of a log: whoever got there sees it.
        "ExerciseSet": everybody,
        "PersonalRecord": _own("user_id"),
        "Resource": _own("owner_id"),
        "FlashcardDeck": _own("owner_id"),
        "Flashcard": _sees_card,
        "FlashcardSchedule": _sees_schedule,
    },
    leads={
        ("PracticeSession", "course"): edge("course", "course_id"),
        ("PracticeSession", "logs"): below("progress_log", "session_id"),
        **{
            (kind, name): lead
            for kind in _LOGS
            for name, lead in {
                "course": edge("course", "course_id"),
                "lesson": edge("lesson", "lesson_id"),
                "session": edge("practice_session", "session_id"),
                "records": below("personal_record", "log_id"),
            }.items()
        },
        ("ExerciseLog", "sets"): _sets,
        ("PersonalRecord", "log"): edge("progress_log", "log_id"),
        ("FlashcardDeck", "subject"): edge("subject", "subject_id"),
        ("FlashcardDeck", "owner"): edge("user_account", "owner_id"),
        ("FlashcardDeck", "cards"): below("flashcard", "resource_id"),
        ("Flashcard", "deck"): edge("resource", "resource_id"),
        ("Flashcard", "schedule"): _schedule,
        ("FlashcardSchedule", "card"): edge("flashcard", "card_id"),
    },
    told={
        "ProgressLog": lambda row: f"{row['activity'].capitalize()}Log",
        "Resource": lambda _: "FlashcardDeck",
    },
    nodes={
        "PracticeSession": ("practice_session", "prs"),
        "ProgressLog": ("progress_log", "plg"),
        "PersonalRecord": ("personal_record", "prc"),
        "Resource": ("resource", "rsc"),
        "Flashcard": ("flashcard", "fla"),
        "FlashcardSchedule": ("flashcard_schedule", "fsc"),
    },
    # Told apart by their interfaces.
    keys={
        **{kind: ("id", lambda row: to_global("plg", row["id"])) for kind in _LOGS},
        "FlashcardDeck": ("id", lambda row: to_global("rsc", row["id"])),
        "ExerciseSet": ("repetitions", lambda row: row["repetitions"]),
    },
    roots={
        "practiceSessions": pages_of("practice_session"),
        "progressLogs": pages_of("progress_log"),
        "resource": by_id("resource", "rsc"),
        "resources": pages_of("resource"),
        "flashcardsDue": _due,
    },
    unread=frozenset(("flashcard_review",)),
    counts={
        "practice_session": 24,
        "progress_log": 90,
        # All are given.
        "personal_record": 0,
        "resource": 16,
        "flashcard": 90,
        "flashcard_schedule": 100,
        "flashcard_review": 60,
    },
    rules={
        # Days begin by it: one that both the database and Python know.
        "user_account.time_zone": lambda filling, _: filling.rng.choice(_ZONES),
        "practice_session.user_id": user,
        "practice_session.active_since": _active_since,
        "practice_session.ended_at": _ended_at,
        "practice_session.worked_seconds": lambda filling, _: filling.rng.randrange(10**6),
        "progress_log.user_id": _mine,
        "progress_log.weight": _weight,
        "progress_log.weight_unit": _unit,
        "progress_log.correct": _scored("correct"),
        "progress_log.total": _scored("total"),
        "progress_log.reps": lambda filling, row: (
            [filling.rng.randint(1, 20) for _ in range(filling.rng.randint(1, 4))]
            if row["activity"] is ProgressActivity.EXERCISE
            else None
        ),
        **{
            f"progress_log.{name}": _of_activity(name)
            for name in (
                "pages", "body", "confidence", "weight_kg", "repetitions", "volume_kg",
                "accuracy_percent", "pace_per_hour",
            )
        },
        "resource.owner_id": _mine,
        "flashcard.position": small,
        "flashcard_schedule.user_id": _mine,
        "flashcard_schedule.version": lambda filling, row: (
            0 if row["state"] is FlashcardState.NEW else filling.rng.randint(1, 20)
        ),
        "flashcard_schedule.step": _step,
        "flashcard_schedule.stability": _known(lambda filling: filling.rng.random() * 100),
        "flashcard_schedule.difficulty": _known(lambda filling: 1 + filling.rng.random() * 9),
        "flashcard_schedule.last_review": _known(lambda filling: filling.past()),
        "flashcard_schedule.due": lambda filling, _: (
            filling.past() if filling.chance(0.6) else filling.future()
        ),
        "flashcard_review.user_id": _mine,
        "flashcard_review.number": lambda filling, _: filling.rng.randint(1, 3),
        "flashcard_review.client_key": unique_text("client_key"),
        "flashcard_review.reviewed_at": _reviewed_at,
    },
    given={"flashcard_schedule": _schedules, "personal_record": _records},
)  # fmt: skip
