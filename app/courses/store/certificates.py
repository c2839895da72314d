"""SQL of certificates."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.courses.models import Certificate


async def add(session: WriteSession, certificate: Certificate) -> UUID | None:
    """Issue a certificate; None if its holder has one for the course."""
    made = await session.execute(
        insert(Certificate)
        .values(**certificate.model_dump())
        .on_conflict_do_nothing(index_elements=["holder_id", "course_id"])
        .returning(col(Certificate.id))
    )
    key: UUID | None = made.scalar_one_or_none()
    return key


async def of_holder(session: ReadSession, holder_id: UUID, course_id: UUID) -> UUID | None:
    """The key of somebody's certificate for a course."""
    return await session.first(
        select(Certificate.id).where(
            Certificate.holder_id == holder_id, Certificate.course_id == course_id
        )
    )


async def drawn(session: WriteSession, key: UUID, object_name: str) -> bool:
    """Note where a certificate's PDF is; False if that is known, or the certificate gone."""
    changed = await session.changed(
        update(Certificate)
        .where(col(Certificate.id) == key, col(Certificate.object_name).is_(None))
        .values(object_name=object_name)
    )
    return changed == 1
