"""What people earn, and what the database has of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, func, select

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from app.gamification.models import (
    EVERYBODY,
    ActiveDay,
    LeaderboardPeriod,
    LearnerScore,
    Standing,
    XpEntry,
    XpKind,
)
from app.gamification.service import ledger
from app.gamification.service.ledger import Earning, begins
from tests.client import Api
from tests.factories import Person, writing

CRITERION = {"metric": "LESSONS", "threshold": 1}


async def earn(
    resources: Resources,
    person: Person,
    kind: XpKind = XpKind.LESSON,
    source: UUID | None = None,
    *,
    at: datetime | None = None,
    amount: int = 0,
    minutes: int = 0,
) -> bool:
    """Something that pays, in a unit of work of its own."""
    earning = Earning(kind, source or new_id(), at or now(), amount=amount, minutes=minutes)
    async with resources.begin() as uow:
        return await ledger.earn(uow, person.key, earning)


async def give(resources: Resources, person: Person, amount: int) -> None:
    """So many XP by hand."""
    assert await earn(resources, person, XpKind.AWARD, amount=amount)


async def score(resources: Resources, person: Person) -> LearnerScore:
    """What somebody's ledger adds up to; nothing before the first line."""
    async with resources.database.read() as session:
        found = await session.get(LearnerScore, person.key)
    return found or LearnerScore(user_id=person.key)


async def entries(resources: Resources, person: Person) -> list[tuple[str, int]]:
    """The lines of somebody's ledger, in order: what for, and how much."""
    async with resources.database.read() as session:
        rows = await session.all(
            select(XpEntry).where(XpEntry.user_id == person.key).order_by(col(XpEntry.id))
        )
    return [(row.kind.name, row.amount) for row in rows]


async def total(resources: Resources, person: Person) -> int:
    """The sum of somebody's ledger."""
    async with resources.database.read() as session:
        return await session.value(
            select(func.coalesce(func.sum(XpEntry.amount), 0)).where(XpEntry.user_id == person.key)
        )


async def standings(
    resources: Resources, person: Person, class_id: UUID | None = None
) -> dict[LeaderboardPeriod, tuple[int, int, int]]:
    """Points, minutes and streak of today's periods."""
    async with resources.database.read() as session:
        rows: Sequence[Standing] = await session.all(
            select(Standing).where(
                Standing.user_id == person.key, Standing.scope_id == (class_id or EVERYBODY)
            )
        )
    today = now()
    return {
        row.period: (row.points, row.study_minutes, row.streak_days)
        for row in rows
        if row.starts_on == begins(row.period, today)
    }


async def days(resources: Resources, person: Person) -> list[date]:
    """The days on which somebody learned."""
    async with resources.database.read() as session:
        return await session.all(
            select(col(ActiveDay.day))
            .where(ActiveDay.user_id == person.key)
            .order_by(col(ActiveDay.day))
        )


async def move_to(resources: Resources, person: Person, time_zone: str) -> None:
    """Somebody is in another time zone from now on."""
    async with writing(resources) as session:
        await session.execute(
            update(User).where(col(User.id) == person.key).values(time_zone=time_zone)
        )


async def profile(api: Api, person: Person, fields: str, **arguments: str) -> Any:
    """What `gamificationProfile` says."""
    given = ", ".join(f'{name}: "{value}"' for name, value in arguments.items())
    asked = f"({given})" if given else ""
    answer = await api.execute(f"{{ gamificationProfile{asked} {{ {fields} }} }}", as_=person)
    return answer.ok()["gamificationProfile"]


async def board(
    api: Api,
    person: Person,
    fields: str = "user { username } points pointsRank",
    *,
    scope: str = "GLOBAL",
    period: str = "ALL_TIME",
    metric: str = "POINTS",
    more: str = "",
) -> list[Any]:
    """The rows of `leaderboard`."""
    given = f"scope: {scope}, period: {period}, metric: {metric}{more}"
    answer = await api.execute(f"{{ leaderboard({given}) {{ nodes {{ {fields} }} }} }}", as_=person)
    nodes: list[Any] = answer.ok()["leaderboard"]["nodes"]
    return nodes


async def save_achievement(api: Api, sam: Person, **given: Any) -> str:
    """An achievement; its id."""
    made = {"name": "First steps", "category": "STUDY", "criterion": CRITERION} | given
    payload = await api.mutate("achievementSave", made, "achievement { id }", as_=sam)
    id: str = payload.ok()["achievement"]["id"]
    return id
