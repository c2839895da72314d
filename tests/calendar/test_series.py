"""Random edits of a series, one after the other, against a list that is edited by hand."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from app.calendar.series import Window
from app.calendar.service import entries, events
from app.calendar.service.events import EventChanges, EventData, Scope
from app.core.resources import Resources
from tests.factories import Person

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 3, 2)
WINDOW = Window(date(2026, 1, 1), date(2026, 12, 31), BERLIN)


@dataclass(frozen=True)
class _Entry:
    """An occurrence as a list has it."""

    day: date
    title: str
    on: date
    at: time
    minutes: int

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.on, self.at, BERLIN).astimezone(UTC)


class _Lists:
    """What somebody does who writes all occurrences down: a list for each event."""

    def __init__(self, days: list[date]) -> None:
        self.lists = {0: [_Entry(day, "First", day, time(9), 60) for day in days]}
        self.gone: dict[int, set[date]] = {0: set()}

    def shown(self) -> list[tuple[datetime, str, int, date]]:
        return sorted(
            (each.begins, each.title, each.minutes, each.day)
            for key, entries in self.lists.items()
            for each in entries
            if each.day not in self.gone[key]
        )

    def split(self, key: int, day: date) -> int:
        before = [each for each in self.lists[key] if each.day < day]
        if not before:
            return key
        other = max(self.lists) + 1
        self.lists[other] = [each for each in self.lists[key] if each.day >= day]
        self.gone[other] = {each for each in self.gone[key] if each >= day}
        self.lists[key], self.gone[key] = before, self.gone[key] - self.gone[other]
        return other

    def change(self, key: int, only: date | None, title: str | None, at: time | None) -> None:
        def changed(each: _Entry) -> _Entry:
            each = replace(each, title=title or each.title)
            if at is None:
                return each
            if only is None:
                return replace(each, on=each.day, at=at)
            return replace(each, on=each.day + timedelta(days=1), at=at)

        self.lists[key] = [
            changed(each) if only in (None, each.day) else each for each in self.lists[key]
        ]


async def _shown(resources: Resources, who: Person) -> list[tuple[datetime, str, int, date]]:
    found = await entries.entries(resources, who.viewer, WINDOW)
    return sorted((each.begins, each.title, each.minutes, each.day) for each in found)


def _instant(on: date, at: time) -> datetime:
    return datetime.combine(on, at, BERLIN).astimezone(UTC)


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;COUNT=12", "FREQ=DAILY;INTERVAL=3;UNTIL=20260420"])
@pytest.mark.parametrize("seed", range(6))
async def test_random_edits(resources: Resources, ana: Person, seed: int, rule: str) -> None:
    rng = Random(seed)
    step = 7 if "WEEKLY" in rule else 3
    count = 12 if "WEEKLY" in rule else 17
    model = _Lists([FIRST + timedelta(days=step * each) for each in range(count)])
    data = EventData(
        title="First",
        starts_at=_instant(FIRST, time(9)),
        time_zone="Europe/Berlin",
        recurrence=rule,
    )
    async with resources.begin() as uow:
        made = await events.create(uow, ana.viewer, data)
    keys = {0: made.id}
    for number in range(25):
        alive = [
            (key, each.day)
            for key, entries in model.lists.items()
            for each in entries
            if each.day not in model.gone[key]
        ]
        if not alive:
            break
        key, day = rng.choice(alive)
        scope = rng.choice([Scope.THIS, Scope.THIS, Scope.FOLLOWING, Scope.ALL])
        of = None if scope is Scope.ALL else day
        title = f"Edit {number}" if rng.random() < 0.6 else None
        at = time(rng.randint(6, 20), 30) if title is None or rng.random() < 0.4 else None
        if rng.random() < 0.25 and scope is not Scope.ALL:
            async with resources.begin() as uow:
                await events.delete(uow, ana.viewer, keys[key], scope, of)
            _delete(model, key, day, scope)
        else:
            async with resources.begin() as uow:
                first = day if scope is Scope.FOLLOWING else model.lists[key][0].day
                on = day + timedelta(days=1) if scope is Scope.THIS else first
                given = {} if title is None else {"title": title}
                more = {} if at is None else {"starts_at": _instant(on, at)}
                changed = await events.update(
                    uow, ana.viewer, keys[key], scope, of, EventChanges.model_validate(given | more)
                )
            if scope is Scope.FOLLOWING:
                key = model.split(key, day)
            keys[key] = changed.id
            model.change(key, day if scope is Scope.THIS else None, title, at)
        assert await _shown(resources, ana) == model.shown(), number


def _delete(model: _Lists, key: int, day: date, scope: Scope) -> None:
    if scope is Scope.THIS:
        model.gone[key].add(day)
    else:
        other = model.split(key, day)
        del model.lists[other], model.gone[other]
