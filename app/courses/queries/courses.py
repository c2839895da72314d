"""Root queries of courses and what is in them."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlmodel import col, select

from app.accounts.types import User
from app.core.access import ANYONE, SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, browse, find, id_argument, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import CourseLevel, CourseStatus, CurriculumOrigin
from app.courses.models.learning import CourseLearning
from app.courses.types import (
    Certificate,
    Course,
    CourseId,
    CourseProgress,
    Curriculum,
    Exercise,
    ExerciseId,
    Lesson,
    LessonId,
    Section,
    SectionId,
)


class CourseSort(StrEnum):
    """How courses are sorted."""

    NEWEST = "newest"
    TITLE = "title"


describe(
    CourseSort,
    "How courses are sorted.",
    {
        CourseSort.NEWEST: "The newest first: by publication, or by the making of one's own.",
        CourseSort.TITLE: "By title.",
    },
)


@strawberry.input(description="Which courses.")
class CourseFilter:
    """What isn't given doesn't narrow."""

    mine: bool = strawberry.field(
        default=False, description="Those that you teach, or that were made for you, in any state."
    )
    statuses: list[CourseStatus] | None = strawberry.field(
        default=None,
        description="Those that you can see in one of these states, instead of the catalogue.",
    )
    topic: str | None = strawberry.field(default=None, description="On this subject.")
    category: str | None = strawberry.field(default=None, description="In this category.")
    levels: list[CourseLevel] | None = strawberry.field(
        default=None, description="Of one of these levels."
    )
    language: str | None = strawberry.field(default=None, description="Taught in this language.")
    instructor_id: strawberry.ID | None = id_field(
        "Taught by this user.", User.prefix, default=None
    )
    search: str | None = strawberry.field(
        default=None, description="With these words in title, topic or description."
    )


def _narrowed(course: type[models.Course], filter: CourseFilter) -> ColumnElement[bool]:
    where: ColumnElement[bool] = true()
    equal: dict[Any, Any] = {
        course.topic: filter.topic,
        course.category: filter.category,
        course.language: filter.language,
        course.instructor_id: filter.instructor_id,
    }
    for column, wanted in equal.items():
        if wanted is not None:
            where &= column == wanted
    if filter.levels is not None:
        where &= col(course.level).in_(filter.levels)
    if filter.search is not None:
        where &= col(course.search).bool_op("@@")(
            func.websearch_to_tsquery("simple", filter.search)
        )
    return where


def _courses(
    viewer: Asker,
    course: type[models.Course],
    *,
    filter: Annotated[
        CourseFilter | None, strawberry.argument(description="Which ones; else the catalogue.")
    ] = None,
    sort: Annotated[
        CourseSort, strawberry.argument(description="In which order.")
    ] = CourseSort.NEWEST,
) -> Rows:
    where = true() if filter is None else _narrowed(course, filter)
    order, visible = Order("coursesMade", ("created_at", "id"), descending=True), None
    if filter is not None and filter.mine:
        where &= or_(
            col(course.instructor_id) == viewer.user_id, col(course.learner_id) == viewer.user_id
        )
    if filter is not None and filter.statuses is not None:
        where &= col(course.status).in_(filter.statuses)
    elif filter is None or not filter.mine:
        # Everybody sees the catalogue alike, so that one answer can serve many.
        visible = policy.listed(course)
        order = Order("courses", ("published_at", "id"), descending=True)
    if sort is CourseSort.TITLE:
        order = Order("coursesByTitle", ("title", "id"))
    return Rows(where, order, visible=visible)


def _course(_: Asker, course: type[models.Course], *, id: CourseId) -> ColumnElement[bool]:
    return col(course.id) == id


def _section(_: Asker, section: type[models.Section], *, id: SectionId) -> ColumnElement[bool]:
    return col(section.id) == id


def _lesson(_: Asker, lesson: type[models.Lesson], *, id: LessonId) -> ColumnElement[bool]:
    return col(lesson.id) == id


def _exercise(_: Asker, exercise: type[models.Exercise], *, id: ExerciseId) -> ColumnElement[bool]:
    return col(exercise.id) == id


def _progress(
    viewer: Asker,
    progress: type[CourseLearning],
    *,
    course_id: CourseId,
    user_id: Annotated[
        strawberry.ID | None,
        id_argument("The learner; the viewer, if not given.", User.prefix),
    ] = None,
) -> ColumnElement[bool]:
    learner = viewer.user_id if user_id is None else user_id
    return and_(col(progress.id) == course_id, col(progress.user_id) == learner)


def _curriculum(
    _: Asker,
    curriculum: type[models.Curriculum],
    *,
    course_id: CourseId,
    version: Annotated[
        int | None, strawberry.argument(description="Its number; else the newest.")
    ] = None,
) -> ColumnElement[bool]:
    of_course = col(curriculum.course_id) == course_id
    if version is not None:
        return of_course & (col(curriculum.version) == version)
    newest = (
        select(func.max(models.Curriculum.version))
        .where(models.Curriculum.course_id == course_id)
        .where(col(models.Curriculum.origin) != CurriculumOrigin.ADAPTED)
    )
    return of_course & (col(curriculum.version) == newest.scalar_subquery())


def _certificate(
    _: Asker,
    certificate: type[models.Certificate],
    *,
    code: Annotated[
        str, strawberry.argument(description="The code, in any case, with or without hyphens.")
    ],
) -> ColumnElement[bool]:
    # As it is read off paper: no code has the letters that look like digits.
    return col(certificate.code) == func.translate(func.upper(code), "OIL- ", "011")


@strawberry.type
class CourseQuery:
    """Look for courses and read them."""

    courses: Connection[Course] = browse(
        _courses, ANYONE, "The catalogue of published courses, or what the filter says."
    )
    course: Course | None = find(
        _course,
        ANYONE,
        "A course; null unless it is in the catalogue, or the viewer teaches or learns it.",
    )
    section: Section | None = find(
        _section, ANYONE, "A section; null unless the viewer sees its course."
    )
    lesson: Lesson | None = find(
        _lesson,
        ANYONE,
        "A lesson; null unless the viewer sees its course. Drafts are for those who teach it.",
    )
    exercise: Exercise | None = find(
        _exercise,
        SIGNED_IN,
        "An exercise; null unless its lesson is open to the viewer. Answers, solutions and hidden"
        " tests are for those who teach the course.",
    )
    course_progress: CourseProgress | None = find(
        _progress,
        SIGNED_IN,
        "How far the viewer is with a course that they see, or a student of theirs with one that"
        " they teach, or whose cohort with that student they lead; null otherwise.",
    )
    curriculum: Curriculum | None = find(
        _curriculum,
        SIGNED_IN,
        "A course's curriculum: the newest version but for proposals, or a given one. Null unless"
        " the viewer teaches the course, or it was made for them.",
    )
    certificate: Certificate | None = find(
        _certificate,
        ANYONE,
        "A certificate by its code, to see whether it is one; null if there is none.",
    )
