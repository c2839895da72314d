"""Progress logs: typed data, metrics, records that are set exactly once, what comes next."""

import asyncio
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.courses.models import (
    CourseStatus,
    LessonStatus,
    PersonalRecord,
    PracticeSession,
    PracticeStatus,
    PracticeType,
    ProgressLog,
)
from app.courses.service.activities import METRICS
from tests.client import Api, Payload
from tests.factories import Person, Teaching, make_course, waiting_events, writing

_WHOLE = """
    __typename id activity happenedAt correctedAt durationSeconds difficulty completionPercent
    notes course { id } lesson { id } session { id } records { metric value previous }
    ... on ExerciseLog {
        name weight weightUnit sets { repetitions } weightKg repetitions volumeKg
    }
    ... on QuizLog { name correct total accuracyPercent pacePerHour }
    ... on ReadingLog { title pages pacePerHour }
    ... on PracticeLog { skill successes attempts accuracyPercent pacePerHour }
    ... on ReflectionLog { text confidence }
"""
_FIELDS = f"""
    log {{ {_WHOLE} }} summary streakDays achievements {{ metric value previous }}
    nextRecommendation {{ kind text weight lesson {{ id }} }}
"""


def _press(*reps: int, weight: float | None = 100, unit: str = "KG", name: str = "Press") -> Any:
    return {"exercise": {"name": name, "weight": weight, "weightUnit": unit, "reps": list(reps)}}


def _quiz(correct: int, total: int = 10, name: str = "Leaves") -> Any:
    return {"quiz": {"name": name, "correct": correct, "total": total}}


async def _log(api: Api, person: Person, course: Teaching, activity: Any, **more: Any) -> Payload:
    given = {"courseId": course.id, "activity": activity, **more}
    return await api.mutate("progressLog", given, _FIELDS, as_=person)


async def _correct(api: Api, person: Person, id: str, **changes: Any) -> Payload:
    return await api.mutate("progressLogUpdate", {"id": id, **changes}, _FIELDS, as_=person)


def _at(**ago: float) -> str:
    return (now() - timedelta(**ago)).isoformat()


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


