"""Who is found on a course, in which order, and why."""

import asyncio
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlmodel import col, select

from app.accounts.models import Audience, LearningStyle, User
from app.buddies.events import WordReason
from app.buddies.models import MatchReason, StudyTime
from app.buddies.service import matching, reasons
from app.classes.models import Weekday
from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.courses.models import CohortMember, Course, CourseProgress, CourseStatus, LessonProgress
from app.reference.models import Subject
from tests.buddies.studying import Circle
from tests.client import Api
from tests.factories import Person, waiting_jobs, writing


async def _learn(resources: Resources, person: Person, *lessons: Any) -> None:
    async with writing(resources) as session:
        session.add(*[LessonProgress(user_id=person.key, lesson_id=each.id) for each in lessons])


def _on(day: str, start: int, end: int) -> dict[str, Any]:
    return {"weekday": day, "startsMinute": start * 60, "endsMinute": end * 60}


class TestWho:
    async def test_those_on_the_course(self, circle: Circle, ana: Person, dan: Person) -> None:
        assert sorted(await circle.names(ana)) == ["ben", "cleo"]
        assert await circle.found(dan) is None
        answer = await circle.api.execute(
            "query ($id: ID!) { buddyMatches(courseId: $id) { course { id } } }",
            {"id": circle.course.id},
        )
        assert answer.codes == ["UNAUTHENTICATED"]

    async def test_who_works_on_it_without_a_class(
        self, circle: Circle, resources: Resources, ana: Person, dan: Person
    ) -> None:
        await _learn(resources, dan, circle.course.lessons[0])
        assert sorted(await circle.names(ana)) == ["ben", "cleo", "dan"]
        assert sorted(await circle.names(dan)) == ["ana", "ben", "cleo"]
        async with writing(resources) as session:
            hidden = update(Course).where(col(Course.id) == circle.course.key)
            await session.execute(hidden.values(public=False))
        # What isn't in the catalogue is learned in classes.
        assert sorted(await circle.names(ana)) == ["ben", "cleo"]
        assert await circle.found(dan) is None

    async def test_not_who_has_completed_it(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        async with writing(resources) as session:
            session.add(CourseProgress(user_id=ben.key, course_id=circle.course.key))
        assert await circle.names(ana) == ["cleo"]
        assert await circle.found(ben) is None

    async def test_not_on_a_course_that_is_over(
        self, circle: Circle, resources: Resources, ana: Person
    ) -> None:
        async with writing(resources) as session:
            over = update(Course).where(col(Course.id) == circle.course.key)
            await session.execute(over.values(status=CourseStatus.ARCHIVED))
        assert await circle.found(ana) is None

    async def test_not_who_isn_t_findable(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person, cleo: Person
    ) -> None:
        (await circle.prefer(ben, findable=False)).ok()
        async with writing(resources) as session:
            hers = update(User).where(col(User.id) == cleo.key)
            await session.execute(hers.values(profile_audience=Audience.NOBODY))
        assert await circle.names(ana) == []
        # They find others all the same.
        assert await circle.names(ben) == ["ana"]

    @pytest.mark.parametrize("who_blocks", ["ana", "ben"])
    async def test_not_after_a_block(
        self, circle: Circle, ana: Person, ben: Person, who_blocks: str
    ) -> None:
        blocker, blocked = (ana, ben) if who_blocks == "ana" else (ben, ana)
        (await circle.do("userBlock", {"userId": blocked.id}, "block { id }", blocker)).ok()
        assert await circle.names(ana) == ["cleo"]
        assert await circle.names(ben) == ["cleo"]

    async def test_not_who_has_enough(
        self, circle: Circle, ana: Person, ben: Person, cleo: Person
    ) -> None:
        (await circle.prefer(ben, maxBuddies=1)).ok()
        assert "ben" in await circle.names(ana)
        await circle.pair(cleo, ben)
        assert await circle.names(ana) == ["cleo"]

    async def test_not_buddies_nor_who_is_asked(
        self, circle: Circle, ana: Person, ben: Person, cleo: Person
    ) -> None:
        id = await circle.asked(ana, ben)
        assert await circle.names(ana) == ["cleo"]
        assert await circle.names(ben) == ["cleo"]
        (await circle.answer("Cancel", id, ana)).ok()
        assert sorted(await circle.names(ana)) == ["ben", "cleo"]
        await circle.pair(ana, cleo)
        assert await circle.names(ana) == ["ben"]

    async def test_of_one_section(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        await _learn(resources, ben, *circle.course.lessons[:2])
        first, second = (f'sectionId: "{circle.section(place)}"' for place in (0, 1))
        assert await circle.names(ana, first) == ["cleo"]
        assert await circle.names(ana, second) == ["ben"]

    async def test_how_many(self, circle: Circle, api: Api, ana: Person) -> None:
        assert len(await circle.names(ana, "first: 1")) == 1
        document = (
            "query ($id: ID!) { buddyMatches(courseId: $id) { matches(first: %d) { score } } }"
        )
        for first in (0, 51):
            answer = await api.execute(document % first, {"id": circle.course.id}, as_=ana)
            assert answer.codes == ["BAD_REQUEST"]


class TestScore:
    async def test_of_everything(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        biology = Subject(name="Biology", category="Science", description="Life.")
        async with writing(resources) as session:
            session.add(biology)
            await session.flush()
            taught = update(Course).where(col(Course.id) == circle.course.key)
            await session.execute(taught.values(subject_id=biology.id))
        studied = [{"subjectId": to_global("sub", biology.id), "level": "BEGINNER"}]
        common = {"subjects": studied, "learningStyle": "VISUAL", "pace": "STEADY"}
        evenings = [_on(day, 12, 24) for day in ("MONDAY", "WEDNESDAY")]
        (await circle.prefer(ana, **common, timeZone="UTC", availability=evenings)).ok()
        mornings = [_on(day, 21, 24) for day in ("MONDAY", "WEDNESDAY")]
        (await circle.prefer(ben, **common, timeZone="Asia/Kolkata", availability=mornings)).ok()
        found = await circle.found(ana)
        assert found is not None
        # 21:00 to 24:00 in India is 15:30 to 18:30 UTC: six hours in two days.
        assert found[0] == {
            "user": {"username": "ben"},
            "score": 20 + 10 + 35 * 360 // 600 + 15 + 10 + 10,
            "overlapMinutes": 360,
            "reason": "You are at the same section of the course, you can both study for 6 hours"
            " of this week, you are at the same level, you learn in a similar way, and you like"
            " the same pace.",
            "reasonOrigin": "RULE",
            "timeZone": "Asia/Kolkata",
            "availability": [
                {"weekday": day, "startsMinute": 1260, "endsMinute": 1440}
                for day in ("MONDAY", "WEDNESDAY")
            ],
        }
        assert (found[1]["user"], found[1]["score"]) == ({"username": "cleo"}, 30 + 7 + 5 + 5)
        # The same from the other side.
        theirs = await circle.found(ben)
        assert theirs is not None
        assert (theirs[0]["user"], theirs[0]["score"]) == ({"username": "ana"}, found[0]["score"])

    @pytest.mark.parametrize(
        ("mine", "theirs", "points"),
        [
            ({"pace": "STEADY"}, {"pace": "INTENSIVE"}, 5),
            ({"pace": "RELAXED"}, {"pace": "INTENSIVE"}, 0),
            ({"pace": "RELAXED"}, {}, 5),
            ({}, {"pace": "RELAXED"}, 5),
            ({"learningStyle": "VISUAL"}, {"learningStyle": "MIXED"}, 7),
            ({"learningStyle": "MIXED"}, {"learningStyle": "VISUAL"}, 7),
            ({"learningStyle": "MIXED"}, {"learningStyle": "MIXED"}, 10),
            ({"learningStyle": "VISUAL"}, {"learningStyle": "READING"}, 2),
            ({"learningStyle": "VISUAL"}, {}, 5),
        ],
    )
    async def test_of_each(
        self,
        circle: Circle,
        ana: Person,
        ben: Person,
        mine: dict[str, Any],
        theirs: dict[str, Any],
        points: int,
    ) -> None:
        for person, said in ((ana, mine), (ben, theirs)):
            if said:
                (await circle.prefer(person, **said)).ok()
        found = await circle.found(ana)
        assert found is not None
        [score] = [each["score"] for each in found if each["user"]["username"] == "ben"]
        # 20 for the course, 10 for the section, and half of what neither has said.
        assert score == 30 + 7 + 5 + points

    async def test_another_section(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        await _learn(resources, ben, *circle.course.lessons[:2])
        found = await circle.found(ana)
        assert found is not None
        assert [(each["user"]["username"], each["score"]) for each in found] == [
            ("cleo", 47),
            ("ben", 37),
        ]
        assert found[1]["reason"] == "You are on the same course."


class TestReason:
    async def test_a_model_words_it_afterwards(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person
    ) -> None:
        await circle.names(ana)
        # Again, nothing more is asked for.
        await circle.names(ana)
        jobs = [WordReason(**given) for name, given in await waiting_jobs(resources)]
        assert {(job.user_id, job.context_id) for job in jobs} == {(ana.key, circle.course.key)}
        assert len(jobs) == 2
        [job] = [job for job in jobs if job.other_id == ben.key]
        brief = await reasons.brief(resources, job)
        assert brief is not None
        assert brief.reason.plain == "You are at the same section of the course."
        async with resources.begin() as uow:
            await reasons.word(uow, brief.reason, "You share a section!")
        assert await reasons.brief(resources, job) is None
        found = await circle.found(ana)
        assert found is not None
        said = {each["user"]["username"]: (each["reason"], each["reasonOrigin"]) for each in found}
        assert said == {
            "ben": ("You share a section!", "MODEL"),
            "cleo": ("You are at the same section of the course.", "RULE"),
        }
        # What is true no longer is worded no longer.
        await _learn(resources, ben, *circle.course.lessons[:2])
        found = await circle.found(ana)
        assert found is not None
        [late] = [each for each in found if each["user"]["username"] == "ben"]
        assert (late["reason"], late["reasonOrigin"]) == ("You are on the same course.", "RULE")

    async def test_all_looks_at_once_ask_once(
        self, circle: Circle, resources: Resources, ana: Person, ben: Person, cleo: Person
    ) -> None:
        others = [ben.key, cleo.key]

        async def ask(said: str, keys: list[UUID]) -> None:
            async with resources.begin() as uow:
                await reasons.have_worded(
                    uow, ana.viewer, circle.course.key, dict.fromkeys(keys, said)
                )

        said = [f"You fit {number} times." for number in range(10)]
        for each in said:
            await asyncio.gather(*[ask(each, others[::step]) for step in (1, -1) * 3])
        jobs = [WordReason(**given) for _, given in await waiting_jobs(resources)]
        assert sorted(job.other_id for job in jobs) == sorted(others * len(said))
        async with resources.database.read() as reading:
            assert set(await reading.all(select(MatchReason.plain))) == {said[-1]}

    async def test_words_that_come_too_late(
        self, circle: Circle, resources: Resources, ana: Person
    ) -> None:
        await circle.names(ana)
        job = WordReason(**(await waiting_jobs(resources))[0][1])
        brief = await reasons.brief(resources, job)
        assert brief is not None
        async with writing(resources) as session:
            await session.execute(update(MatchReason).values(plain="Something else."))
        async with resources.begin() as uow:
            await reasons.word(uow, brief.reason, "You share a section!")
        async with resources.database.read() as reading:
            assert set(await reading.all(select(MatchReason.worded))) == {None}


_MANY = 5000


async def _crowd(resources: Resources, circle: Circle) -> list[UUID]:
    keys = [new_id() for _ in range(_MANY)]
    zones = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
    days = list(Weekday)
    users = [
        {
            "id": key,
            "username": f"crowd{place}",
            "username_skeleton": f"crowd{place}",
            "email": f"crowd{place}@example.com",
            "first_name": "Somebody",
            "time_zone": zones[place % len(zones)],
            "learning_style": list(LearningStyle)[place % 5],
        }
        for place, key in enumerate(keys)
    ]
    members = [{"cohort_id": circle.cohort_id, "user_id": key} for key in keys]
    times = [
        {
            "user_id": key,
            "weekday": days[(place + day) % 7],
            "starts_minute": 60 * (place % 20),
            "ends_minute": 60 * (place % 20) + 120,
        }
        for place, key in enumerate(keys)
        for day in range(4)
    ]
    done = [
        {"user_id": key, "lesson_id": lesson.id}
        for place, key in enumerate(keys)
        for lesson in circle.course.lessons[: place % 4]
    ]
    async with writing(resources) as session:
        tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
            (User, users), (CohortMember, members), (StudyTime, times), (LessonProgress, done),
        )  # fmt: skip
        for table, rows in tables:
            for start in range(0, len(rows), 5000):
                made = [table(**row).model_dump(exclude={"search", "folded_name",
                        "folded_institution", "active_at", "admin_search"})
                        for row in rows[start : start + 5000]]  # fmt: skip
                await session.execute(insert(table), made)
    return keys


async def test_five_thousand_people(
    circle: Circle, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = await _crowd(resources, circle)
    week = [_on(day.name, 8, 20) for day in Weekday]
    (await circle.prefer(ana, timeZone="Europe/Berlin", availability=week)).ok()
    async with resources.database.read() as reading:
        # As the server keeps it up itself.
        await matching.find(reading, ana.viewer, circle.course.key, None, 10)
        started = perf_counter()
        found = await matching.find(reading, ana.viewer, circle.course.key, None, 50)
        seconds = perf_counter() - started
        second = circle.course.sections[1].id
        started = perf_counter()
        of_section = await matching.find(reading, ana.viewer, circle.course.key, second, 50)
        seconds_of_section = perf_counter() - started
        monkeypatch.setattr(matching, "MOST_CONSIDERED", 10)
        few = await matching.find(reading, ana.viewer, circle.course.key, None, 50)
    assert len(found) == 50
    assert [each.fit.score for each in found] == sorted(
        (each.fit.score for each in found), reverse=True
    )
    assert {each.fit.user_id for each in found} <= set(keys)
    assert len(few) == 10
    assert seconds < 1, seconds
    assert {each.fit.learner.section_id for each in of_section} == {second}
    assert len(of_section) == 50
    assert seconds_of_section < 1, seconds_of_section
