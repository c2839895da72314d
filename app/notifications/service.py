"""The use-cases of notifications."""

from collections.abc import Sequence
from uuid import UUID

from app.accounts.store.reaching import Addresses, addresses
from app.core.envelope import Envelope
from app.core.errors import NotFound
from app.core.mail import Mail, SendMail, SendSms, Sms
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.notifications import policy, store
from app.notifications.errors import NotificationRequired
from app.notifications.events import NotificationAdded
from app.notifications.models import Notification, NotificationChannel, NotificationType
from app.notifications.notices import Notice

# A setting: whether a type reaches the user by a channel.
Setting = tuple[NotificationType, NotificationChannel, bool]

_WHY = (
    "\n\n--\nYou get this letter because you have an account with Lyceum. Your settings say which"
    " notifications are sent to you.\n"
)


async def notify(
    uow: UnitOfWork, envelope: Envelope, user_id: UUID, notice: Notice, source: str
) -> bool:
    """Tell a user something, in the channels that they want.

    `source` names what led to it: again, or for a user who is gone, nothing is done: False.
    """
    reached = await addresses(uow.session, user_id)
    if reached is None:
        return False
    channels = await _channels(uow, user_id, notice.type)
    subject_kind, subject_id = notice.subject or (None, None)
    made = Notification(
        user_id=user_id,
        type=notice.type,
        title=notice.title,
        text=notice.text,
        subject_kind=subject_kind,
        subject_id=subject_id,
        source=source,
        listed=NotificationChannel.IN_APP in channels,
    )
    if not await store.add(uow.session, made):
        return False
    if made.listed:
        uow.publish(NotificationAdded(user_id=user_id, notification_id=made.id))
    await _send(uow, envelope, notice, channels, reached)
    return True


async def _channels(
    uow: UnitOfWork, user_id: UUID, type: NotificationType
) -> set[NotificationChannel]:
    answers = await store.answers(uow.session, user_id, type)
    return {
        channel
        for channel in NotificationChannel
        if policy.is_required(type, channel) or answers.get(channel, policy.is_usual(type, channel))
    }


async def _send(
    uow: UnitOfWork,
    envelope: Envelope,
    notice: Notice,
    channels: set[NotificationChannel],
    reached: Addresses,
) -> None:
    if NotificationChannel.EMAIL in channels and reached.email is not None:
        mail = Mail(to=reached.email, subject=notice.title, text=f"{notice.text}{_WHY}")
        uow.enqueue(await SendMail.of(envelope, mail))
    if NotificationChannel.SMS in channels and reached.phone is not None:
        sms = Sms(to=reached.phone, text=f"Lyceum: {notice.title}.")
        uow.enqueue(await SendSms.of(envelope, sms))


async def mark_read(uow: UnitOfWork, viewer: Viewer, keys: Sequence[UUID] | None) -> None:
    """Mark these as read, or all without any; again changes nothing.

    `NotFound`, and nothing is marked, if one of them isn't there for the viewer.
    """
    if keys is not None:
        wanted = set(keys)
        if await store.count_own(uow.session, viewer.user_id, wanted) < len(wanted):
            raise NotFound(field=("input", "ids"))
    await store.mark_read(uow.session, viewer.user_id, keys)


async def save_settings(
    uow: UnitOfWork,
    user_id: UUID,
    settings: Sequence[Setting],
    field: Sequence[str] = ("input", "settings"),
) -> None:
    """Keep what a user wants; what isn't mentioned stays, and of two answers the last counts.

    `NotificationRequired` for what can't be switched off; `field` is where the settings stand.
    """
    for place, (type, channel, enabled) in enumerate(settings):
        if not enabled and policy.is_required(type, channel):
            raise NotificationRequired(field=(*field, str(place), "enabled"))
    given = {(type, channel): enabled for type, channel, enabled in settings}
    await store.save_answers(uow.session, user_id, given)
