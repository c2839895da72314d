"""People with confirmed addresses, and what they were told."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import User
from app.core.ids import new_id
from app.core.resources import Resources
from app.notifications.models import Notification, NotificationType
from app.notifications.notices import Notice
from app.notifications.service import notify
from tests.factories import Person, make_person, writing

SECURITY = Notice(NotificationType.PASSWORD_CHANGED, "Your password was changed", "It was.")
NEWS = Notice(NotificationType.ANNOUNCEMENT, "News", "Something new.")


async def confirmed(resources: Resources, username: str = "") -> Person:
    """A person whose e-mail address is confirmed."""
    person = await make_person(resources, username)
    async with writing(resources) as session:
        await session.execute(
            update(User).where(col(User.id) == person.key).values(email_verified=True)
        )
    return person


async def tell(
    resources: Resources, person: Person, notice: Notice = NEWS, source: str = ""
) -> bool:
    """Tell somebody something, from a source of its own unless one is given."""
    async with resources.begin() as uow:
        return await notify(
            uow, resources.envelope, person.key, notice, source or f"test:{new_id()}"
        )


async def told(resources: Resources, user_id: UUID) -> list[Notification]:
    """All that somebody was told, the newest first."""
    async with resources.database.read() as session:
        return await session.all(
            select(Notification)
            .where(Notification.user_id == user_id)
            .order_by(col(Notification.id).desc())
        )
