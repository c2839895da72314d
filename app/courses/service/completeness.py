"""What a published course has to have."""

from app.core.errors import InvalidInputs
from app.core.uow import UnitOfWork
from app.courses.errors import CourseIncomplete
from app.courses.models import Course
from app.courses.store import courses as store

_SAID = {
    "exercise": 'The lesson "{}" has no exercise.',
    "quiz_question": 'The quiz "{}" has no question.',
    "coding_test": 'The challenge "{}" has no test.',
}


async def check(uow: UnitOfWork, course: Course) -> None:
    """`InvalidInputs` with a `CourseIncomplete` for each thing that is missing.

    Draft lessons may lack anything, for learners don't see them.
    """
    await uow.session.flush()
    missing = [] if course.description.strip() else ["The course has no description."]
    sections, lessons, published = await store.sizes(uow.session, course.id)
    if sections == 0:
        missing.append("The course has no section.")
    elif lessons == 0:
        missing.append("The course has no lesson.")
    elif published == 0:
        missing.append("No lesson of the course is published.")
    lacks = await store.lacks(uow.session, course.id)
    missing += [_SAID[lacked].format(title) for title, lacked in lacks]
    if missing:
        raise InvalidInputs([CourseIncomplete(each) for each in missing])
