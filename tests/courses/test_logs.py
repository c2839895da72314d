"""Progress logs: typed data, metrics, corrections, what comes next."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.core.clock import now
from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.courses.models import (
    CourseStatus,
    LessonStatus,
    PracticeSession,
    PracticeStatus,
    PracticeType,
    ProgressLog,
)
from tests.client import Api
from tests.courses.logs import correct, log, presses, quizzed, time_ago
from tests.factories import Person, make_course, waiting_events, writing


class TestActivities:
    @pytest.mark.parametrize(
        ("activity", "expected"),
        [
            (
                presses(8, 7, 6, weight=135, unit="LB", name=" Bench press "),
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
                quizzed(7, 9),
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
        payload = await log(
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
            (presses(), "reps"),
            (presses(0), "reps"),
            (presses(*[1] * 51), "reps"),
            (presses(1, weight=0), "weight"),
            (presses(1, name=" "), "name"),
            (quizzed(11), "quiz"),
            (quizzed(-1), "correct"),
            (quizzed(0, 0), "total"),
            ({"reading": {"title": "x", "pages": 0}}, "pages"),
            ({"reflection": {"text": " "}}, "text"),
            ({"reflection": {"text": "x", "confidence": 6}}, "confidence"),
        ],
    )
    async def test_rules(
        self, api: Api, resources: Resources, ida: Person, activity: Any, field: str
    ) -> None:
        course = await make_course(resources, ida)
        payload = await log(api, ida, course, activity)
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
        (await log(api, ida, course, quizzed(1), happenedAt=time_ago(days=200))).ok()
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
            payload = await log(api, ana, where, quizzed(1), **more)
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
        made = (await log(api, ida, course, quizzed(1), sessionId=key)).ok()["log"]
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
        payload = await log(api, ida, course, quizzed(1), happenedAt=time_ago(**ago))
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", "happenedAt"]

    async def test_a_clock_that_is_a_little_fast(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await make_course(resources, ida)
        payload = await log(api, ida, course, quizzed(1), happenedAt=time_ago(minutes=-2))
        assert datetime.fromisoformat(payload.ok()["log"]["happenedAt"]) <= now()


class TestCorrect:
    async def test_refusals(self, api: Api, resources: Resources, ida: Person, ana: Person) -> None:
        course = await make_course(resources, ida)
        made = (await log(api, ida, course, quizzed(5))).ok()["log"]
        async with resources.database.read() as reading:
            before = await reading.all(select(ProgressLog))
        assert (await correct(api, ana, made["id"], notes="x")).codes == ["NOT_FOUND"]
        payload = await correct(api, ida, made["id"], activity=presses(1))
        assert payload.codes == ["ACTIVITY_FIXED"]
        assert payload.data["log"] is None
        payload = await correct(api, ida, made["id"], difficulty=6)
        assert payload.codes == ["INVALID_INPUT"]
        unknown = to_global("plg", new_id())
        assert (await correct(api, ida, unknown, notes="x")).codes == ["NOT_FOUND"]
        async with resources.database.read() as reading:
            assert await reading.all(select(ProgressLog)) == before


class TestRecommendation:
    async def test_the_weakest_first_then_the_next_lesson(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        shown, draft = LessonStatus.PUBLISHED, LessonStatus.DRAFT
        course = await make_course(resources, ida, lessons=[[draft, shown], [shown]])
        _, first, second = [to_global("les", each.id) for each in course.lessons]
        weak = (await log(api, ana, course, quizzed(3, name="Roots"))).ok()
        assert weak["nextRecommendation"] == {
            "kind": "REVIEW_WEAKEST",
            "text": 'Look at "Roots" again: 30% right of late.',
            "weight": None,
            "lesson": None,
        }
        await correct(api, ana, weak["log"]["id"], activity=quizzed(7, name="Roots"))
        page = {"reading": {"title": "x", "pages": 1}}
        found = (await log(api, ana, course, page)).ok()["nextRecommendation"]
        assert (found["kind"], found["lesson"]) == ("NEXT_LESSON", {"id": first})
        found = (await log(api, ana, course, page, lessonId=first)).ok()["nextRecommendation"]
        assert (found["kind"], found["lesson"]) == ("NEXT_LESSON", {"id": second})
        found = (await log(api, ana, course, page, lessonId=second)).ok()["nextRecommendation"]
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
            (one, quizzed(1), 4, {"sessionId": key}),
            (two, quizzed(2), 3, {}),
            (one, presses(1), 2, {}),
            (one, {"reflection": {"text": "x"}}, 1, {}),
        ):
            made = await log(api, ana, course, activity, happenedAt=time_ago(days=days), **more)
            ids.append(made.ok()["log"]["id"])
        await log(api, ida, one, quizzed(1))

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
        between = {"happenedAfter": time_ago(days=3.5), "happenedBefore": time_ago(days=1.5)}
        assert (await found(between))[0] == [2, 1]
        some, page = await found(None, 3)
        assert (some, page["totalCount"], page["pageInfo"]["hasNextPage"]) == ([3, 2, 1], 4, True)
        assert (await found(None, 3, page["pageInfo"]["endCursor"]))[0] == [0]
        answer = await api.execute(
            "query ($filter: ProgressLogFilter) { progressLogs(filter: $filter) { totalCount } }",
            {"filter": {"happenedAfter": time_ago(days=1), "happenedBefore": time_ago(days=2)}},
            as_=ana,
        )
        assert answer.codes == ["BAD_REQUEST"]

    async def test_nobody_elses_by_its_id(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida)
        key = (await log(api, ana, course, quizzed(1))).ok()["log"]["id"]
        document = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await api.execute(document, {"id": key}, as_=ida)).ok() == {"node": None}
        assert (await api.execute(document, {"id": key}, as_=ana)).ok() == {"node": {"id": key}}
