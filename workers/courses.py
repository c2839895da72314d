"""The jobs of courses."""

from datetime import timedelta

from app.core.resources import Resources
from app.courses.events import DrawCertificate, WordProposal, WriteCourse
from workers import generating
from workers.broker import handles


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
