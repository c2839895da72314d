"""Events of other rooms pay XP, and what is reached is told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.core.clock import now
from app.core.events import PersistedEvent
from app.core.ids import from_global, new_id, to_global
from app.core.outbox import HandleEvent, StreamEvent, events_after, last_sequence
from app.core.resources import Resources
from app.courses.events import (
    AssignmentGraded,
    CourseLearned,
    ExerciseCompleted,
    LessonCompleted,
    PracticeCompleted,
)
from app.courses.models import LessonProgress
from app.gamification.events import LevelReached, gamification_stream
from app.sessions.events import SessionChanged
from app.sessions.models import Participant
from app.sessions.service import lifecycle
from app.vault.events import FlashcardAnswered
from tests.client import Api
from tests.courses.authoring import PUBLISHED, add_exercise
from tests.courses.coding import make_coding
from tests.courses.quizzes import make_quiz
from tests.courses.submissions import assignment_of, grade, handed_in
from tests.factories import Person, Teaching, make_course, make_person, make_session, writing
from tests.gamification.earning import days, earn, entries, give, profile, save_achievement
from tests.notifications.conftest import told
from workers import following, rewarding

# Its followers are known once it is imported.
__all__ = ["rewarding"]


async def _happen(resources: Resources, event: PersistedEvent, times: int = 2) -> None:
    """Publish an event, and hear of it as often."""
    async with resources.begin() as uow:
        uow.publish(event)
    async with resources.database.read() as session:
        sequence = await last_sequence(session, event.stream)
    for name in following._followers[event.kind]:
        job = HandleEvent(handler=name, stream=event.stream, sequence=sequence)
        for _ in range(times):
            await following.run(resources, job)


async def _assignment(api: Api, ida: Person, course: Teaching) -> str:
    """The id of an assignment in the course's first lesson."""
    lesson = to_global("les", course.lessons[0].id)
    made = await add_exercise(api, ida, lesson, assignment_of("TEXT"))
    id: str = made.ok()["exercise"]["id"]
    return id


