"""SQL of who fits whom on a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    case,
    func,
    literal,
    true,
    union_all,
)
from sqlalchemy import select as choose
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlmodel import col, select

from app.accounts import policy as accounts
from app.accounts.models import LearningStyle, User, UserSubject
from app.buddies import policy, scoring
from app.buddies.models import (
    DEFAULT_MAX_BUDDIES,
    Buddy,
    BuddyRequest,
    BuddyRequestStatus,
    StudyLevel,
    StudyPace,
    StudyPreference,
    StudyTime,
)
from app.buddies.store import buddies
from app.classes.models import Weekday
from app.core.clock import now
from app.core.db import ReadSession
from app.core.viewer import Viewer
from app.courses.models import (
    Course,
    CourseLevel,
    Lesson,
    LessonProgress,
    LessonStatus,
    Section,
)

_DAY_MINUTES = 1440


@dataclass(frozen=True)
class Learner:
    """What of somebody on a course makes them fit others."""

    time_zone: str
    section_id: UUID | None
    level: CourseLevel | None
    style: LearningStyle | None
    pace: StudyPace | None


@dataclass(frozen=True)
class Fit:
    """How somebody fits the viewer."""

    user_id: UUID
    score: int
    overlap_minutes: int
    learner: Learner


# On the clocks of a zone: when the viewer can study, in minutes of the week.
ZonedSpan = tuple[str, int, int]


def _places(course_id: UUID, users: Any) -> Any:
    """At which section each of these is: the first one with a lesson that they have left."""
    published = col(Lesson.status) == LessonStatus.PUBLISHED
    lessons = (
        select(Lesson.section_id, Section.position, func.count().label("lessons"))
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id, published)
        .group_by(col(Lesson.section_id), col(Section.position))
        .subquery()
    )
    every = (
        choose(col(User.id).label("user_id"), *lessons.c)
        .select_from(User)
        .join(lessons, true())
        .where(col(User.id).in_(users))
    )
    # Of many, what others have done is read as well, and comes to nothing.
    theirs = col(LessonProgress.user_id).in_(users) if isinstance(users, list) else true()
    done = (
        choose(
            col(LessonProgress.user_id),
            col(Lesson.section_id),
            col(Section.position),
            literal(-1, Integer),
        )
        .join(Lesson, col(Lesson.id) == LessonProgress.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(col(Section.course_id) == course_id, published, theirs)
    )
    # Added up, where a join would go through all that is done for each of them.
    left = union_all(every, done).subquery()
    return (
        choose(left.c.user_id, left.c.section_id)
        .group_by(left.c.user_id, left.c.section_id, left.c.position)
        .having(func.sum(left.c.lessons) > 0)
        .order_by(left.c.user_id, left.c.position)
        .ext(distinct_on(left.c.user_id))
        .subquery()
    )


def _levels(course_id: UUID) -> Any:
    """How far people are in the course's subject."""
    return (
        select(UserSubject.user_id, StudyLevel.level)
        .join(StudyLevel, col(StudyLevel.user_subject_id) == UserSubject.id)
        .join(Course, col(Course.subject_id) == UserSubject.subject_id)
        .where(Course.id == course_id)
        .subquery()
    )


def findable(viewer: Viewer) -> ColumnElement[bool]:
    """Those who are proposed to the viewer at all: active, findable, not blocked either way.

    Whose profile the viewer can't see isn't found either. `StudyPreference` is joined.
    """
    said = func.coalesce(StudyPreference.findable, true())
    return and_(col(User.id) != viewer.user_id, said, accounts.visible_profile(viewer))


def _known(viewer: Viewer) -> list[Any]:
    """Statements of those who are the viewer's buddies, or have an open request with them."""
    together = col(Buddy.ended_at).is_(None)
    asked = and_(
        col(BuddyRequest.status) == BuddyRequestStatus.PENDING, col(BuddyRequest.expires_at) > now()
    )
    me = viewer.user_id
    return [
        select(Buddy.first_id).where(Buddy.second_id == me, together),
        select(Buddy.second_id).where(Buddy.first_id == me, together),
        select(BuddyRequest.requested_id).where(BuddyRequest.requester_id == me, asked),
        select(BuddyRequest.requester_id).where(BuddyRequest.requested_id == me, asked),
    ]


def _array(keys: Any) -> ColumnElement[Any]:
    """Keys that a statement finds first of all, to look up their rows one by one.

    As a list of its own, which the planner takes for shorter than it is, it would be gone through
    for each of everybody's rows.
    """
    return func.array(keys.scalar_subquery(), type_=ARRAY(Uuid))


