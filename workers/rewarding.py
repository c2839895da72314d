"""What is learned pays XP, and whoever comes further is told."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from app.core.clock import now
from app.core.db import ReadSession
from app.core.events import PersistedEvent
from app.core.resources import Resources
from app.courses.events import (
    AssignmentGraded,
    CourseCompleted,
    CourseLearned,
    ExerciseCompleted,
    LessonCompleted,
    PracticeCompleted,
)
from app.courses.models import ExerciseKind
from app.gamification.events import AchievementUnlocked, LevelReached
from app.gamification.models import XpKind
from app.gamification.service import ledger
from app.gamification.service.ledger import Earning
from app.gamification.store import achievements, sources
from app.notifications import notices
from app.notifications.notices import Notice
from app.sessions.events import SessionChanged
from app.vault.events import FlashcardAnswered
from workers.following import follow
from workers.notifying import tell

E = TypeVar("E", bound=PersistedEvent)

# What an event pays a user: kinds, each with the key of what it is for and the minutes it took.
Paid = list[tuple[XpKind, UUID, int]]
PaidFor = Callable[[ReadSession, E], Awaitable[Paid]]

_NAME = "xp"
_OF_EXERCISE: Final = {ExerciseKind.QUIZ: XpKind.QUIZ, ExerciseKind.CODING: XpKind.CODING}


def pay(event: type[E], paid_for: PaidFor[E]) -> None:
    """Pay the user of an event (its `user_id`) what `paid_for` says."""

    async def paid(resources: Resources, happened: Any, source: str) -> None:
        async with resources.database.read() as session:
            found = await paid_for(session, happened)
            moment = await _moment(session, source)
        for kind, key, minutes in found:
            async with resources.begin() as uow:
                earning = Earning(kind, key, moment, minutes=minutes)
                await ledger.earn(uow, happened.user_id, earning)

    follow(event, _NAME, paid)


async def _moment(session: ReadSession, source: str) -> datetime:
    """When an event was published: it counts for that day, however late it is handled."""
    stream, _, sequence = source.removeprefix(f"{_NAME}:").rpartition("#")
    return await sources.happened_at(session, stream, int(sequence)) or now()


async def _of_lesson(session: ReadSession, event: LessonCompleted) -> Paid:
    if not await sources.is_learner(session, event.user_id, event.course_id):
        return []
    paid: Paid = [(XpKind.LESSON, event.lesson_id, 0)]
    section_id = await sources.finished_section(session, event.user_id, event.lesson_id)
    if section_id is not None:
        paid.append((XpKind.MODULE, section_id, 0))
    return paid


async def _of_exercise(session: ReadSession, event: ExerciseCompleted) -> Paid:
    """Quizzes and programs; work that was handed in pays once it has a grade."""
    kind = await sources.exercise_kind(session, event.exercise_id)
    if kind not in _OF_EXERCISE:
        return []
    if not await sources.is_learner(session, event.user_id, event.course_id):
        return []
    return [(_OF_EXERCISE[kind], event.exercise_id, 0)]


async def _of_course(session: ReadSession, event: CourseLearned | CourseCompleted) -> Paid:
    learner = await sources.is_learner(session, event.user_id, event.course_id)
    return [(XpKind.COURSE, event.course_id, 0)] if learner else []


async def _of_grade(session: ReadSession, event: AssignmentGraded) -> Paid:
    passed = await sources.is_passed(session, event.submission_id)
    return [(XpKind.ASSIGNMENT, event.exercise_id, 0)] if passed else []


async def _of_practice(_: ReadSession, event: PracticeCompleted) -> Paid:
    return [(XpKind.PRACTICE_SESSION, event.session_id, event.minutes)]


async def _of_flashcard(_: ReadSession, event: FlashcardAnswered) -> Paid:
    return [(XpKind.FLASHCARD, event.card_id, 0)]


async def _pay_attendance(resources: Resources, event: SessionChanged, _: str) -> None:
    """Who was in the call of a study session, once it has ended."""
    async with resources.database.read() as session:
        found = await sources.attendance(session, event.session_id)
    if found is None:
        return
    ended_at, attended = found
    for user_id, seconds in attended:
        async with resources.begin() as uow:
            minutes = seconds // 60
            earning = Earning(XpKind.STUDY_SESSION, event.session_id, ended_at, minutes=minutes)
            await ledger.earn(uow, user_id, earning)


async def _of_level(_: ReadSession, event: LevelReached) -> Notice:
    return notices.level_reached(event.level)


async def _of_unlock(session: ReadSession, event: AchievementUnlocked) -> Notice | None:
    found = await achievements.of_unlock(session, event.user_achievement_id)
    return notices.achievement_unlocked(found.id, found.name, found.points) if found else None


pay(LessonCompleted, _of_lesson)
pay(ExerciseCompleted, _of_exercise)
pay(CourseLearned, _of_course)
pay(CourseCompleted, _of_course)
pay(AssignmentGraded, _of_grade)
pay(PracticeCompleted, _of_practice)
pay(FlashcardAnswered, _of_flashcard)
follow(SessionChanged, _NAME, _pay_attendance)

tell(LevelReached, _of_level)
tell(AchievementUnlocked, _of_unlock)
