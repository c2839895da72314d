"""Root mutations of notifications."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.errors import InvalidInput
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.graph.read.pages import MAX_PAGE
from app.core.ids import from_global
from app.notifications import service
from app.notifications.models import NotificationChannel, NotificationType
from app.notifications.types import Notification, NotificationInbox

_MOST_SETTINGS = len(NotificationType) * len(NotificationChannel)


@strawberry.input(description="Which notifications were read.")
class NotificationsMarkReadInput:
    """Some or all."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"At most {MAX_PAGE} of them; all, if none are given."
    )


@strawberry.input(description="Whether a type of notification reaches you by a channel.")
class NotificationSettingInput:
    """An answer."""

    type: NotificationType = strawberry.field(description="What the notifications are about.")
    channel: NotificationChannel = strawberry.field(description="How they come.")
    enabled: bool = strawberry.field(description="Whether they shall.")


@strawberry.input(description="What reaches you.")
class NotificationSettingsUpdateInput:
    """What isn't mentioned stays."""

    settings: list[NotificationSettingInput] = strawberry.field(
        description="What is to change; of two about the same, the last counts."
    )


@strawberry.type(description="The answer to `notificationsMarkRead`.")
class NotificationsMarkReadPayload:
    """The inbox."""

    inbox: NotificationInbox | None = edge("user_key", "The inbox as it is now.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was marked."
    )


@strawberry.type(description="The answer to `notificationSettingsUpdate`.")
class NotificationSettingsUpdatePayload:
    """The inbox with its settings."""

    inbox: NotificationInbox | None = edge("user_key", "The inbox as it is now.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was saved."
    )


def _bounded(name: str, given: list[object], most: int) -> None:
    if len(given) > most:
        raise InvalidInput(f"At most {most} at a time.", field=("input", name))


@strawberry.type
class NotificationsMutation:
    """Read, and choose what comes."""

    @mutation(SIGNED_IN)
    async def notifications_mark_read(
        self, info: Info, input: NotificationsMarkReadInput
    ) -> NotificationsMarkReadPayload:
        """Mark some of the viewer's notifications as read, or all. Again changes nothing."""
        keys = None
        if input.ids is not None:
            _bounded("ids", [*input.ids], MAX_PAGE)
            keys = [from_global(Notification.prefix, each) for each in input.ids]
        async with info.context.begin() as uow:
            await service.mark_read(uow, info.context.me, keys)
        return NotificationsMarkReadPayload(user_key=info.context.me.user_id)

    @mutation(SIGNED_IN)
    async def notification_settings_update(
        self, info: Info, input: NotificationSettingsUpdateInput
    ) -> NotificationSettingsUpdatePayload:
        """Choose which notifications reach the viewer how.

        `NOTIFICATION_REQUIRED` for those about security, which are always listed and mailed.
        """
        _bounded("settings", [*input.settings], _MOST_SETTINGS)
        settings = [(each.type, each.channel, each.enabled) for each in input.settings]
        async with info.context.begin() as uow:
            await service.save_settings(uow, info.context.me.user_id, settings)
        return NotificationSettingsUpdatePayload(user_key=info.context.me.user_id)
