"""Personal records, set exactly once, and days in a row."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.courses.models import PersonalRecord, ProgressLog
from app.courses.service.activities import METRICS
from tests.client import Api
from tests.courses.logs import correct, log, presses, quizzed, time_ago
from tests.factories import Person, make_course, waiting_events, writing


async def _records(resources: Resources) -> dict[tuple[UUID, str], tuple[float, float]]:
    async with resources.database.read() as reading:
        rows = await reading.all(select(PersonalRecord))
    found = {(each.log_id, each.metric.value): (each.value, each.previous) for each in rows}
    assert len(found) == len(rows)
    return found


async def _expected(resources: Resources) -> dict[tuple[UUID, str], tuple[float, float]]:
    """The records that there have to be, said once more over all logs."""
    async with resources.database.read() as reading:
        logs = await reading.all(select(ProgressLog))
    best: dict[Any, float] = {}
    made = {}
    for each in sorted(logs, key=lambda log: (log.happened_at, log.id)):
        for metric, column in METRICS.items():
            value = getattr(each, column)
            key = (each.user_id, each.course_id, each.activity, each.series, metric)
            if value is None:
                continue
            if key in best and value > best[key]:
                made[each.id, metric.value] = (value, best[key])
            best[key] = max(value, best.get(key, value))
    return made


class TestRecords:
    async def test_ten_pounds_more(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida)
        first = (await log(api, ana, course, presses(8, 8, 8, weight=125, unit="LB"))).ok()
        assert (first["achievements"], first["log"]["records"]) == ([], [])
        # Somebody else's, another course's and another exercise's don't count.
        await log(api, ida, course, presses(1, weight=500))
        await log(api, ana, await make_course(resources, ida), presses(1, weight=500))
        await log(api, ana, course, presses(1, weight=500, name="Squat"))
        payload = (await log(api, ana, course, presses(8, 7, 6, weight=135, unit="LB"))).ok()
        record = {"metric": "WEIGHT", "value": 61.235, "previous": 56.699}
        assert payload["achievements"] == [record]
        assert payload["log"]["records"] == [record]
        assert payload["summary"] == "Personal record! Up 10 lb from last time."
        assert payload["nextRecommendation"] == {
            "kind": "MORE_WEIGHT",
            "text": "Try 140 lb next time.",
            "weight": 140.0,
            "lesson": None,
        }
        assert (await waiting_events(resources)).count("progress.record_set") == 1
        # As much isn't better.
        again = (await log(api, ana, course, presses(8, weight=135, unit="LB", name="PRESS"))).ok()
        assert again["achievements"] == []
        assert again["summary"] == "As much as last time."
        assert again["nextRecommendation"]["kind"] == "SAME_AGAIN"

    async def test_a_late_one_changes_what_came_after_it(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        ids = []
        for days, weight in ((30, 100), (20, 110), (10, 120)):
            made = await log(
                api, ida, course, presses(1, weight=weight), happenedAt=time_ago(days=days)
            )
            ids.append(from_global("plg", made.ok()["log"]["id"]))
        found = await _records(resources)
        assert found == await _expected(resources)
        assert found[ids[1], "weight"] == (110, 100)
        await log(api, ida, course, presses(1, weight=115), happenedAt=time_ago(days=25))
        found = await _records(resources)
        assert found == await _expected(resources)
        assert (ids[1], "weight") not in found
        assert found[ids[2], "weight"] == (120, 115)

    async def test_a_correction_takes_a_record_away_and_gives_it(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        (await log(api, ida, course, quizzed(5))).ok()
        wrong = (await log(api, ida, course, quizzed(9))).ok()["log"]
        later = (await log(api, ida, course, quizzed(8))).ok()["log"]
        payload = (await correct(api, ida, wrong["id"], activity=quizzed(4))).ok()
        assert payload["achievements"] == []
        assert payload["log"]["accuracyPercent"] == 40.0
        assert payload["log"]["correctedAt"] is not None
        key = from_global("plg", later["id"])
        assert await _records(resources) == {(key, "accuracy"): (80, 50)}
        payload = (await correct(api, ida, wrong["id"], activity=quizzed(10))).ok()
        assert payload["achievements"] == [{"metric": "ACCURACY", "value": 100, "previous": 50}]
        assert list(await _records(resources)) == [(from_global("plg", wrong["id"]), "accuracy")]
        # To another title: the ones before and after are set anew.
        (await correct(api, ida, wrong["id"], activity=quizzed(10, name="Roots"))).ok()
        assert await _records(resources) == {(key, "accuracy"): (80, 50)}
        assert await _records(resources) == await _expected(resources)

    async def test_a_duration_gives_a_pace(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        made = (await log(api, ida, course, quizzed(5))).ok()["log"]
        assert made["pacePerHour"] is None
        changed = (await correct(api, ida, made["id"], durationSeconds=600, notes="Slow.")).ok()
        assert (changed["log"]["pacePerHour"], changed["log"]["notes"]) == (60.0, "Slow.")
        assert changed["log"]["correct"] == 5

    async def test_many_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        weights = list(range(100, 112))
        Random(3).shuffle(weights)
        payloads = await asyncio.gather(
            *[log(api, ida, course, presses(1, weight=weight)) for weight in weights]
        )
        assert all(not each.errors for each in payloads)
        found = await _records(resources)
        assert found
        assert found == await _expected(resources)

    async def test_logs_and_corrections_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        ids = [
            (await log(api, ida, course, quizzed(number, name="A"))).ok()["log"]["id"]
            for number in range(6)
        ]
        rng = Random(5)
        payloads = await asyncio.gather(
            *[
                correct(api, ida, id, activity=quizzed(rng.randrange(11), name=rng.choice("AB")))
                for id in ids * 2
            ],
            *[log(api, ida, course, quizzed(rng.randrange(11), name="B")) for _ in range(4)],
        )
        assert [each.codes for each in payloads] == [[]] * 16
        assert await _records(resources) == await _expected(resources)

    async def test_any_history(self, resources: Resources, ida: Person) -> None:
        """Logs in any order of time, and corrections of any, as the services see them."""
        from app.courses.service import logs

        course = await make_course(resources, ida)
        rng = Random(11)
        keys: list[UUID] = []

        def done() -> dict[str, Any]:
            reps = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
            exercise = {"name": rng.choice(("A", "a ", "B")), "reps": reps}
            return {"exercise": exercise | {"weight": rng.choice((None, 10, 20, 30))}}

        for number in range(120):
            async with resources.begin() as uow:
                if keys and rng.random() < 0.4:
                    changes = logs.LogChanges.model_validate({"activity": done()})
                    await logs.correct(uow, ida.viewer, rng.choice(keys), changes)
                else:
                    when = now() - timedelta(hours=rng.randrange(24))
                    given = {"course_id": course.key, "activity": done(), "happened_at": when}
                    made = await logs.log(uow, ida.viewer, logs.LogData.model_validate(given))
                    keys.append(made.log.id)
            if number % 10 == 9:
                assert await _records(resources) == await _expected(resources)
        assert len(await _records(resources)) > 5


class TestStreak:
    async def test_days_of_the_persons_time_zone(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        # 23:30 and 00:30 in Auckland, one day each there, and one and the same day in UTC.
        base = (now() - timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
        from zoneinfo import ZoneInfo

        local = base.astimezone(ZoneInfo("Pacific/Auckland"))
        midnight = local.replace(hour=0) + timedelta(days=1)
        times = [midnight - timedelta(minutes=30), midnight + timedelta(minutes=30)]

        async def streaks() -> list[int]:
            found = []
            for each in times:
                made = await log(api, ida, course, quizzed(1), happenedAt=each.isoformat())
                found.append(made.ok()["streakDays"])
            return found

        assert await streaks() == [1, 1]
        async with writing(resources) as session:
            await session.execute(
                update(User).where(col(User.id) == ida.key).values(time_zone="Pacific/Auckland")
            )
        assert await streaks() == [1, 2]

    async def test_a_gap_ends_it(self, api: Api, resources: Resources, ida: Person) -> None:
        course = await make_course(resources, ida)
        payload = None
        for days in (6, 5, 3, 2, 1):
            payload = await log(api, ida, course, quizzed(8), happenedAt=time_ago(days=days))
        assert payload is not None
        assert payload.ok()["streakDays"] == 3
        assert payload.ok()["summary"] == "80% right. 3 days in a row."
