"""Events that users are told about. One more is its import, and a line at the end."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from app.accounts.events import (
    ApiTokenCreated,
    OAuthLinked,
    PasswordChanged,
    PasswordReset,
    PhoneVerified,
    RolesChanged,
    SignedIn,
    TwoFactorChanged,
)
from app.accounts.store import devices
from app.classes.events import AnnouncementPublished
from app.classes.store import announcements
from app.core.db import ReadSession
from app.core.events import PersistedEvent
from app.core.resources import Resources
from app.courses.events import AssignmentGraded, AssignmentReturned
from app.courses.store import submissions
from app.notifications import notices
from app.notifications.models import NotificationType
from app.notifications.notices import Notice
from app.notifications.service import notify
from workers.following import follow

E = TypeVar("E", bound=PersistedEvent)
NoticeOf = Callable[[ReadSession, E], Awaitable[Notice | None]]

_NAME = "notify"


def tell(event: type[E], notice_of: NoticeOf[E]) -> None:
    """Tell the user of an event (its `user_id`) what `notice_of` says, if it says anything."""

    async def told(resources: Resources, happened: Any, source: str) -> None:
        async with resources.database.read() as session:
            notice = await notice_of(session, happened)
        if notice is not None:
            async with resources.begin() as uow:
                await notify(uow, resources.envelope, happened.user_id, notice, source)

    follow(event, _NAME, told)


def always(type: NotificationType) -> NoticeOf[Any]:
    """The notice of a type that says the same to everybody."""

    async def notice_of(_: ReadSession, __: Any) -> Notice:
        return notices.plain(type)

    return notice_of


async def _of_sign_in(session: ReadSession, event: SignedIn) -> Notice | None:
    """One that a new device is worth."""
    signed_in = await devices.new_device(session, event.auth_session_id)
    return notices.new_device(signed_in) if signed_in else None


async def _of_grade(session: ReadSession, event: AssignmentGraded) -> Notice | None:
    """As the grade is now; nothing if it is gone."""
    found = await submissions.with_exercise(session, event.submission_id)
    if found is None:
        return None
    submission, exercise = found
    if submission.grade is None or submission.max_grade is None:
        return None
    return notices.graded(exercise.title, submission.grade, submission.max_grade, submission.id)


async def _of_return(session: ReadSession, event: AssignmentReturned) -> Notice | None:
    found = await submissions.with_exercise(session, event.submission_id)
    return notices.returned(found[1].title, found[0].id) if found else None


async def _tell_members(resources: Resources, event: AnnouncementPublished, source: str) -> None:
    """Tell the members of a class what it was told, each once; nobody what was taken back."""
    async with resources.database.read() as session:
        found = await announcements.with_class(session, event.announcement_id)
        members = await announcements.members(session, event.class_id)
    if found is None:
        return
    announcement, taught = found
    notice = notices.announcement(taught.name, announcement.title, announcement.content)
    for user_id in members:
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, user_id, notice, source)


follow(AnnouncementPublished, _NAME, _tell_members)

tell(SignedIn, _of_sign_in)
tell(PasswordChanged, always(NotificationType.PASSWORD_CHANGED))
tell(PasswordReset, always(NotificationType.PASSWORD_RESET))
tell(TwoFactorChanged, always(NotificationType.TWO_FACTOR_CHANGED))
tell(PhoneVerified, always(NotificationType.PHONE_CHANGED))
tell(OAuthLinked, always(NotificationType.ACCOUNT_LINKED))
tell(ApiTokenCreated, always(NotificationType.API_TOKEN_CREATED))
tell(RolesChanged, always(NotificationType.ROLES_CHANGED))
tell(AssignmentGraded, _of_grade)
tell(AssignmentReturned, _of_return)
