"""Courses as a whole: write, publish, archive, copy, delete."""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.accounts.store import users
from app.core.addresses import WebAddress
from app.core.clock import now
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import CourseInUse, NotTeacher, SlugTaken
from app.courses.events import CourseArchived, CourseCreated, CourseDeleted, CoursePublished
from app.courses.models import Course, CourseLevel
from app.courses.service import completeness
from app.courses.service.contents import Line, Lines, PriceData, Text, Title
from app.courses.service.holding import changed, held
from app.courses.states import CourseStep, after
from app.courses.store import copying
from app.courses.store import courses as store
from app.reference.models import Subject
from app.reference.service.offers import exact_amount

Slug = Annotated[str, StringConstraints(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=255)]
Code = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9 ./-]*$", max_length=20)]
Tag = Annotated[str, StringConstraints(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=10)]
# Room for a number after it.
_LONGEST_MADE_SLUG = 200
_LONGEST_TITLE = 255
_COPY = " (copy)"


class CourseData(BaseModel):
    """A course to write. Without a `slug` the title makes one."""

    title: Title
    code: Code | None = None
    slug: Slug | None = None
    description: Text = ""
    topic: Annotated[Line, StringConstraints(max_length=255)] = ""
    category: Annotated[Line, StringConstraints(max_length=100)] | None = None
    subject_id: UUID | None = None
    cover_image: Annotated[WebAddress, StringConstraints(max_length=500)] | None = None
    level: CourseLevel
    objectives: Lines = Field(default_factory=list)
    prerequisites: Lines = Field(default_factory=list)
    language: Tag = "en"
    estimated_hours: Annotated[int, Field(ge=0, le=10_000)] | None = None
    price: PriceData | None = None
    public: bool = True
    instructor_id: UUID | None = None


class CourseChanges(CourseData):
    """What is to be another way; what isn't given stays."""

    title: Title = ""
    slug: Slug = ""
    level: CourseLevel = CourseLevel.BEGINNER


class TitleData(BaseModel):
    """What a copy is called."""

    title: Title


async def create(uow: UnitOfWork, viewer: Viewer, data: CourseData) -> Course:
    """A draft of the viewer's own; a manager can make one for another instructor."""
    values = data.model_dump(exclude={"slug"})
    values |= {"instructor_id": viewer.user_id} if data.instructor_id is None else {}
    values = await _checked(uow, viewer, values)
    slug = data.slug or await store.free_slug(uow.session, slug_of(data.title))
    course = Course(**values, slug=slug)
    await _add(uow, course)
    uow.publish(CourseCreated(course_id=course.id))
    return course


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: CourseChanges) -> Course:
    """Change what is given."""
    course = await held(uow, viewer, Course, key)
    values = await _checked(uow, viewer, data.model_dump(exclude_unset=True))
    before = course.instructor_id
    for name, value in values.items():
        setattr(course, name, value)
    if not await store.is_slug_free(uow.session):
        raise SlugTaken(field=("input", "slug"))
    if course.instructor_id != before:
        _audit(uow, viewer, course, "instructor", str(before), str(course.instructor_id))
    await changed(uow, course)
    return course


async def publish(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Course:
    """Teach it from now on; `CourseIncomplete` for each thing that is missing."""
    course = await held(uow, viewer, Course, key, CourseStep.PUBLISH)
    await completeness.check(uow, course)
    before = course.status
    course.status = after(before, CourseStep.PUBLISH)
    # The catalogue has it at the place of its first day.
    course.published_at = course.published_at or now()
    _audit(uow, viewer, course, "status", before.name, course.status.name)
    uow.publish(CoursePublished(course_id=key))
    return course


async def archive(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Course:
    """Keep it and no longer offer it."""
    course = await held(uow, viewer, Course, key, CourseStep.ARCHIVE)
    before = course.status
    course.status = after(before, CourseStep.ARCHIVE)
    _audit(uow, viewer, course, "status", before.name, course.status.name)
    uow.publish(CourseArchived(course_id=key))
    return course


async def duplicate(uow: UnitOfWork, viewer: Viewer, key: UUID, title: str | None) -> Course:
    """A draft of the viewer's own with all that is in a course that they teach."""
    course = await held(uow, viewer, Course, key, CourseStep.DUPLICATE)
    values = course.model_dump(
        exclude={"id", "created_at", "updated_at", "search", "status", "published_at", "slug"}
    )
    copied = title or f"{course.title[: _LONGEST_TITLE - len(_COPY)]}{_COPY}"
    values |= {"title": copied, "instructor_id": viewer.user_id}
    copy = Course(**values, slug=await store.free_slug(uow.session, slug_of(copied)))
    await _add(uow, copy)
    await copying.copy_contents(uow.session, course.id, copy.id)
    uow.publish(CourseCreated(course_id=copy.id, copied_from=course.id))
    return copy


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Delete a draft that nobody has worked on; what was published is archived instead."""
    course = await held(uow, viewer, Course, key, CourseStep.DELETE)
    if not await store.delete_part(uow.session, Course, key):
        raise CourseInUse
    uow.audit("course.delete", viewer.user_id, ("course", key), before={"title": course.title})
    uow.publish(CourseDeleted(course_id=key))


def slug_of(title: str) -> str:
    """A name in addresses made of a title: small letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    made = re.sub("[^a-z0-9]+", "-", plain)[:_LONGEST_MADE_SLUG].strip("-")
    return made or "course"


async def _add(uow: UnitOfWork, course: Course) -> None:
    uow.session.add(course)
    if not await store.is_slug_free(uow.session):
        raise SlugTaken(field=("input", "slug"))


async def _checked(uow: UnitOfWork, viewer: Viewer, values: dict[str, Any]) -> dict[str, Any]:
    """The columns of what was given; what they refer to exists."""
    subject_id, instructor_id = values.get("subject_id"), values.get("instructor_id")
    if subject_id is not None and await uow.session.get(Subject, subject_id) is None:
        raise NotFound("There is no such subject.", field=("input", "subjectId"))
    if "instructor_id" in values and instructor_id != viewer.user_id:
        if not viewer.may("course.manage"):
            raise NotTeacher(
                "You can't give a course to somebody else.", field=("input", "instructorId")
            )
        if instructor_id is not None and not await users.users_by_id(uow.session, [instructor_id]):
            raise NotFound("There is no such user.", field=("input", "instructorId"))
    if "price" not in values:
        return values
    price = values.pop("price")
    amount: Decimal | None = None
    if price is not None:
        amount = await exact_amount(uow.session, price["amount"], price["currency"])
    return values | {"price_amount": amount, "price_currency": price and price["currency"]}


def _audit(
    uow: UnitOfWork, viewer: Viewer, course: Course, what: str, before: str, after_it: str
) -> None:
    """Write down who changed a course's status or instructor."""
    uow.audit(
        f"course.{what}_change",
        viewer.user_id,
        ("course", course.id),
        before={what: before},
        after={what: after_it},
    )