class TestActivities:
    @pytest.mark.parametrize(
        ("activity", "expected"),
        [
            (
                _press(8, 7, 6, weight=135, unit="LB", name=" Bench press "),
                {
                    "__typename": "ExerciseLog",
                    "activity": "EXERCISE",
                    "name": "Bench press",
                    "weight": 135.0,
                    "weightUnit": "LB",
                    "sets": [{"repetitions": 8}, {"repetitions": 7}, {"repetitions": 6}],
                    "weightKg": 61.235,
                    "repetitions": 21,
                    "volumeKg": 1285.934,
                },
            ),
            (
                {"exercise": {"name": "Plank", "reps": [3]}},
                {
                    "__typename": "ExerciseLog",
                    "activity": "EXERCISE",
                    "name": "Plank",
                    "weight": None,
                    "weightUnit": None,
                    "sets": [{"repetitions": 3}],
                    "weightKg": None,
                    "repetitions": 3,
                    "volumeKg": None,
                },
            ),
            (
                _quiz(7, 9),
                {
                    "__typename": "QuizLog",
                    "activity": "QUIZ",
                    "name": "Leaves",
                    "correct": 7,
                    "total": 9,
                    "accuracyPercent": 77.778,
                    "pacePerHour": 18.0,
                },
            ),
            (
                {"reading": {"title": "The leaf", "pages": 12}},
                {
                    "__typename": "ReadingLog",
                    "activity": "READING",
                    "title": "The leaf",
                    "pages": 12,
                    "pacePerHour": 24.0,
                },
            ),
            (
                {"practice": {"skill": "Drawing", "attempts": 4, "successes": 1}},
                {
                    "__typename": "PracticeLog",
                    "activity": "PRACTICE",
                    "skill": "Drawing",
                    "successes": 1,
                    "attempts": 4,
                    "accuracyPercent": 25.0,
                    "pacePerHour": 8.0,
                },
            ),
            (
                {"reflection": {"text": "Leaves are factories.", "confidence": 4}},
                {
                    "__typename": "ReflectionLog",
                    "activity": "REFLECTION",
                    "text": "Leaves are factories.",
                    "confidence": 4,
                },
            ),
        ],
    )
    async def test_data_and_metrics(
        self, api: Api, resources: Resources, ida: Person, ana: Person, activity: Any, expected: Any
    ) -> None:
        course = await make_course(resources, ida)
        lesson = to_global("les", course.lessons[0].id)
        moment = (now() - timedelta(hours=1)).replace(microsecond=0)
        payload = await _log(
            api, ana, course, activity, lessonId=lesson, durationSeconds=1800, difficulty=3,
            completionPercent=80, notes="Felt strong.", happenedAt=moment.isoformat(),
        )  # fmt: skip
        made = payload.ok()["log"]
        assert datetime.fromisoformat(made.pop("happenedAt")) == moment
        assert made | {"id": ""} == {
            "id": "",
            "correctedAt": None,
            "durationSeconds": 1800,
            "difficulty": 3,
            "completionPercent": 80,
            "notes": "Felt strong.",
            "course": {"id": course.id},
            "lesson": {"id": lesson},
            "session": None,
            "records": [],
            **expected,
        }
        assert await waiting_events(resources) == ["progress.logged"]

    @pytest.mark.parametrize(
        ("activity", "field"),
        [
            (_press(), "reps"),
            (_press(0), "reps"),
            (_press(*[1] * 51), "reps"),
            (_press(1, weight=0), "weight"),
            (_press(1, name=" "), "name"),
            (_quiz(11), "quiz"),
            (_quiz(-1), "correct"),
            (_quiz(0, 0), "total"),
            ({"reading": {"title": "x", "pages": 0}}, "pages"),
            ({"reflection": {"text": " "}}, "text"),
            ({"reflection": {"text": "x", "confidence": 6}}, "confidence"),
        ],
    )
    async def test_rules(
        self, api: Api, resources: Resources, ida: Person, activity: Any, field: str
    ) -> None:
        course = await make_course(resources, ida)
        payload = await _log(api, ida, course, activity)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"][:2] == ["input", "activity"]
        assert field in payload.errors[0]["field"]
        async with resources.database.read() as reading:
            assert await reading.all(select(ProgressLog.id)) == []

    async def test_it_lies_in_the_partition_of_its_month(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        # However long ago it happened.
        (await _log(api, ida, course, _quiz(1), happenedAt=_at(days=200))).ok()
        async with resources.database.read() as reading:
            rows = await reading.rows(text("SELECT tableoid::regclass::text FROM progress_log"))  # type: ignore[arg-type]
        assert [row[0] for row in rows] == [f"progress_log_p{now():%Y%m}"]


class TestPlace:
    async def test_what_they_do_not_see_or_have(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        hidden = await make_course(resources, ida, status=CourseStatus.DRAFT)
        course = await make_course(
            resources, ida, lessons=[[LessonStatus.PUBLISHED, LessonStatus.DRAFT]]
        )
        other = await make_course(resources, ida)
        draft = to_global("les", course.lessons[1].id)
        foreign = to_global("les", other.lessons[0].id)
        async with writing(resources) as session:
            mine = PracticeSession(
                user_id=ana.key, course_id=other.key, type=PracticeType.QUIZ, active_since=now()
            )
            theirs = PracticeSession(
                user_id=ida.key, course_id=course.key, type=PracticeType.QUIZ, active_since=now()
            )
            session.add(mine, theirs)
        for where, more, field in (
            (hidden, {}, "courseId"),
            (course, {"lessonId": draft}, "lessonId"),
            (course, {"lessonId": foreign}, "lessonId"),
            (course, {"sessionId": to_global("prs", mine.id)}, "sessionId"),
            (course, {"sessionId": to_global("prs", theirs.id)}, "sessionId"),
        ):
            payload = await _log(api, ana, where, _quiz(1), **more)
            assert payload.codes == ["NOT_FOUND"], field
            assert payload.errors[0]["field"] == ["input", field]
        async with resources.database.read() as reading:
            assert await reading.all(select(ProgressLog.id)) == []
        assert await waiting_events(resources) == []

    async def test_it_keeps_its_session_from_being_idle(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        long_ago = now() - timedelta(hours=5)
        async with writing(resources) as session:
            row = PracticeSession(
                user_id=ida.key, course_id=course.key, type=PracticeType.QUIZ,
                active_since=long_ago, last_activity_at=long_ago,
            )  # fmt: skip
            session.add(row)
        key = to_global("prs", row.id)
        made = (await _log(api, ida, course, _quiz(1), sessionId=key)).ok()["log"]
        assert made["session"] == {"id": key}
        answer = await api.execute(
            "{ practiceSessions { nodes { lastActivityAt logs { nodes { id } } } } }", as_=ida
        )
        [found] = answer.ok()["practiceSessions"]["nodes"]
        assert found["logs"]["nodes"] == [{"id": made["id"]}]
        assert now() - datetime.fromisoformat(found["lastActivityAt"]) < timedelta(minutes=1)

    @pytest.mark.parametrize("ago", [{"days": 367}, {"minutes": -10}])
    async def test_times_that_can_not_be(
        self, api: Api, resources: Resources, ida: Person, ago: dict[str, float]
    ) -> None:
        course = await make_course(resources, ida)
        payload = await _log(api, ida, course, _quiz(1), happenedAt=_at(**ago))
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", "happenedAt"]

    async def test_a_clock_that_is_a_little_fast(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        payload = await _log(api, ida, course, _quiz(1), happenedAt=_at(minutes=-2))
        assert datetime.fromisoformat(payload.ok()["log"]["happenedAt"]) <= now()


class TestRecords:
    async def test_ten_pounds_more(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida)
        first = (await _log(api, ana, course, _press(8, 8, 8, weight=125, unit="LB"))).ok()
        assert (first["achievements"], first["log"]["records"]) == ([], [])
        # Somebody else's, another course's and another exercise's don't count.
        await _log(api, ida, course, _press(1, weight=500))
        await _log(api, ana, await make_course(resources, ida), _press(1, weight=500))
        await _log(api, ana, course, _press(1, weight=500, name="Squat"))
        payload = (await _log(api, ana, course, _press(8, 7, 6, weight=135, unit="LB"))).ok()
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
        again = (await _log(api, ana, course, _press(8, weight=135, unit="LB", name="PRESS"))).ok()
        assert again["achievements"] == []
        assert again["summary"] == "As much as last time."
        assert again["nextRecommendation"]["kind"] == "SAME_AGAIN"

    async def test_a_late_one_changes_what_came_after_it(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        ids = []
        for days, weight in ((30, 100), (20, 110), (10, 120)):
            made = await _log(api, ida, course, _press(1, weight=weight), happenedAt=_at(days=days))
            ids.append(from_global("plg", made.ok()["log"]["id"]))
        found = await _records(resources)
        assert found == await _expected(resources)
        assert found[ids[1], "weight"] == (110, 100)
        await _log(api, ida, course, _press(1, weight=115), happenedAt=_at(days=25))
        found = await _records(resources)
        assert found == await _expected(resources)
        assert (ids[1], "weight") not in found
        assert found[ids[2], "weight"] == (120, 115)

    async def test_a_correction_takes_a_record_away_and_gives_it(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        (await _log(api, ida, course, _quiz(5))).ok()
        wrong = (await _log(api, ida, course, _quiz(9))).ok()["log"]
        later = (await _log(api, ida, course, _quiz(8))).ok()["log"]
        payload = (await _correct(api, ida, wrong["id"], activity=_quiz(4))).ok()
        assert payload["achievements"] == []
        assert payload["log"]["accuracyPercent"] == 40.0
        assert payload["log"]["correctedAt"] is not None
        key = from_global("plg", later["id"])
        assert await _records(resources) == {(key, "accuracy"): (80, 50)}
        payload = (await _correct(api, ida, wrong["id"], activity=_quiz(10))).ok()
        assert payload["achievements"] == [{"metric": "ACCURACY", "value": 100, "previous": 50}]
        assert list(await _records(resources)) == [(from_global("plg", wrong["id"]), "accuracy")]
        # To another title: the ones before and after are set anew.
        (await _correct(api, ida, wrong["id"], activity=_quiz(10, name="Roots"))).ok()
        assert await _records(resources) == {(key, "accuracy"): (80, 50)}
        assert await _records(resources) == await _expected(resources)

    async def test_a_duration_gives_a_pace(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        made = (await _log(api, ida, course, _quiz(5))).ok()["log"]
        assert made["pacePerHour"] is None
        changed = (await _correct(api, ida, made["id"], durationSeconds=600, notes="Slow.")).ok()
        assert (changed["log"]["pacePerHour"], changed["log"]["notes"]) == (60.0, "Slow.")
        assert changed["log"]["correct"] == 5

    async def test_many_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        weights = list(range(100, 112))
        Random(3).shuffle(weights)
        payloads = await asyncio.gather(
            *[_log(api, ida, course, _press(1, weight=weight)) for weight in weights]
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
            (await _log(api, ida, course, _quiz(number, name="A"))).ok()["log"]["id"]
            for number in range(6)
        ]
        rng = Random(5)
        payloads = await asyncio.gather(
            *[
                _correct(api, ida, id, activity=_quiz(rng.randrange(11), name=rng.choice("AB")))
                for id in ids * 2
            ],
            *[_log(api, ida, course, _quiz(rng.randrange(11), name="B")) for _ in range(4)],
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


class TestCorrect:
    async def test_refusals(self, api: Api, resources: Resources, ida: Person, ana: Person) -> None:
        course = await make_course(resources, ida)
        made = (await _log(api, ida, course, _quiz(5))).ok()["log"]
        async with resources.database.read() as reading:
            before = await reading.all(select(ProgressLog))
        assert (await _correct(api, ana, made["id"], notes="x")).codes == ["NOT_FOUND"]
        payload = await _correct(api, ida, made["id"], activity=_press(1))
        assert payload.codes == ["ACTIVITY_FIXED"]
        assert payload.data["log"] is None
        payload = await _correct(api, ida, made["id"], difficulty=6)
        assert payload.codes == ["INVALID_INPUT"]
        unknown = to_global("plg", new_id())
        assert (await _correct(api, ida, unknown, notes="x")).codes == ["NOT_FOUND"]
        async with resources.database.read() as reading:
            assert await reading.all(select(ProgressLog)) == before


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
                made = await _log(api, ida, course, _quiz(1), happenedAt=each.isoformat())
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
            payload = await _log(api, ida, course, _quiz(8), happenedAt=_at(days=days))
        assert payload is not None
        assert payload.ok()["streakDays"] == 3
        assert payload.ok()["summary"] == "80% right. 3 days in a row."


class TestRecommendation:
    async def test_the_weakest_first_then_the_next_lesson(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        shown, draft = LessonStatus.PUBLISHED, LessonStatus.DRAFT
        course = await make_course(resources, ida, lessons=[[draft, shown], [shown]])
        _, first, second = [to_global("les", each.id) for each in course.lessons]
        weak = (await _log(api, ana, course, _quiz(3, name="Roots"))).ok()
        assert weak["nextRecommendation"] == {
            "kind": "REVIEW_WEAKEST",
            "text": 'Look at "Roots" again: 30% right of late.',
            "weight": None,
            "lesson": None,
        }
        await _correct(api, ana, weak["log"]["id"], activity=_quiz(7, name="Roots"))
        page = {"reading": {"title": "x", "pages": 1}}
        found = (await _log(api, ana, course, page)).ok()["nextRecommendation"]
        assert (found["kind"], found["lesson"]) == ("NEXT_LESSON", {"id": first})
        found = (await _log(api, ana, course, page, lessonId=first)).ok()["nextRecommendation"]
        assert (found["kind"], found["lesson"]) == ("NEXT_LESSON", {"id": second})
        found = (await _log(api, ana, course, page, lessonId=second)).ok()["nextRecommendation"]
        assert (found["kind"], found["lesson"]) == ("KEEP_GOING", None)


class TestList:
    async def test_filters_order_and_pages(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        one, two = await make_course(resources, ida), await make_course(resources, ida)
        async with writing(resources) as session:
            row = PracticeSession(
                user_id=ana.key, course_id=one.key, type=PracticeType.QUIZ,
                status=PracticeStatus.COMPLETED, ended_at=now(),
            )  # fmt: skip
            session.add(row)
        key = to_global("prs", row.id)
        ids = []
        for course, activity, days, more in (
            (one, _quiz(1), 4, {"sessionId": key}),
            (two, _quiz(2), 3, {}),
            (one, _press(1), 2, {}),
            (one, {"reflection": {"text": "x"}}, 1, {}),
        ):
            made = await _log(api, ana, course, activity, happenedAt=_at(days=days), **more)
            ids.append(made.ok()["log"]["id"])
        await _log(api, ida, one, _quiz(1))

        async def found(filter: Any, first: int = 100, after: str | None = None) -> Any:
            answer = await api.execute(
                "query ($filter: ProgressLogFilter, $first: Int, $after: String) {"
                " progressLogs(filter: $filter, first: $first, after: $after) {"
                " totalCount nodes { id } pageInfo { endCursor hasNextPage } } }",
                {"filter": filter, "first": first, "after": after},
                as_=ana,
            )
            page = answer.ok()["progressLogs"]
            return [ids.index(each["id"]) for each in page["nodes"]], page

        assert (await found(None))[0] == [3, 2, 1, 0]
        assert (await found({"courseId": one.id}))[0] == [3, 2, 0]
        assert (await found({"sessionId": key}))[0] == [0]
        assert (await found({"activities": ["QUIZ", "EXERCISE"]}))[0] == [2, 1, 0]
        between = {"happenedAfter": _at(days=3.5), "happenedBefore": _at(days=1.5)}
        assert (await found(between))[0] == [2, 1]
        some, page = await found(None, 3)
        assert (some, page["totalCount"], page["pageInfo"]["hasNextPage"]) == ([3, 2, 1], 4, True)
        assert (await found(None, 3, page["pageInfo"]["endCursor"]))[0] == [0]
        answer = await api.execute(
            "query ($filter: ProgressLogFilter) { progressLogs(filter: $filter) { totalCount } }",
            {"filter": {"happenedAfter": _at(days=1), "happenedBefore": _at(days=2)}},
            as_=ana,
        )
        assert answer.codes == ["BAD_REQUEST"]

    async def test_nobody_elses_by_its_id(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida)
        key = (await _log(api, ana, course, _quiz(1))).ok()["log"]["id"]
        document = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await api.execute(document, {"id": key}, as_=ida)).ok() == {"node": None}
        assert (await api.execute(document, {"id": key}, as_=ana)).ok() == {"node": {"id": key}}
