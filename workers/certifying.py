"""Certificates that follow from a course's end."""

from app.core.resources import Resources
from app.courses.events import CourseLearned
from app.courses.models import Course
from app.courses.service import certificates
from workers.following import follow


async def _certify(resources: Resources, event: CourseLearned, _: str) -> None:
    """Who is done with every lesson of a course has a certificate. A personal course is complete
    when its learner says so.
    """
    async with resources.begin() as uow:
        course = await uow.session.get(Course, event.course_id)
        if course is not None and course.learner_id is None:
            await certificates.issue(uow, event.user_id, course)


follow(CourseLearned, "certificates", _certify)
