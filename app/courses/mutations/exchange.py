"""Root mutations that take courses from other systems, and give them."""

from uuid import UUID

import strawberry

from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import REPORTS, UPLOADS
from app.courses.models import CourseLevel
from app.courses.mutations.inputs import AUTHOR, errors, keys, maybe
from app.courses.service import exchange as service
from app.courses.types import Course
from app.vault.types import File

# So much of what was left out is told.
_MOST_LEFT = 100


@strawberry.input(description="A file of another system.")
class CourseImportInput:
    """An upload for `CARTRIDGE`."""

    file_id: strawberry.ID = strawberry.field(
        description="The upload: an IMS Common Cartridge 1.0 to 1.3, or a package of QTI 1.2"
        " quizzes, as Canvas, Moodle and others write them."
    )
    level: CourseLevel = strawberry.field(description="What the course asks of its learners.")
    title: str | None = maybe("What it is called, 1 to 255 characters; as in the file at first.")


@strawberry.type(description="Something that an import left out.")
class ImportLeft:
    """There is nothing like it here, or it couldn't be read."""

    what: str = strawberry.field(description="What it is called in the file.")
    why: str = strawberry.field(description="Why it was left out.")


@strawberry.type(description="The answer to `courseImport`.")
class CourseImportPayload:
    """A draft, with what is in the file."""

    course: Course | None = edge("course_key", "The course.")
    course_key: strawberry.Private[UUID | None] = None
    left: list[ImportLeft] = strawberry.field(
        default_factory=list, description="What was left out, the first 100 of it."
    )
    errors: list[UserError] = errors()


@strawberry.input(description="Which course to export.")
class CourseExportInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The course.")


@strawberry.type(description="The answer to `courseExport`.")
class CourseExportPayload:
    """A link."""

    url: str | None = strawberry.field(
        default=None,
        description="Where the file is downloaded without signing in: for a quarter of an hour"
        " at least.",
    )
    errors: list[UserError] = errors()


@strawberry.type
class ExchangeMutation:
    """From other systems, and to them."""

    @mutation(AUTHOR, UPLOADS)
    async def course_import(self, info: Info, input: CourseImportInput) -> CourseImportPayload:
        """Make a draft of a file from another system, with its sections, lessons and exercises.

        The file is used up by it.
        """
        context, data = info.context, to_data(service.ImportData, input, **_file(input))
        found = await service.read(context.resources, context.me, data.file_id)
        async with context.begin() as uow:
            course = await service.take(uow, context.me, data, found.tree)
        left = [ImportLeft(what=each.what, why=each.why) for each in found.left[:_MOST_LEFT]]
        return CourseImportPayload(course_key=course.id, left=left)

    @mutation(AUTHOR, REPORTS)
    async def course_export(self, info: Info, input: CourseExportInput) -> CourseExportPayload:
        """Give a course that you teach as an IMS Common Cartridge 1.3, which other systems read.

        Answers and hidden tests are in it: it is for teachers.
        """
        context, key = info.context, from_global(Course.prefix, input.id)
        base_url = str(context.request.base_url)
        url = await service.give(context.resources, context.me, key, base_url)
        return CourseExportPayload(url=url)


def _file(input: CourseImportInput) -> dict[str, UUID | None]:
    return keys(input, file_id=File.prefix)
