"""Root mutations of sections and lessons, and of the order of what is in a course."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses import models
from app.courses.models import LessonStatus
from app.courses.mutations.inputs import AUTHOR, errors, maybe
from app.courses.service import trees as service
from app.courses.types import Course, Exercise, Lesson, Section

_TITLE = "What it is called, 1 to 255 characters."
_ABOUT = "What it is about, at most 20,000 characters."
_OBJECTIVES = "What its learners will be able to do, at most 50 lines."


def _order(what: str) -> Any:
    return strawberry.field(description=f"All {what} that are there, each once, in the new order.")


def _deleted(what: str) -> Any:
    return strawberry.field(default=None, description=f"The id of the {what} that is gone.")


@strawberry.input(description="A section to add.")
class SectionCreateInput:
    """At the end of a course."""

    course_id: strawberry.ID = strawberry.field(description="The course.")
    title: str = strawberry.field(description=_TITLE)
    description: str | None = maybe(_ABOUT)


@strawberry.input(description="What is to be another way in a section. What isn't given stays.")
class SectionUpdateInput:
    """Its place is changed by `sectionsReorder`."""

    id: strawberry.ID = strawberry.field(description="The section.")
    title: str | None = maybe(_TITLE)
    description: str | None = maybe(_ABOUT)


@strawberry.input(description="Which section.")
class SectionDeleteInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The section.")


@strawberry.input(description="The sections of a course in another order.")
class SectionsReorderInput:
    """All of them."""

    course_id: strawberry.ID = strawberry.field(description="The course.")
    ids: list[strawberry.ID] = _order("sections")


@strawberry.input(description="A lesson to add.")
class LessonCreateInput:
    """At the end of a section."""

    section_id: strawberry.ID = strawberry.field(description="The section.")
    title: str = strawberry.field(description=_TITLE)
    description: str | None = maybe(_ABOUT)
    objectives: list[str] | None = maybe(_OBJECTIVES)
    status: LessonStatus | None = maybe("Whether learners see it; a draft at first.")


@strawberry.input(description="What is to be another way in a lesson. What isn't given stays.")
class LessonUpdateInput:
    """Its place is changed by `lessonsReorder`."""

    id: strawberry.ID = strawberry.field(description="The lesson.")
    title: str | None = maybe(_TITLE)
    description: str | None = maybe(_ABOUT)
    objectives: list[str] | None = maybe(_OBJECTIVES)
    status: LessonStatus | None = maybe("Whether learners see it.")


@strawberry.input(description="Which lesson.")
class LessonDeleteInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The lesson.")


@strawberry.input(description="The lessons of a section in another order.")
class LessonsReorderInput:
    """All of them, drafts too."""

    section_id: strawberry.ID = strawberry.field(description="The section.")
    ids: list[strawberry.ID] = _order("lessons")


@strawberry.input(description="The exercises of a lesson in another order.")
class ExercisesReorderInput:
    """All of them."""

    lesson_id: strawberry.ID = strawberry.field(description="The lesson.")
    ids: list[strawberry.ID] = _order("exercises")


@strawberry.type
class _SectionPayload:
    section: Section | None = edge("section_key", "The section.")
    section_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sectionCreate`.")
class SectionCreatePayload(_SectionPayload):
    """The section."""


@strawberry.type(description="The answer to `sectionUpdate`.")
class SectionUpdatePayload(_SectionPayload):
    """The section."""


@strawberry.type(description="The answer to `lessonsReorder`.")
class LessonsReorderPayload(_SectionPayload):
    """The section."""


@strawberry.type(description="The answer to `sectionDelete`.")
class SectionDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = _deleted("section")
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sectionsReorder`.")
class SectionsReorderPayload:
    """The course."""

    course: Course | None = edge("course_key", "The course.")
    course_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class _LessonPayload:
    lesson: Lesson | None = edge("lesson_key", "The lesson.")
    lesson_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `lessonCreate`.")
class LessonCreatePayload(_LessonPayload):
    """The lesson."""


@strawberry.type(description="The answer to `lessonUpdate`.")
class LessonUpdatePayload(_LessonPayload):
    """The lesson."""


@strawberry.type(description="The answer to `exercisesReorder`.")
class ExercisesReorderPayload(_LessonPayload):
    """The lesson."""


@strawberry.type(description="The answer to `lessonDelete`.")
class LessonDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = _deleted("lesson")
    errors: list[UserError] = errors()


@strawberry.type
class TreeMutation:
    """Write sections and lessons, and order what is in a course."""

    @mutation(AUTHOR)
    async def section_create(self, info: Info, input: SectionCreateInput) -> SectionCreatePayload:
        """Add a section at the end of a course that you teach."""
        data = to_data(service.SectionData, input)
        key = from_global(Course.prefix, input.course_id)
        async with info.context.begin() as uow:
            section = await service.create_section(uow, info.context.me, key, data)
        return SectionCreatePayload(section_key=section.id)

    @mutation(AUTHOR)
    async def section_update(self, info: Info, input: SectionUpdateInput) -> SectionUpdatePayload:
        """Change a section of a course that you teach."""
        data = to_data(service.SectionChanges, input)
        key = from_global(Section.prefix, input.id)
        async with info.context.begin() as uow:
            await service.update_section(uow, info.context.me, key, data)
        return SectionUpdatePayload(section_key=key)

    @mutation(AUTHOR)
    async def section_delete(self, info: Info, input: SectionDeleteInput) -> SectionDeletePayload:
        """Delete a section with its lessons; those behind it move up."""
        key = from_global(Section.prefix, input.id)
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, models.Section, key)
        return SectionDeletePayload(deleted_id=input.id)

    @mutation(AUTHOR)
    async def sections_reorder(
        self, info: Info, input: SectionsReorderInput
    ) -> SectionsReorderPayload:
        """Put a course's sections into another order. `ORDER_MISMATCH` unless it is one of
        exactly those that are there.
        """
        key = from_global(Course.prefix, input.course_id)
        order = [from_global(Section.prefix, each) for each in input.ids]
        async with info.context.begin() as uow:
            await service.reorder(uow, info.context.me, models.Section, key, order)
        return SectionsReorderPayload(course_key=key)

    @mutation(AUTHOR)
    async def lesson_create(self, info: Info, input: LessonCreateInput) -> LessonCreatePayload:
        """Add a lesson at the end of a section of a course that you teach."""
        data = to_data(service.LessonData, input)
        key = from_global(Section.prefix, input.section_id)
        async with info.context.begin() as uow:
            lesson = await service.create_lesson(uow, info.context.me, key, data)
        return LessonCreatePayload(lesson_key=lesson.id)

    @mutation(AUTHOR)
    async def lesson_update(self, info: Info, input: LessonUpdateInput) -> LessonUpdatePayload:
        """Change a lesson of a course that you teach. In a published course, only a lesson with
        exercises can be published.
        """
        data = to_data(service.LessonChanges, input)
        key = from_global(Lesson.prefix, input.id)
        async with info.context.begin() as uow:
            await service.update_lesson(uow, info.context.me, key, data)
        return LessonUpdatePayload(lesson_key=key)

    @mutation(AUTHOR)
    async def lesson_delete(self, info: Info, input: LessonDeleteInput) -> LessonDeletePayload:
        """Delete a lesson with its exercises; those behind it move up."""
        key = from_global(Lesson.prefix, input.id)
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, models.Lesson, key)
        return LessonDeletePayload(deleted_id=input.id)

    @mutation(AUTHOR)
    async def lessons_reorder(
        self, info: Info, input: LessonsReorderInput
    ) -> LessonsReorderPayload:
        """Put a section's lessons into another order. `ORDER_MISMATCH` unless it is one of
        exactly those that are there.
        """
        key = from_global(Section.prefix, input.section_id)
        order = [from_global(Lesson.prefix, each) for each in input.ids]
        async with info.context.begin() as uow:
            await service.reorder(uow, info.context.me, models.Lesson, key, order)
        return LessonsReorderPayload(section_key=key)

    @mutation(AUTHOR)
    async def exercises_reorder(
        self, info: Info, input: ExercisesReorderInput
    ) -> ExercisesReorderPayload:
        """Put a lesson's exercises into another order. `ORDER_MISMATCH` unless it is one of
        exactly those that are there.
        """
        key = from_global(Lesson.prefix, input.lesson_id)
        order = [from_global(Exercise.prefix, each) for each in input.ids]
        async with info.context.begin() as uow:
            await service.reorder(uow, info.context.me, models.Exercise, key, order)
        return ExercisesReorderPayload(lesson_key=key)