async def considered(
    session: ReadSession, viewer: Viewer, course_id: UUID, section_id: UUID | None, most: int
) -> list[tuple[UUID, str]]:
    """Who could be the viewer's buddy on a course, at most so many, who was last active first:
    their keys and time zones. `section_id` keeps those who are at that section.
    """
    learners = _array(policy.learners(course_id))
    if section_id is not None:
        places = _places(course_id, choose(func.unnest(learners)))
        learners = _array(choose(places.c.user_id).where(places.c.section_id == section_id))
    limit = func.coalesce(StudyPreference.max_buddies, DEFAULT_MAX_BUDDIES)
    statement: Any = (
        choose(col(User.id), col(User.time_zone))
        .join(StudyPreference, col(StudyPreference.user_id) == User.id, isouter=True)
        .join(Course, and_(col(Course.id) == course_id, policy.taught()))
        .where(
            col(User.id) == func.any(learners),
            findable(viewer),
            policy.on_course(User.id),
            *[col(User.id).not_in(each) for each in _known(viewer)],
            buddies.count(User.id) < limit,
        )
        .order_by(col(User.active_at).desc(), col(User.id).desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in await session.rows(statement)]


async def is_found(session: ReadSession, viewer: Viewer, user_id: UUID, course_id: UUID) -> bool:
    """Whether the viewer can ask somebody to study a course together."""
    found = (
        select(User.id)
        .join(StudyPreference, col(StudyPreference.user_id) == User.id, isouter=True)
        .join(Course, col(Course.id) == course_id)
        .where(User.id == user_id, findable(viewer), policy.on_course(user_id))
    )
    return await session.first(found) is not None


async def learner(session: ReadSession, user_id: UUID, course_id: UUID) -> Learner:
    """Somebody who is on a course."""
    places, levels = _places(course_id, [user_id]), _levels(course_id)
    [row] = await session.rows(
        choose(
            col(User.time_zone),
            places.c.section_id,
            levels.c.level,
            col(User.learning_style),
            col(StudyPreference.pace),
        )
        .select_from(User)
        .join(StudyPreference, col(StudyPreference.user_id) == User.id, isouter=True)
        .join(places, places.c.user_id == User.id, isouter=True)
        .join(levels, levels.c.user_id == User.id, isouter=True)
        .where(col(User.id) == user_id)
    )
    return Learner(*row)


def _overlaps(keys: Any, free: Sequence[ZonedSpan]) -> Any:
    """How many minutes of the week each of these has in common with the viewer."""
    zones, starts, ends = zip(*free, strict=True) if free else ((), (), ())
    span = (
        func.unnest(
            literal(list(zones), ARRAY(Text)),
            literal(list(starts), ARRAY(Integer)),
            literal(list(ends), ARRAY(Integer)),
        )
        .table_valued("zone", "starts", "ends")
        .render_derived(name="free")
    )
    days = {day: place * _DAY_MINUTES for place, day in enumerate(Weekday)}
    day = case(*[(col(StudyTime.weekday) == each, start) for each, start in days.items()])
    common = func.least(day + col(StudyTime.ends_minute), span.c.ends) - func.greatest(
        day + col(StudyTime.starts_minute), span.c.starts
    )
    return (
        choose(col(StudyTime.user_id), func.sum(func.greatest(common, 0)).label("minutes"))
        .join(User, col(User.id) == StudyTime.user_id)
        .join(span, span.c.zone == User.time_zone)
        .where(col(StudyTime.user_id).in_(choose(func.unnest(keys))))
        .group_by(col(StudyTime.user_id))
        .subquery()
    )


async def ranked(
    session: ReadSession,
    course_id: UUID,
    mine: Learner,
    keys: Sequence[UUID],
    free: Sequence[ZonedSpan],
    most: int,
) -> list[Fit]:
    """Those of these who fit somebody best, as `scoring` says, at most so many.

    `free` is when that somebody can study, on the clocks of every zone of these.
    """
    given = literal(list(keys), ARRAY(Uuid))
    places = _places(course_id, choose(func.unnest(given)))
    levels, overlaps = _levels(course_id), _overlaps(given, free)
    overlap = func.coalesce(overlaps.c.minutes, 0)
    section = places.c.section_id
    same = scoring.SAME_SECTION if mine.section_id is not None else 0
    score = (
        scoring.SAME_COURSE
        + case((section == mine.section_id, same), else_=0)
        + scoring.week(overlap)
        + scoring.level(levels.c.level, mine.level)
        + scoring.style(col(User.learning_style), mine.style)
        + scoring.pace(col(StudyPreference.pace), mine.pace)
    )
    rows = await session.rows(
        choose(
            col(User.id),
            score.label("score"),
            overlap.label("minutes"),
            col(User.time_zone),
            section,
            levels.c.level,
            col(User.learning_style),
            col(StudyPreference.pace),
        )
        .select_from(User)
        .join(StudyPreference, col(StudyPreference.user_id) == User.id, isouter=True)
        .join(places, places.c.user_id == User.id, isouter=True)
        .join(levels, levels.c.user_id == User.id, isouter=True)
        .join(overlaps, overlaps.c.user_id == User.id, isouter=True)
        .where(col(User.id).in_(choose(func.unnest(given))))
        .order_by(score.desc(), overlap.desc(), col(User.id))
        .limit(most)
    )
    return [Fit(row[0], int(row[1]), int(row[2]), Learner(*row[3:])) for row in rows]
