"""What the jobs of courses do: ask, with nothing held meanwhile, and keep what came of it."""

import asyncio

from app.core.logging import get_logger
from app.core.resources import Resources
from app.courses.events import DrawCertificate, WordProposal, WriteCourse
from app.courses.service import adapting, certificates, generation, writing
from app.courses.service.writing import Part
from workers import composing, diplomas

# How long a model may take over one answer.
_PATIENCE_S = 180

log = get_logger(__name__)


async def write(resources: Resources, job: WriteCourse) -> None:
    """Do one step; the next one is another job."""
    step = await writing.assignment(resources, job.course_id, job.attempt, job.done)
    if step is None:
        return
    written, notice = None, composing.NO_ANSWER
    if step.part is not Part.NOTHING:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                written = await asyncio.to_thread(composing.write, step)
        except TimeoutError:
            notice = generation.GIVEN_UP
    async with resources.begin() as uow:
        if written is None and step.part is not Part.NOTHING:
            await generation.fail(uow, job.course_id, job.attempt, job.done, notice)
        elif not await writing.keep(uow, job.course_id, job.attempt, job.done, written):
            log.info("course.repeated", reason="somebody else did this step")


async def word(resources: Resources, job: WordProposal) -> None:
    """Word what is new in a proposal, and let it be followed."""
    brief = await adapting.brief(resources, job.curriculum_id)
    if brief is None:
        return
    objectives, notice = await asyncio.to_thread(composing.word, brief)
    async with resources.begin() as uow:
        await adapting.word(uow, job.curriculum_id, objectives, notice)


async def draw(resources: Resources, job: DrawCertificate) -> None:
    """Draw a certificate, unless that is done."""
    certificate = await certificates.undrawn(resources, job.certificate_id)
    if certificate is not None:
        pdf = await asyncio.to_thread(diplomas.draw, certificate)
        await certificates.keep(resources, certificate.id, pdf)
