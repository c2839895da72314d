"""SQL of consents."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.models import (
    Consent,
    ConsentPurpose,
)
from app.core.db import ReadSession


def _newest() -> SelectOfScalar[Consent]:
    return (
        select(Consent)
        .order_by(col(Consent.user_id), col(Consent.purpose), col(Consent.version).desc())
        .ext(distinct_on(col(Consent.user_id), col(Consent.purpose)))
    )


async def consents(session: ReadSession, user_id: UUID) -> list[Consent]:
    """A user's answers that count, one for each purpose."""
    return await session.all(_newest().where(Consent.user_id == user_id))


async def consenting(
    session: ReadSession, user_ids: Sequence[UUID], purpose: ConsentPurpose
) -> set[UUID]:
    """Who of these agrees to a purpose now."""
    newest = await session.all(
        _newest().where(col(Consent.user_id).in_(user_ids), Consent.purpose == purpose)
    )
    return {consent.user_id for consent in newest if consent.granted}
