"""The ledger: whatever gives XP calls `earn`, and what follows from it comes of itself.

All of it happens under the lock of the user's score, so that what is written twice at the same
moment is paid once, and the score is always the sum of the ledger.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from app.core.clock import now
from app.core.uow import UnitOfWork
from app.gamification.errors import XpBelowZero
from app.gamification.events import (
    AchievementUnlocked,
    ChallengeCompleted,
    LevelReached,
    StreakChanged,
    XpChanged,
)
from app.gamification.models import ActiveDay, LeaderboardPeriod, LearnerScore, XpEntry, XpKind
from app.gamification.service import levels
from app.gamification.service.paying import LEARNING, PAYS, STREAK_DAYS
from app.gamification.service.streaks import day_bounds, local_day, streaks
from app.gamification.store import scores as store
from app.gamification.store import unlocking

# A streak is told up to so many days: ten years.
LONGEST_STREAK: Final = 3660

# The namespace of sources that are a day's, or a thing's on a day.
_DAYS: Final = UUID("6f1d6a52-6c0f-5b0e-9c59-7d2f6a1c8e41")


@dataclass(frozen=True)
class Earning:
    """What happened to a user, and what it is paid for: a source pays once.

    `amount` is what an award, an achievement or a challenge gives; for the rest see `PAYS`.
    """

    kind: XpKind
    source: UUID
    happened_at: datetime
    amount: int = 0
    minutes: int = 0
    reason: str | None = None
    awarded_by: UUID | None = None


def on_day(source: UUID, day: date) -> UUID:
    """The source of something that counts once a day."""
    return uuid5(_DAYS, f"{source}:{day}")


async def earn(uow: UnitOfWork, user_id: UUID, earning: Earning) -> bool:
    """Write a line of the ledger and all that follows from it; False if there is one, if what
    took place was too short, or if the user is gone.

    `XpBelowZero` if an award takes more than there is.
    """
    score = await store.hold(uow.session, user_id)
    if score is None:
        return False
    if earning.kind is XpKind.FLASHCARD:
        zone = await store.time_zone(uow.session, user_id)
        day = local_day(earning.happened_at, zone)
        earning = replace(earning, source=on_day(earning.source, day))
    if earning.kind in PAYS:
        if earning.minutes < PAYS[earning.kind].least_minutes:
            return False
        earning = replace(earning, amount=await _pay(uow, user_id, earning))
    if not await _write(uow, score, earning):
        return False
    if earning.kind in LEARNING:
        await _count_day(uow, score, earning.happened_at)
    await _follow_up(uow, score)
    return True


async def _pay(uow: UnitOfWork, user_id: UUID, earning: Earning) -> int:
    """What an earning pays, when so many of the day were paid before."""
    zone = await store.time_zone(uow.session, user_id)
    begins, ends = day_bounds(earning.happened_at, zone)
    paid = await store.count_paid(uow.session, user_id, earning.kind, begins, ends)
    pay = PAYS[earning.kind]
    return pay.xp if paid < pay.most_a_day else 0


async def _write(uow: UnitOfWork, score: LearnerScore, earning: Earning) -> bool:
    """Write a line, and add it to the score and the standings; False if there is one."""
    entry = XpEntry(
        user_id=score.user_id,
        kind=earning.kind,
        source_key=earning.source,
        amount=earning.amount,
        minutes=earning.minutes,
        happened_at=earning.happened_at,
        reason=earning.reason,
        awarded_by_id=earning.awarded_by,
    )
    if not await store.add_entry(uow.session, entry):
        return False
    if score.total_xp + entry.amount < 0:
        raise XpBelowZero(field=("input", "amount"))
    score.total_xp += entry.amount
    score.study_minutes += entry.minutes
    before, score.level = score.level, levels.level_of(score.total_xp)
    await uow.session.flush()
    places = await _places(uow, score.user_id, entry.happened_at)
    await store.add_to_standings(
        uow.session, score.user_id, places, points=entry.amount, minutes=entry.minutes
    )
    uow.publish(
        XpChanged(
            user_id=score.user_id,
            entry_id=entry.id,
            earned_for=entry.kind.name,
            amount=entry.amount,
        )
    )
    if score.level > before:
        uow.publish(LevelReached(user_id=score.user_id, level=score.level))
    return True


async def _count_day(uow: UnitOfWork, score: LearnerScore, moment: datetime) -> None:
    """Count a day, once, and pay for a streak that it makes whole weeks long."""
    zone = await store.time_zone(uow.session, score.user_id)
    day = ActiveDay(
        user_id=score.user_id,
        day=local_day(moment, zone),
        time_zone=zone,
        first_at=moment,
        last_at=moment,
    )
    if not await store.add_day(uow.session, day):
        return
    found = streaks(await store.days(uow.session, score.user_id, LONGEST_STREAK))
    if found.current != score.streak_days:
        uow.publish(StreakChanged(user_id=score.user_id, days=found.current))
    grown = found.current > score.streak_days
    score.streak_days, score.last_day = found.current, found.last_day
    score.longest_streak = max(score.longest_streak, found.longest)
    await uow.session.flush()
    places = await _places(uow, score.user_id, moment)
    await store.add_to_standings(uow.session, score.user_id, places, streak_days=found.current)
    if grown and found.current % STREAK_DAYS == 0 and found.last_day is not None:
        source = on_day(_DAYS, found.last_day)
        amount = PAYS[XpKind.STREAK].xp
        await _write(uow, score, Earning(XpKind.STREAK, source, moment, amount))


async def _follow_up(uow: UnitOfWork, score: LearnerScore) -> None:
    """Unlock what is achieved and complete what is done, until nothing more comes of that."""
    changed = True
    while changed:
        for key in await unlocking.unlock(uow.session, score.user_id):
            uow.publish(AchievementUnlocked(user_id=score.user_id, user_achievement_id=key))
        done = await unlocking.advance(uow.session, score.user_id)
        for each in done:
            await _reward(uow, score, each)
        changed = bool(done)


async def _reward(
    uow: UnitOfWork, score: LearnerScore, done: tuple[UUID, UUID, int, UUID | None]
) -> None:
    key, challenge_id, points, achievement_id = done
    uow.publish(ChallengeCompleted(user_id=score.user_id, participation_id=key))
    if points:
        await _write(uow, score, Earning(XpKind.CHALLENGE, challenge_id, now(), points))
    if achievement_id is None:
        return
    given = await unlocking.give(uow.session, score.user_id, achievement_id)
    if given is not None:
        uow.publish(AchievementUnlocked(user_id=score.user_id, user_achievement_id=given))


async def _places(
    uow: UnitOfWork, user_id: UUID, moment: datetime
) -> list[tuple[UUID | None, LeaderboardPeriod, date]]:
    """The periods of all boards that a user is on, in one order."""
    boards = [None, *await store.classes_of(uow.session, user_id)]
    return [
        (each, period, begins(period, moment)) for each in boards for period in LeaderboardPeriod
    ]


def begins(period: LeaderboardPeriod, moment: datetime) -> date:
    """The first day of the period of a moment, in UTC: weeks begin on Monday (ISO 8601)."""
    day = moment.astimezone(UTC).date()
    match period:
        case LeaderboardPeriod.DAY:
            return day
        case LeaderboardPeriod.WEEK:
            return day - timedelta(days=day.weekday())
        case LeaderboardPeriod.MONTH:
            return day.replace(day=1)
        case LeaderboardPeriod.ALL_TIME:
            return date(1970, 1, 1)
