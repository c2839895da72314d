"""The jobs of courses, and what follows from their events."""

from datetime import timedelta

from app.core.resources import Resources
from app.courses.events import CourseLearned, DrawCertificate, WordProposal, WriteCourse
from app.courses.models import Course
from app.courses.service import certificates
from workers import generating
from workers.broker import handles
from workers.following import follow


@handles(WriteCourse, time_limit=timedelta(minutes=5), max_retries=2)
async def write_course(resources: Resources, job: WriteCourse) -> None:
    """Do one step of writing a course."""
    await generating.write(resources, job)


@handles(WordProposal, time_limit=timedelta(minutes=5), max_retries=2)
async def word_proposal(resources: Resources, job: WordProposal) -> None:
    """Word what is new in a proposal."""
    await generating.word(resources, job)


@handles(DrawCertificate, time_limit=timedelta(minutes=3))
async def draw_certificate(resources: Resources, job: DrawCertificate) -> None:
    """Draw a certificate's PDF."""
    await generating.draw(resources, job)


async def _certify(resources: Resources, event: CourseLearned, _: str) -> None:
    """Who is done with every lesson of a course has a certificate. A personal course is complete
    when its learner says so.
    """
    async with resources.begin() as uow:
        course = await uow.session.get(Course, event.course_id)
        if course is not None and course.learner_id is None:
            await certificates.issue(uow, event.user_id, course)


follow(CourseLearned, "certificates", _certify)
