"""Who is on which board, what can be achieved, and what was."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from app.core.clock import now
from app.core.ids import to_global
from app.gamification.models import (
    LeaderboardPeriod,
    LearningMetric,
    ParticipationStatus,
    XpKind,
)
from app.gamification.service.ledger import begins
from tests.engine.calls import page_of, pages_of
from tests.engine.eyes import Eyes, Row, Rows, below, edge
from tests.engine.filling import Filling
from tests.engine.people import person, small, user
from tests.engine.room import Room
from tests.engine.rooms.attendance import hears

_METRICS = {"POINTS": "points", "STUDY_TIME": "study_minutes", "STREAK": "streak_days"}
_TIMELESS = (LearningMetric.LEVEL, LearningMetric.STREAK_DAYS)


def _listed(rows: Rows, key: UUID | None) -> bool:
    found = rows.one("user_account", key)
    return (
        found is not None
        and found["status"] == "ACTIVE"
        and "NOBODY" not in (found["profile_audience"], found["leaderboard_audience"])
    )


def _apart(eyes: Eyes, key: UUID) -> bool:
    return any(
        {row["blocker_id"], row["blocked_id"]} == {eyes.me, key}
        for row in eyes.rows.tables["user_block"]
    )


def _sees_profile(eyes: Eyes, row: Row) -> bool:
    if eyes.me is None:
        return False
    shown = _listed(eyes.rows, eyes.me) and _listed(eyes.rows, row["id"])
    theirs = shown and not _apart(eyes, row["id"])
    return row["id"] == eyes.me or eyes.may("xp.award") or theirs


def _on_board(rows: Rows, standing: Row) -> bool:
    if not _listed(rows, standing["user_id"]):
        return False
    if standing["class_id"] is None:
        return True
    found = rows.where("enrollment", class_id=standing["class_id"], student_id=standing["user_id"])
    return any(row["status"] != "WITHDRAWN" for row in found)


def _sees_standing(eyes: Eyes, standing: Row) -> bool:
    if eyes.me is None:
        return False
    if standing["user_id"] == eyes.me:
        return True
    heard = standing["class_id"] is None or hears(eyes, standing["class_id"])
    return (
        heard
        and _listed(eyes.rows, eyes.me)
        and _on_board(eyes.rows, standing)
        and not _apart(eyes, standing["user_id"])
    )


def _has(eyes: Eyes, achievement: Row) -> list[Row]:
    return eyes.rows.where("user_achievement", achievement_id=achievement["id"], user_id=eyes.me)


def _sees_achievement(eyes: Eyes, row: Row) -> bool:
    if eyes.me is None:
        return False
    shown = row["active"] and not row["secret"]
    return shown or eyes.may("gamification.manage") or bool(_has(eyes, row))


def _sees_unlock(eyes: Eyes, row: Row) -> bool:
    whose = eyes.rows.one("user_account", row["user_id"])
    what = eyes.rows.one("achievement", row["achievement_id"])
    assert whose is not None
    assert what is not None
    return _sees_profile(eyes, whose) and _sees_achievement(eyes, what)


def _part(eyes: Eyes, challenge: Row) -> list[Row]:
    return eyes.rows.where("challenge_participation", challenge_id=challenge["id"], user_id=eyes.me)


def _sees_challenge(eyes: Eyes, row: Row) -> bool:
    if eyes.me is None:
        return False
    theirs = row["class_id"] is None or hears(eyes, row["class_id"])
    return (row["active"] and theirs) or eyes.may("gamification.manage") or bool(_part(eyes, row))


def _standings(rows: Rows, row: Row) -> list[Row]:
    found = rows.where("standing", user_id=row["id"], class_id=None)
    return [each for each in found if each["starts_on"] == _first(each["period"])]


def _first(period: str) -> date:
    return begins(LeaderboardPeriod[period], now())


def _profiles(rows: Rows) -> Iterator[tuple[str, Any]]:
    yield "", lambda eyes: rows.one("user_account", eyes.me)
    for row in rows.tables["user_account"]:
        yield f'(userId: "{to_global("usr", row["id"])}")', lambda _, row=row: row


def _boards(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["standing"]

    def board(eyes: Eyes, period: str, metric: str, class_id: UUID | None) -> list[Row]:
        return [
            row
            for row in every
            if row["period"] == period
            and row["starts_on"] == _first(period)
            and row["class_id"] == class_id
            and row[_METRICS[metric]] > 0
            and _listed(rows, eyes.me)
            and _on_board(rows, row)
        ]

    for period, metric in product(LeaderboardPeriod.__members__, _METRICS):
        yield (
            f"(first: 100, scope: GLOBAL, period: {period}, metric: {metric})",
            lambda eyes, period=period, metric=metric: board(eyes, period, metric, None),
        )
    for row in rows.tables["class"][:4]:
        key = row["id"]
        yield (
            (
                f"(first: 100, scope: CLASS, period: ALL_TIME, metric: POINTS,"
                f' classId: "{to_global("cls", key)}")'
            ),
            lambda eyes, key=key: board(eyes, "ALL_TIME", "POINTS", key),
        )


def _achievements(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["achievement"]
    yield from pages_of("achievement")(rows)
    yield (
        "(first: 100, filter: {unlocked: true})",
        lambda eyes: [row for row in every if _has(eyes, row)],
    )
    yield (
        "(first: 100, filter: {unlocked: false})",
        lambda eyes: [row for row in every if not _has(eyes, row)],
    )


def _given_standings(filling: Filling) -> Iterator[Row]:
    people = filling.rows["user_account"][:16]
    stranger = person(filling, "stranger")
    for somebody, period in product(people, LeaderboardPeriod):
        if somebody["id"] != stranger and filling.chance(0.8):
            yield _standing(somebody["id"], period, None)
    for taught in filling.rows["class"][:8]:
        for enrolled in filling.rows["enrollment"]:
            if enrolled["class_id"] == taught["id"]:
                key = enrolled["student_id"]
                yield _standing(key, LeaderboardPeriod.ALL_TIME, taught["id"])


def _standing(key: UUID, period: LeaderboardPeriod, class_id: UUID | None) -> Row:
    starts_on = begins(period, now())
    return {"user_id": key, "period": period, "class_id": class_id, "starts_on": starts_on}


def _window(filling: Filling, row: Row) -> int | None:
    if row["metric"] in _TIMELESS or filling.chance(0.5):
        return None
    return filling.rng.randint(1, 400)


def _positive(filling: Filling, _: Row) -> int:
    return filling.rng.randint(1, 20)


def _completed_at(filling: Filling, row: Row) -> Any:
    return filling.past() if row["status"] is ParticipationStatus.COMPLETED else None


def _last_day(filling: Filling, _: Row) -> date | None:
    """Days from now, so that no midnight is in between."""
    if filling.chance(0.3):
        return None
    days = filling.rng.choice((-9, 3))
    return filling.base.date() + timedelta(days=days)


ROOM = Room(
    sees={
        "GamificationProfile": _sees_profile,
        "LeaderboardEntry": _sees_standing,
        "Achievement": _sees_achievement,
        "UserAchievement": _sees_unlock,
        "LearningChallenge": _sees_challenge,
        "ChallengeParticipation": lambda eyes, row: eyes.me == row["user_id"],
    },
    leads={
        ("GamificationProfile", "user"): lambda _, row: row,
        ("GamificationProfile", "standings"): _standings,
        ("GamificationProfile", "badges"): below("user_achievement", "user_id"),
        ("LeaderboardEntry", "user"): edge("user_account", "user_id"),
        ("UserAchievement", "achievement"): edge("achievement", "achievement_id"),
        ("LearningChallenge", "rewardAchievement"): edge("achievement", "reward_achievement_id"),
        ("LearningChallenge", "class"): edge("class", "class_id"),
        ("ChallengeParticipation", "challenge"): edge("learning_challenge", "challenge_id"),
    },
    own={
        ("Achievement", "viewerUnlock"): lambda eyes, row: next(iter(_has(eyes, row)), None),
        ("LearningChallenge", "viewerParticipation"): lambda eyes, row: next(
            iter(_part(eyes, row)), None
        ),
    },
    nodes={
        "LeaderboardEntry": ("standing", "sdg"),
        "Achievement": ("achievement", "acv"),
        "UserAchievement": ("user_achievement", "uac"),
        "LearningChallenge": ("learning_challenge", "chl"),
        "ChallengeParticipation": ("challenge_participation", "chp"),
    },
    # Their way to them says which one it is.
    keys={"GamificationProfile": ("__typename", lambda _: "GamificationProfile")},
    roots={
        "gamificationProfile": _profiles,
        "leaderboard": _boards,
        "achievements": _achievements,
        "challenges": page_of("learning_challenge"),
    },
    counts={
        "xp_entry": 90,
        "learner_score": 24,
        "active_day": 40,
        # All are given.
        "standing": 0,
        "achievement": 24,
        "user_achievement": 60,
        "learning_challenge": 24,
        "challenge_participation": 60,
    },
    rules={
        "xp_entry.user_id": user,
        "xp_entry.amount": small,
        "xp_entry.minutes": small,
        "xp_entry.reason": lambda _, row: "Why." if row["kind"] is XpKind.AWARD else None,
        "learner_score.user_id": user,
        "learner_score.total_xp": small,
        "learner_score.level": _positive,
        "learner_score.study_minutes": small,
        "learner_score.streak_days": small,
        "learner_score.longest_streak": lambda filling, row: (
            row["streak_days"] + small(filling, row)
        ),
        "learner_score.last_day": _last_day,
        "active_day.user_id": user,
        "standing.points": small,
        "standing.study_minutes": small,
        "standing.streak_days": small,
        "achievement.points": small,
        "achievement.threshold": _positive,
        "achievement.window_days": _window,
        "user_achievement.user_id": user,
        "learning_challenge.metric": lambda filling, _: filling.rng.choice(
            [each for each in LearningMetric if each is not LearningMetric.LEVEL]
        ),
        "learning_challenge.threshold": _positive,
        "learning_challenge.reward_points": small,
        "learning_challenge.starts_at": lambda filling, _: filling.past(),
        "learning_challenge.ends_at": lambda filling, _: filling.future(),
        "learning_challenge.max_participants": lambda filling, row: (
            None if filling.chance(0.4) else _positive(filling, row)
        ),
        "challenge_participation.user_id": user,
        "challenge_participation.progress": small,
        "challenge_participation.points_earned": small,
        "challenge_participation.completed_at": _completed_at,
    },
    given={"standing": _given_standings},
)
