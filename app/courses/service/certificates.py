"""Completed courses, and the certificates of them."""

import secrets
from typing import Final
from uuid import UUID

from app.accounts.models import User
from app.core.crypto import new_token
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.events import CertificateIssued, CourseCompleted, DrawCertificate
from app.courses.models import Certificate, Course
from app.courses.service.holding import held_by_learner
from app.courses.states import CourseStep, after
from app.courses.store import certificates as store

PREFIX: Final = "certificates"
_FILENAME: Final = "certificate.pdf"
# Digits and letters that nobody takes for others: 32 of them, so that a code has 100 bits.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 20


async def complete(uow: UnitOfWork, viewer: Viewer, course_id: UUID) -> UUID:
    """The viewer is through with a personal course: the key of their certificate."""
    course = await held_by_learner(uow, viewer, course_id, CourseStep.COMPLETE)
    course.status = after(course.status, CourseStep.COMPLETE)
    uow.publish(CourseCompleted(course_id=course_id, user_id=viewer.user_id))
    key = await issue(uow, viewer.user_id, course)
    assert key is not None, "who is signed in has an account"
    return key


async def issue(uow: UnitOfWork, holder_id: UUID, course: Course) -> UUID | None:
    """Somebody's certificate of a course, made if there is none yet; None without an account."""
    holder = await uow.session.get(User, holder_id)
    if holder is None:
        return None
    made = Certificate(
        code="".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)),
        holder_id=holder_id,
        course_id=course.id,
        holder_name=" ".join(filter(None, [holder.first_name, holder.last_name])).strip()
        or holder.username,
        course_title=course.title,
    )
    key = await store.add(uow.session, made)
    if key is None:
        return await store.of_holder(uow.session, holder_id, course.id)
    uow.publish(CertificateIssued(certificate_id=key, user_id=holder_id))
    uow.enqueue(DrawCertificate(certificate_id=key))
    return key


def grouped(code: str) -> str:
    """A code as people read it."""
    return "-".join(code[place : place + 5] for place in range(0, len(code), 5))


async def undrawn(resources: Resources, key: UUID) -> Certificate | None:
    """A certificate whose PDF is still to be drawn."""
    async with resources.database.read() as session:
        found = await session.get(Certificate, key)
    return found if found is not None and found.object_name is None else None


async def keep(resources: Resources, key: UUID, pdf: bytes) -> None:
    """Store a certificate's PDF, unless somebody was faster."""
    # Nobody can guess it.
    name = f"{PREFIX}/{new_token()}"
    await resources.objects.put(name, pdf)
    async with resources.begin() as uow:
        kept = await store.drawn(uow.session, key, name)
    if not kept:
        await resources.objects.delete(name)


async def link(resources: Resources, name: str, base_url: str) -> str:
    """Where a PDF is downloaded; `base_url` is where this server was asked."""
    return await resources.link(name, _FILENAME, base_url)