class TestLearning:
    async def test_lessons_sections_and_courses(self, resources: Resources, ana: Person) -> None:
        teacher = await make_person(resources, role="instructor")
        course = await make_course(resources, teacher, lessons=[PUBLISHED * 2])
        for lesson in course.lessons:
            async with writing(resources) as session:
                session.add(LessonProgress(user_id=ana.key, lesson_id=lesson.id))
            ids = {"course_id": course.key, "lesson_id": lesson.id}
            await _happen(resources, LessonCompleted(user_id=ana.key, **ids))
        await _happen(resources, CourseLearned(user_id=ana.key, course_id=course.key))
        assert await entries(resources, ana) == [
            ("LESSON", 10),
            ("LESSON", 10),
            ("MODULE", 50),
            ("COURSE", 100),
        ]

    async def test_ones_own_course_pays_nothing(self, resources: Resources) -> None:
        teacher = await make_person(resources, role="instructor")
        course = await make_course(resources, teacher, lessons=[PUBLISHED])
        ids = {"course_id": course.key, "lesson_id": course.lessons[0].id}
        await _happen(resources, LessonCompleted(user_id=teacher.key, **ids))
        await _happen(resources, CourseLearned(user_id=teacher.key, course_id=course.key))
        assert await entries(resources, teacher) == []

    async def test_exercises(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida, description="About leaves.")
        quiz = from_global("exe", (await make_quiz(api, ida, course)).id)
        program = (await make_coding(resources, ida, course=course)).row.id
        work = from_global("exe", await _assignment(api, ida, course))
        for person in (ana, ida):
            for exercise in (quiz, program, work):
                await _happen(
                    resources,
                    ExerciseCompleted(
                        user_id=person.key,
                        course_id=course.key,
                        lesson_id=course.lessons[0].id,
                        exercise_id=exercise,
                    ),
                )
        # Work pays once it has a grade.
        assert await entries(resources, ana) == [("QUIZ", 20), ("CODING", 20)]
        assert await entries(resources, ida) == []

    async def test_a_grade_above_zero(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await make_course(resources, ida, description="About leaves.")
        exercise = await _assignment(api, ida, course)
        id = await handed_in(api, ana, exercise)
        event = AssignmentGraded(
            user_id=ana.key,
            exercise_id=from_global("exe", exercise),
            submission_id=from_global("asg", id),
        )
        for points, expected in ((0, []), (1, [("ASSIGNMENT", 30)]), (20, [("ASSIGNMENT", 30)])):
            (await grade(api, ida, id, points, regrade=points > 0)).ok()
            await _happen(resources, event)
            assert await entries(resources, ana) == expected

    async def test_practice_and_cards(self, api: Api, resources: Resources, ana: Person) -> None:
        ids: dict[str, Any] = {"course_id": new_id(), "session_id": new_id()}
        await _happen(resources, PracticeCompleted(user_id=ana.key, minutes=25, **ids))
        card = new_id()
        for _ in range(2):
            answered = FlashcardAnswered(user_id=ana.key, card_id=card, review_id=new_id())
            await _happen(resources, answered)
        assert await entries(resources, ana) == [("PRACTICE_SESSION", 15), ("FLASHCARD", 1)]
        assert await profile(api, ana, "xp studyMinutes") == {"xp": 16, "studyMinutes": 25}

    async def test_it_counts_for_the_day_when_it_happened(
        self, resources: Resources, ana: Person
    ) -> None:
        event = FlashcardAnswered(user_id=ana.key, card_id=new_id(), review_id=new_id())
        async with resources.begin() as uow:
            uow.publish(event)
        before = now() - timedelta(days=2)
        async with writing(resources) as session:
            await session.execute(
                update(StreamEvent)
                .where(col(StreamEvent.stream) == event.stream)
                .values(created_at=before)
            )
        job = HandleEvent(handler="xp", stream=event.stream, sequence=1)
        await following.run(resources, job)
        assert await days(resources, ana) == [before.date()]

    async def test_who_was_in_the_call(
        self, resources: Resources, ana: Person, ben: Person
    ) -> None:
        host = await make_person(resources)
        session = await make_session(
            resources, host, guests=[ana, ben], joined=[host, ana], live=True
        )
        async with writing(resources) as writer:
            await writer.execute(
                update(Participant)
                .values(joined_at=now() - timedelta(minutes=12))
                .where(col(Participant.joined_at).is_not(None))
            )
        async with resources.begin() as uow:
            await lifecycle.end(uow, host.viewer, session.key)
        await _happen(resources, SessionChanged(session_id=session.key))
        assert await entries(resources, host) == [("STUDY_SESSION", 15)]
        assert await entries(resources, ana) == [("STUDY_SESSION", 15)]
        assert await entries(resources, ben) == []


class TestTelling:
    async def test_a_level(self, resources: Resources, ana: Person) -> None:
        await _happen(resources, LevelReached(user_id=ana.key, level=4))
        assert [row.title for row in await told(resources, ana.key)] == ["You have reached level 4"]

    async def test_an_achievement(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        id = await save_achievement(api, sam, points=20)
        await earn(resources, ana)
        async with resources.database.read() as session:
            events = await events_after(session, gamification_stream(ana.key), 0)
        [unlocked] = [each for each in events if each.kind == "gamification.achievement_unlocked"]
        job = HandleEvent(handler="notify", stream=unlocked.stream, sequence=unlocked.sequence or 0)
        for _ in range(2):
            await following.run(resources, job)
        fields = "notifications { nodes { type text subjectKind subjectId } }"
        answer = await api.execute(f"{{ {fields} }}", as_=ana)
        assert answer.ok()["notifications"]["nodes"] == [
            {
                "type": "ACHIEVEMENT_UNLOCKED",
                "text": "You have unlocked \u201cFirst steps\u201d. Claim it to have its 20 XP.",
                "subjectKind": "ACHIEVEMENT",
                "subjectId": id,
            }
        ]


_UPDATED = """
    subscription ($after: String) {
      gamificationUpdated(after: $after) {
        __typename cursor profile { xp }
        ... on GamificationXpChanged { earnedFor amount }
        ... on GamificationLevelReached { level }
        ... on GamificationStreakChanged { days }
        ... on GamificationAchievementUnlocked { unlock { achievement { name } } }
      } }
"""


@pytest.mark.usefixtures("relay")
class TestUpdates:
    async def test_in_order_and_resumed(
        self, api: Api, resources: Resources, sam: Person, ana: Person, ben: Person
    ) -> None:
        await save_achievement(api, sam)
        start = (await profile(api, ana, "cursor"))["cursor"]
        await earn(resources, ben)
        await earn(resources, ana)
        await give(resources, ana, 100)
        kinds, cursor = [], start
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"after": start})
            for _ in range(3):
                told = (await live.next())["gamificationUpdated"]
                kinds.append(told["__typename"])
                cursor = told["cursor"]
        assert kinds == [
            "GamificationXpChanged",
            "GamificationStreakChanged",
            "GamificationAchievementUnlocked",
        ]
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"after": cursor})
            changed = (await live.next())["gamificationUpdated"]
            del changed["cursor"]
            assert changed == {
                "__typename": "GamificationXpChanged",
                "profile": {"xp": 110},
                "earnedFor": "AWARD",
                "amount": 100,
            }
            reached = (await live.next())["gamificationUpdated"]
            assert (reached["__typename"], reached["level"]) == ("GamificationLevelReached", 2)
            assert (await profile(api, ana, "cursor"))["cursor"] == reached["cursor"]
