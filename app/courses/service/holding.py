"""How every change of a course begins and ends."""

from uuid import UUID

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import CourseWrongState, NotLearner, NotTeacher
from app.courses.events import CourseChanged
from app.courses.models import Course, CourseStatus
from app.courses.service import completeness
from app.courses.states import CourseStep, allows
from app.courses.store import courses as store

_SAID = {
    CourseStep.EDIT: "edited",
    CourseStep.PUBLISH: "published",
    CourseStep.ARCHIVE: "archived",
    CourseStep.DUPLICATE: "duplicated",
    CourseStep.DELETE: "deleted",
    CourseStep.RETRY: "generated again",
    CourseStep.COMPLETE: "completed",
}


async def held(
    uow: UnitOfWork,
    viewer: Viewer,
    part: type[store.Part],
    key: UUID,
    step: CourseStep = CourseStep.EDIT,
    *,
    field: str = "id",
    learner: bool = False,
) -> Course:
    """The course of a part, for a step that the viewer and its state allow, held until the end.

    With `learner` also whom a personal course was generated for. `NotFound` of the input's
    `field`, `NotTeacher` or `CourseWrongState` otherwise.
    """
    found = await store.hold_course(uow.session, viewer, part, key)
    if found is None:
        raise NotFound(field=("input", field))
    course, teaches = found
    if not teaches and not (learner and course.learner_id == viewer.user_id):
        raise NotTeacher
    check(course, step)
    return course


async def held_by_learner(uow: UnitOfWork, viewer: Viewer, key: UUID, step: CourseStep) -> Course:
    """A personal course of the viewer's own, for a step that its state allows, held until the
    end. `NotFound`, `NotLearner` or `CourseWrongState` otherwise.
    """
    found = await store.hold_course(uow.session, viewer, Course, key)
    if found is None:
        raise NotFound(field=("input", "courseId"))
    if found[0].learner_id != viewer.user_id:
        raise NotLearner
    check(found[0], step)
    return found[0]


def check(course: Course, step: CourseStep) -> None:
    """`CourseWrongState` unless the course's state allows a step."""
    if not allows(course.status, step):
        hint = " Archive it instead." if step is CourseStep.DELETE else ""
        said = f"A course that is {course.status.value} can't be {_SAID[step]}."
        raise CourseWrongState(f"{said}{hint}")


async def changed(uow: UnitOfWork, course: Course) -> None:
    """Tell of a change; `CourseIncomplete` if a published course no longer is whole by it."""
    if course.status is CourseStatus.PUBLISHED:
        await completeness.check(uow, course)
    uow.publish(CourseChanged(course_id=course.id))
