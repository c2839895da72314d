"""Which notifications exist for whom, and which reach whom unless they say otherwise."""

from sqlalchemy import update
from sqlmodel import col, select

from app.core.resources import Resources
from app.notifications import notices, policy
from app.notifications.models import Notification, NotificationChannel, NotificationType
from tests.factories import make_person, writing
from tests.notifications.conftest import tell, told


class TestVisible:
    async def test_ones_own_that_are_listed(self, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for person in (ana, ana, ben):
            await tell(resources, person)
        hidden, shown = await told(resources, ana.key)
        async with writing(resources) as session:
            await session.execute(
                update(Notification).where(col(Notification.id) == hidden.id).values(listed=False)
            )
        async with resources.database.read() as session:
            found = await session.all(select(Notification.id).where(policy.visible(ana.viewer)))
        assert found == [shown.id]


class TestChannels:
    def test_security_comes_in_the_program_and_by_letter(self) -> None:
        required = {
            (type, channel)
            for type in NotificationType
            for channel in NotificationChannel
            if policy.is_required(type, channel)
        }
        security = set(NotificationType) - {NotificationType.ANNOUNCEMENT}
        channels = (NotificationChannel.IN_APP, NotificationChannel.EMAIL)
        assert required == {(type, channel) for type in security for channel in channels}

    def test_the_rest_comes_in_the_program(self) -> None:
        usual = [
            channel
            for channel in NotificationChannel
            if policy.is_usual(NotificationType.ANNOUNCEMENT, channel)
        ]
        assert usual == [NotificationChannel.IN_APP]
        assert not any(policy.is_usual(type, NotificationChannel.SMS) for type in NotificationType)


class TestNotices:
    def test_each_security_type_says_something(self) -> None:
        special = {NotificationType.NEW_DEVICE, NotificationType.ANNOUNCEMENT}
        for type in set(NotificationType) - special:
            notice = notices.plain(type)
            assert notice.type is type
            assert notice.title
            assert notice.text.endswith(".")
