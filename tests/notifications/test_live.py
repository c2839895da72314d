"""`notificationAdded`."""

import pytest

from app.core.resources import Resources
from app.notifications.events import notifications_stream
from app.notifications.models import NotificationChannel, NotificationType
from app.notifications.notices import Notice
from app.notifications.service import save_settings
from tests.client import Api, OperationError
from tests.factories import Person, make_person
from tests.notifications.conftest import tell

_ADDED = """
    subscription ($after: String) {
      notificationAdded(after: $after) {
        cursor notification { title readAt } inbox { unreadCount } } }
"""
_CURSOR = "{ viewer { inbox { cursor } } }"

pytestmark = pytest.mark.usefixtures("relay")


async def _tell(resources: Resources, person: Person, title: str) -> None:
    await tell(resources, person, Notice(NotificationType.ANNOUNCEMENT, title, "Text."))


async def _cursor(api: Api, person: Person) -> str:
    cursor: str = (await api.execute(_CURSOR, as_=person)).ok()["viewer"]["inbox"]["cursor"]
    return cursor


class TestNotificationAdded:
    async def test_with_the_count_and_resumed(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        start = await _cursor(api, ana)
        await _tell(resources, ana, "one")
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_ADDED, {"after": start})
            first = (await live.next())["notificationAdded"]
            assert first["notification"] == {"title": "one", "readAt": None}
            assert first["inbox"] == {"unreadCount": 1}
        # Away: what comes meanwhile is told afterwards, and the count is today's.
        await _tell(resources, ana, "two")
        await api.mutate("notificationsMarkRead", {}, as_=ana)
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_ADDED, {"after": first["cursor"]})
            second = (await live.next())["notificationAdded"]
            assert second["notification"]["title"] == "two"
            assert second["notification"]["readAt"] is not None
            assert second["inbox"] == {"unreadCount": 0}
            await _tell(resources, ana, "three")
            third = (await live.next())["notificationAdded"]
            assert (third["notification"]["title"], third["inbox"]) == (
                "three",
                {"unreadCount": 1},
            )
        assert await _cursor(api, ana) == third["cursor"]

    async def test_only_ones_own(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources, role="super_admin")
        async with api.socket(as_=ana) as hers, api.socket(as_=ben) as his:
            ana_hears, ben_hears = await hers.subscribe(_ADDED), await his.subscribe(_ADDED)
            for person in (ana, ben):
                await api.listening(notifications_stream(person.key))
            await _tell(resources, ana, "for Ana")
            await _tell(resources, ben, "for Ben")
            for live, title in ((ana_hears, "for Ana"), (ben_hears, "for Ben")):
                told = (await live.next())["notificationAdded"]
                assert (told["notification"]["title"], told["inbox"]) == (
                    title,
                    {"unreadCount": 1},
                )

    async def test_what_is_not_listed_is_not_told(self, api: Api, resources: Resources) -> None:
        ana, news = await make_person(resources), NotificationType.ANNOUNCEMENT
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_ADDED)
            await api.listening(notifications_stream(ana.key))
            for title, enabled in (("hidden", False), ("shown", True)):
                async with resources.begin() as uow:
                    setting = (news, NotificationChannel.IN_APP, enabled)
                    await save_settings(uow, ana.key, [setting])
                await _tell(resources, ana, title)
            told = (await live.next())["notificationAdded"]
            assert (told["notification"]["title"], told["inbox"]) == ("shown", {"unreadCount": 1})

    async def test_anothers_cursor(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_ADDED, {"after": await _cursor(api, ben)})
            with pytest.raises(OperationError) as refused:
                await live.next()
        assert refused.value.code == "INVALID_CURSOR"
