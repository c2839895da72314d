"""What the schema shows of courses."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col, select

from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    one,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.money import Money
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import CourseLevel, CourseStatus, LessonStatus
from app.courses.models.learning import LessonLearning
from app.courses.types.certificates import Certificate
from app.courses.types.exercises import Exercise
from app.courses.types.generation import CourseGeneration
from app.courses.types.progress import LessonProgress
from app.reference.types.taxonomy import Subject

describe(
    CourseLevel,
    "What a course asks of its learners.",
    {
        CourseLevel.BEGINNER: "Nothing yet.",
        CourseLevel.INTERMEDIATE: "The basics.",
        CourseLevel.ADVANCED: "A firm hold of the subject.",
        CourseLevel.EXPERT: "Mastery.",
    },
)
describe(
    CourseStatus,
    "Where a course is in its life.",
    {
        CourseStatus.DRAFT: "It is being written.",
        CourseStatus.GENERATING: "A model is writing it.",
        CourseStatus.ERROR: "A model failed to write it.",
        CourseStatus.PUBLISHED: "It is taught.",
        CourseStatus.ACTIVE: "Its one learner is taking it.",
        CourseStatus.PAUSED: "Its one learner has put it aside.",
        CourseStatus.COMPLETED: "Its one learner has finished it.",
        CourseStatus.ARCHIVED: "It is kept and no longer offered.",
    },
)
describe(
    LessonStatus,
    "Whether learners see a lesson.",
    {
        LessonStatus.DRAFT: "Only those who teach the course do.",
        LessonStatus.PUBLISHED: "Everybody who sees the course does.",
    },
)


def _lessons(viewer: Asker, lesson: type[models.Lesson], section: type[models.Section]) -> Rows:
    return Rows(
        col(lesson.section_id) == section.id,
        Order("lessons", ("position", "id")),
        visible=policy.shown(viewer, lesson),
    )


def _sections(_: Asker, section: type[models.Section], course: type[models.Course]) -> Rows:
    return Rows(
        col(section.course_id) == course.id,
        Order("sections", ("position", "id")),
        # Who sees a course sees its sections.
        visible=true(),
    )


def _own_certificate(
    viewer: Asker, certificate: type[models.Certificate], course: type[models.Course]
) -> ColumnElement[bool]:
    own = col(certificate.holder_id) == viewer.user_id
    return and_(own, col(certificate.course_id) == course.id)


def _minutes(viewer: Asker, section: type[models.Section]) -> ColumnElement[int]:
    total = select(func.coalesce(func.sum(models.Lesson.estimated_minutes), 0)).where(
        models.Lesson.section_id == section.id, policy.shown(viewer, models.Lesson)
    )
    return whole(total.scalar_subquery())


def _exercises(viewer: Asker, exercise: type[models.Exercise], lesson: type[models.Lesson]) -> Rows:
    return Rows(
        col(exercise.lesson_id) == lesson.id,
        Order("exercises", ("position", "id")),
        # Of a lesson that the viewer sees, this is all that is left to ask.
        visible=policy.opened(viewer, lesson),
    )


def _own_progress(
    viewer: Asker, progress: type[LessonLearning], lesson: type[models.Lesson]
) -> ColumnElement[bool]:
    return and_(col(progress.user_id) == viewer.user_id, col(progress.id) == lesson.id)


def _generation(
    _: Asker, generation: type[models.CourseGeneration], course: type[models.Course]
) -> ColumnElement[bool]:
    return col(generation.course_id) == course.id


@reads(models.Lesson, visible=policy.visible_lesson, description="What is learned in one go.")
class Lesson(Node):
    """A part of a section."""

    prefix = "les"

    title: str = column("What it is called.")
    description: str | None = column("What it is about.")
    position: int = column("Its place in its section, from 0 on.")
    objectives: list[str] = column("What its learners will be able to do.")
    estimated_minutes: int = column("How long it takes, in minutes.")
    status: LessonStatus = column("Whether learners see it.")
    open: bool = computed(
        policy.opened,
        "Whether the viewer may do its exercises: in a class, once it was unlocked. Without one,"
        " those of free courses of the catalogue are open to everybody who is signed in.",
    )
    section: "Section | None" = edge("section_id", "The section that it belongs to.")
    viewer_progress: LessonProgress | None = one(
        _own_progress,
        "How far the viewer is with it; null for a draft, and if nobody is signed in.",
    )
    exercises: Connection[Exercise] = pages(
        _exercises, "What there is to do, in its order; nothing while it isn't open to the viewer."
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")


@reads(models.Section, visible=policy.visible_section, description="A part of a course.")
class Section(Node):
    """Lessons in their order."""

    prefix = "sec"

    title: str = column("What it is called.")
    description: str | None = column("What it is about.")
    position: int = column("Its place in its course, from 0 on.")
    estimated_minutes: int = computed(_minutes, "How long its lessons take, in minutes.")
    course: "Course | None" = edge("course_id", "The course that it belongs to.")
    lessons: Connection[Lesson] = pages(_lessons, "Its lessons, in their order.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")


@reads(
    models.Course,
    visible=policy.visible,
    description="What is taught.",
    needs=("price_amount", "price_currency"),
)
class Course(Node):
    """Written by an instructor, or generated for one learner."""

    prefix = "crs"

    title: str = column("What it is called.")
    code: str | None = column("Its code in the school's catalogue.")
    slug: str = column("Its name in addresses, unique.")
    description: str = column("What it is about.")
    topic: str = column("Its subject.")
    category: str | None = column("The category that it is filed under.")
    subject: Subject | None = edge("subject_id", "What it is a part of.")
    cover_image: str | None = column("Where its picture is.")
    level: CourseLevel = column("What it asks of its learners.")
    objectives: list[str] = column("What its learners will be able to do.")
    prerequisites: list[str] = column("What they have to know before.")
    target_level: CourseLevel | None = column(
        "Of a personal course: where its learner wants to get."
    )
    timeline_weeks: int | None = column("Of a personal course: in what time, in weeks.")
    language: str = column("The language that it is taught in, as a BCP 47 tag.")
    estimated_hours: int | None = column("How long it takes, in hours.")
    status: CourseStatus = column("Where it is in its life.")
    public: bool = column("Whether anybody may see it once it is published.")
    published_at: datetime | None = column("When it was published.")
    instructor: User | None = edge("instructor_id", "Who teaches it; null if a model wrote it.")
    learner: User | None = edge("learner_id", "Of a personal course: whom it was generated for.")
    generation: CourseGeneration | None = one(
        _generation, "Of a personal course: how far it is written. Null but for its learner."
    )
    viewer_certificate: Certificate | None = one(
        _own_certificate, "The viewer's certificate; null until they have completed the course."
    )
    sections: Connection[Section] = pages(_sections, "Its sections, in their order.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")

    @strawberry.field(description="What it costs; null if nothing.")
    def price(self) -> Money | None:
        """From two columns."""
        amount: Decimal | None = vars(self)["price_amount"]
        currency: str | None = vars(self)["price_currency"]
        if amount is None or currency is None:
            return None
        return Money(amount=amount, currency=currency)


CourseId = Annotated[strawberry.ID, id_argument("The course.", Course.prefix)]
SectionId = Annotated[strawberry.ID, id_argument("The section.", Section.prefix)]
LessonId = Annotated[strawberry.ID, id_argument("The lesson.", Lesson.prefix)]
