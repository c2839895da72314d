"""Root mutations of courses as a whole."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.money import MoneyInput
from app.courses.models import CourseLevel
from app.courses.mutations.inputs import AUTHOR, errors, keys, maybe, nested
from app.courses.service import courses as service
from app.courses.types import Course
from app.reference.types.taxonomy import Subject


@strawberry.input(description="What a course can have.")
class CourseFields:
    """What writing and changing a course have in common."""

    code: str | None = maybe("Its code in the school's catalogue, at most 20 characters.")
    description: str | None = maybe("What it is about, at most 20,000 characters.")
    topic: str | None = maybe("Its subject in a few words, 1 to 255 characters.")
    category: str | None = maybe("The category that it is filed under, 1 to 100 characters.")
    subject_id: strawberry.ID | None = maybe("The subject that it is a part of.")
    cover_image: str | None = maybe("Where its picture is, at most 500 characters.")
    objectives: list[str] | None = maybe("What its learners will be able to do, at most 50 lines.")
    prerequisites: list[str] | None = maybe("What they have to know before, at most 50 lines.")
    language: str | None = maybe(
        "The language that it is taught in, as a BCP 47 tag; `en` at first."
    )
    estimated_hours: int | None = maybe("How long it takes, in hours.")
    price: MoneyInput | None = maybe("What it costs; nothing at first.")
    public: bool | None = maybe("Whether anybody may see it once it is published; true at first.")
    instructor_id: strawberry.ID | None = maybe(
        "Who teaches it: you at first. Only who manages courses can name another one."
    )


@strawberry.input(description="A course to write.")
class CourseCreateInput(CourseFields):
    """A draft."""

    title: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    slug: str | None = maybe(
        "Its name in addresses, unique: small letters, digits and single hyphens. The title makes"
        " one if none is given."
    )
    level: CourseLevel = strawberry.field(description="What it asks of its learners.")


@strawberry.input(description="What is to be another way in a course. What isn't given stays.")
class CourseUpdateInput(CourseFields):
    """In any state in which it can be edited."""

    id: strawberry.ID = strawberry.field(description="The course.")
    title: str | None = maybe("What it is called, 1 to 255 characters.")
    slug: str | None = maybe(
        "Its name in addresses, unique: small letters, digits and single hyphens."
    )
    level: CourseLevel | None = maybe("What it asks of its learners.")


@strawberry.input(description="Which course.")
class CourseInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The course.")


@strawberry.input(description="Which course to copy.")
class CourseDuplicateInput(CourseInput):
    """By its id."""

    title: str | None = strawberry.field(
        default=None, description="What the copy is called; the same and `(copy)`, if not given."
    )


@strawberry.type
class _CoursePayload:
    course: Course | None = edge("course_key", "The course.")
    course_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `courseCreate`.")
class CourseCreatePayload(_CoursePayload):
    """The course."""


@strawberry.type(description="The answer to `courseUpdate`.")
class CourseUpdatePayload(_CoursePayload):
    """The course."""


@strawberry.type(description="The answer to `coursePublish`.")
class CoursePublishPayload(_CoursePayload):
    """The course."""


@strawberry.type(description="The answer to `courseArchive`.")
class CourseArchivePayload(_CoursePayload):
    """The course."""


@strawberry.type(description="The answer to `courseDuplicate`.")
class CourseDuplicatePayload(_CoursePayload):
    """The copy."""


@strawberry.type(description="The answer to `courseDelete`.")
class CourseDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the course that is gone."
    )
    errors: list[UserError] = errors()


def _more(input: CourseFields) -> dict[str, Any]:
    """What of an input isn't data as it stands."""
    more: dict[str, Any] = keys(input, subject_id=Subject.prefix, instructor_id=User.prefix)
    if input.price is not strawberry.UNSET:
        more["price"] = nested(input.price)
    return more


def _key(input: Any) -> UUID:
    return from_global(Course.prefix, input.id)


@strawberry.type
class CourseMutation:
    """Write a course, publish, archive, copy or delete it."""

    @mutation(AUTHOR)
    async def course_create(self, info: Info, input: CourseCreateInput) -> CourseCreatePayload:
        """Write a course: a draft that only you and those who manage courses see."""
        data = to_data(service.CourseData, input, **_more(input))
        async with info.context.begin() as uow:
            course = await service.create(uow, info.context.me, data)
        return CourseCreatePayload(course_key=course.id)

    @mutation(AUTHOR)
    async def course_update(self, info: Info, input: CourseUpdateInput) -> CourseUpdatePayload:
        """Change a course that you teach."""
        data = to_data(service.CourseChanges, input, **_more(input))
        async with info.context.begin() as uow:
            course = await service.update(uow, info.context.me, _key(input), data)
        return CourseUpdatePayload(course_key=course.id)

    @mutation(AUTHOR)
    async def course_publish(self, info: Info, input: CourseInput) -> CoursePublishPayload:
        """Teach a course from now on, or again. It needs a description and a published lesson,
        and every published lesson an exercise, every quiz a question, every challenge a test:
        there is a `COURSE_INCOMPLETE` for each thing that is missing.
        """
        async with info.context.begin() as uow:
            course = await service.publish(uow, info.context.me, _key(input))
        return CoursePublishPayload(course_key=course.id)

    @mutation(AUTHOR)
    async def course_archive(self, info: Info, input: CourseInput) -> CourseArchivePayload:
        """Keep a course and no longer offer it."""
        async with info.context.begin() as uow:
            course = await service.archive(uow, info.context.me, _key(input))
        return CourseArchivePayload(course_key=course.id)

    @mutation(AUTHOR)
    async def course_duplicate(
        self, info: Info, input: CourseDuplicateInput
    ) -> CourseDuplicatePayload:
        """Copy a course that you teach with all that is in it: a draft of your own."""
        title = None if input.title is None else to_data(service.TitleData, input).title
        async with info.context.begin() as uow:
            course = await service.duplicate(uow, info.context.me, _key(input), title)
        return CourseDuplicatePayload(course_key=course.id)

    @mutation(AUTHOR)
    async def course_delete(self, info: Info, input: CourseInput) -> CourseDeletePayload:
        """Delete a draft that nobody has worked on. What was published is archived instead."""
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, _key(input))
        return CourseDeletePayload(deleted_id=input.id)
