"""What users agree to."""

from uuid import UUID

from app.accounts.events import ConsentChanged
from app.accounts.models import (
    Consent,
    ConsentPurpose,
)
from app.accounts.store import consents as consents_store
from app.accounts.store import users as users_store
from app.core.db import ReadSession
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


async def set_consent(
    uow: UnitOfWork, viewer: Viewer, purpose: ConsentPurpose, granted: bool
) -> Consent:
    """Record the viewer's answer; the same answer again changes nothing."""
    await users_store.lock_user(uow.session, viewer.user_id)
    current = {
        each.purpose: each for each in await consents_store.consents(uow.session, viewer.user_id)
    }
    last = current.get(purpose)
    if last is not None and last.granted == granted:
        return last
    consent = Consent(
        user_id=viewer.user_id,
        purpose=purpose,
        version=last.version + 1 if last else 1,
        granted=granted,
    )
    uow.session.add(consent)
    uow.publish(ConsentChanged(user_id=viewer.user_id, purpose=purpose, granted=granted))
    return consent


async def consenting(
    session: ReadSession, user_ids: list[UUID], purpose: ConsentPurpose
) -> set[UUID]:
    """Who of these agrees to a purpose now."""
    return await consents_store.consenting(session, user_ids, purpose)
