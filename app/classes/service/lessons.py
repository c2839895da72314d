"""Lessons that a class reaches, and what comes after a group class."""

from uuid import UUID

from pydantic import BaseModel

from app.classes import policy
from app.classes.errors import AlreadyContinued, LessonsAhead, NotClassInstructor
from app.classes.events import LessonUnlocked
from app.classes.models import Class, ClassType, EnrollmentStatus
from app.classes.service import classes
from app.classes.service import enrollments as service
from app.classes.service.classes import ClassData
from app.classes.service.holding import held
from app.classes.states import ClassStep
from app.classes.store import classes as store
from app.classes.store import enrollments
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.models import Cohort, CohortLesson
from app.reference.service.offers import MoneyData

_LONGEST_NAME = 255
_PRIVATE = " (private)"


class ContinuationData(BaseModel):
    """Who goes on alone from which group class, with whom, and for how much."""

    class_id: UUID
    student_id: UUID
    instructor_id: UUID | None = None
    price: MoneyData | None = None


async def unlock(uow: UnitOfWork, viewer: Viewer, class_id: UUID, lesson_id: UUID) -> CohortLesson:
    """Open a lesson to a class; again changes nothing, and tells nobody.

    `NotClassInstructor`, `LessonsAhead`, or `NotFound` of what isn't a published lesson of the
    course.
    """
    class_, cohort = await held(uow, viewer, class_id, ClassStep.UNLOCK, field="classId")
    if cohort.instructor_id != viewer.user_id and not viewer.may(policy.UNLOCK_ANY):
        raise NotClassInstructor
    if await store.lesson_of(uow.session, cohort.course_id, lesson_id) is None:
        raise NotFound(field=("input", "lessonId"))
    found = await store.unlock_of(uow.session, class_id, lesson_id)
    if found is not None:
        return found
    if await store.unlocked(uow.session, class_id) >= class_.meetings_completed:
        raise LessonsAhead
    made = CohortLesson(cohort_id=class_id, lesson_id=lesson_id, unlocked_by_id=viewer.user_id)
    uow.session.add(made)
    uow.publish(LessonUnlocked(class_id=class_id, lesson_id=lesson_id, unlock_id=made.id))
    return made


async def carry_on(uow: UnitOfWork, viewer: Viewer, data: ContinuationData) -> Class:
    """A private class in which a student goes on with the lessons that a group class leaves.

    A draft with the student in it. `NotFound` of somebody who wasn't in the group to its end, or
    isn't yet; `AlreadyContinued`.
    """
    group, cohort = await held(uow, viewer, data.class_id, ClassStep.CONTINUE, field="classId")
    enrolled = await enrollments.hold_of(uow.session, data.class_id, data.student_id)
    if enrolled is None or enrolled.status is EnrollmentStatus.WITHDRAWN:
        raise NotFound(field=("input", "studentId"))
    if await store.continuation(uow.session, data.class_id, data.student_id) is not None:
        raise AlreadyContinued(field=("input", "studentId"))
    lessons = await store.published_lessons(uow.session, cohort.course_id)
    plan = ClassData(
        course_id=cohort.course_id,
        type=ClassType.PRIVATE,
        name=f"{group.name[: _LONGEST_NAME - len(_PRIVATE)]}{_PRIVATE}",
        instructor_id=data.instructor_id or cohort.instructor_id,
        total_meetings=max(1, lessons - group.total_meetings),
        time_zone=group.time_zone,
        price=data.price,
    )
    made = await classes.make(uow, viewer, plan, continues=group)
    new = await uow.session.get(Cohort, made.id)
    assert new is not None
    await service.admit(uow, made, new, data.student_id, by=viewer.user_id)
    return made
