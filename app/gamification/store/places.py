"""Standings with their places: those of a whole board are found in one go, for its pages."""

from typing import Any, Final

from sqlalchemy import Integer, Label, cast, func, inspect, select
from sqlalchemy.orm import registry
from sqlmodel import col

from app.gamification import policy
from app.gamification.models import Standing

_METRICS: Final = ("points", "study_minutes", "streak_days")


class PlacedStanding:
    """A standing that counts on its board, and its places there.

    Equal ones share a place, and the next ones come after all of them. A board is read from its
    top to the last row that is asked for: for a single standing of many, count instead.
    """


def name_of(metric: str) -> str:
    """What the place by a metric is called."""
    return f"{metric}_rank"


def are_known(standing: Any) -> bool:
    """Whether these standings have their places."""
    return inspect(standing).mapper.class_ is PlacedStanding


def _place(metric: str) -> Label[Any]:
    board = [col(Standing.scope_id), col(Standing.period), col(Standing.starts_on)]
    place = func.rank().over(partition_by=board, order_by=getattr(Standing, metric).desc())
    return cast(place, Integer).label(name_of(metric))


_PLACED = (
    select(*inspect(Standing).columns, *[_place(each) for each in _METRICS])
    .where(policy.on_board())
    .subquery()
)
registry().map_imperatively(PlacedStanding, _PLACED, primary_key=[_PLACED.c.id])
