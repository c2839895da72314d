"""`notifications`, `notificationsMarkRead`, `notificationSettingsUpdate` and the viewer's inbox."""

from typing import Any

import pytest

from app.core.graph.read.pages import MAX_PAGE
from app.core.ids import new_id, to_global
from app.core.resources import Resources
from app.notifications.models import (
    NotificationChannel,
    NotificationSubject,
    NotificationType,
)
from app.notifications.notices import Notice
from tests.client import Api, Data
from tests.conftest import Counting
from tests.factories import Person, make_person
from tests.notifications.conftest import NEWS, SECURITY, tell, told

_LIST = """
    query ($filter: NotificationFilter, $first: Int, $after: String) {
      notifications(filter: $filter, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { id type title text subjectKind subjectId readAt } } }
"""
_INBOX = "{ viewer { inbox { unreadCount settings { type channel enabled required } } } }"
_NODE = "query ($id: ID!) { node(id: $id) { __typename ... on Notification { title } } }"
_SETTING = {"type": "ANNOUNCEMENT", "channel": "EMAIL", "enabled": True}


async def _list(api: Api, person: Person, **variables: Any) -> Data:
    found: Data = (await api.execute(_LIST, variables, as_=person)).ok()["notifications"]
    return found


async def _titles(api: Api, person: Person, **filter: Any) -> list[str]:
    found = await _list(api, person, filter=filter)
    return [node["title"] for node in found["nodes"]]


async def _inbox(api: Api, person: Person) -> Data:
    found: Data = (await api.execute(_INBOX, as_=person)).ok()["viewer"]["inbox"]
    return found


async def _ids(resources: Resources, person: Person) -> list[str]:
    return [to_global("ntf", row.id) for row in await told(resources, person.key)]


def _news(title: str) -> Notice:
    return Notice(NotificationType.ANNOUNCEMENT, title, "Text.")


class TestNotifications:
    async def test_ones_own_newest_first(self, api: Api, resources: Resources) -> None:
        ana, ben, key = await make_person(resources), await make_person(resources), new_id()
        await tell(resources, ana, _news("First"))
        about = Notice(
            NotificationType.NEW_DEVICE, "Second", "Two.", (NotificationSubject.AUTH_SESSION, key)
        )
        await tell(resources, ana, about)
        await tell(resources, ben, _news("Another's"))
        found = await _list(api, ana)
        second, first = await _ids(resources, ana)
        assert found["totalCount"] == 2
        assert found["nodes"] == [
            {
                "id": second,
                "type": "NEW_DEVICE",
                "title": "Second",
                "text": "Two.",
                "subjectKind": "AUTH_SESSION",
                "subjectId": f"ses_{key}",
                "readAt": None,
            },
            {
                "id": first,
                "type": "ANNOUNCEMENT",
                "title": "First",
                "text": "Text.",
                "subjectKind": None,
                "subjectId": None,
                "readAt": None,
            },
        ]

    async def test_pages(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        for number in range(5):
            await tell(resources, ana, _news(str(number)))
        titles, after = [], None
        for size in (2, 2, 1):
            page = await _list(api, ana, first=2, after=after)
            assert len(page["nodes"]) == size
            titles += [node["title"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert titles == ["4", "3", "2", "1", "0"]
        assert not page["pageInfo"]["hasNextPage"]

    async def test_narrowed(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await tell(resources, ana, NEWS)
        await tell(resources, ana, SECURITY)
        newest, _ = await _ids(resources, ana)
        await api.mutate("notificationsMarkRead", {"ids": [newest]}, as_=ana)
        assert await _titles(api, ana, unread=True) == [NEWS.title]
        assert await _titles(api, ana, types=["PASSWORD_CHANGED"]) == [SECURITY.title]
        assert await _titles(api, ana, unread=True, types=["PASSWORD_CHANGED"]) == []
        assert await _titles(api, ana, types=[]) == []

    async def test_a_node_for_its_own_alone(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources, role="super_admin")
        await tell(resources, ana)
        [id] = await _ids(resources, ana)
        seen = (await api.execute(_NODE, {"id": id}, as_=ana)).ok()
        assert seen["node"] == {"__typename": "Notification", "title": NEWS.title}
        assert (await api.execute(_NODE, {"id": id}, as_=ben)).ok() == {"node": None}

    async def test_with_the_unread_count_in_one_statement(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana = await make_person(resources)
        await tell(resources, ana)
        document = "{ notifications { nodes { title } } viewer { inbox { unreadCount } } }"
        await api.execute(document, as_=ana)
        with statements(api.resources) as seen:
            found = (await api.execute(document, as_=ana)).ok()
        assert found == {
            "notifications": {"nodes": [{"title": NEWS.title}]},
            "viewer": {"inbox": {"unreadCount": 1}},
        }
        assert len(seen) == 1


class TestMarkRead:
    async def test_some_then_all(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for person in (ana, ana, ana, ben):
            await tell(resources, person)
        ids = await _ids(resources, ana)
        for given, unread in (
            ({"ids": ids[:1]}, 2),
            ({"ids": ids[:1]}, 2),
            ({"ids": []}, 2),
            ({}, 0),
            ({"ids": None}, 0),
        ):
            payload = await api.mutate(
                "notificationsMarkRead", given, "inbox { unreadCount }", as_=ana
            )
            assert payload.ok()["inbox"] == {"unreadCount": unread}
        assert (await _inbox(api, ben))["unreadCount"] == 1

    async def test_others_are_not_found_and_nothing_is_marked(
        self, api: Api, resources: Resources
    ) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        await tell(resources, ana)
        await tell(resources, ben)
        given = [*await _ids(resources, ana), *await _ids(resources, ben)]
        payload = await api.mutate("notificationsMarkRead", {"ids": given}, as_=ana)
        assert payload.codes == ["NOT_FOUND"]
        assert [(await _inbox(api, each))["unreadCount"] for each in (ana, ben)] == [1, 1]

    async def test_no_more_than_a_page(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        given = {"ids": [to_global("ntf", new_id())] * (MAX_PAGE + 1)}
        payload = await api.mutate("notificationsMarkRead", given, as_=ana)
        assert payload.codes == ["INVALID_INPUT"]

    async def test_ids_of_notifications(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        document = (
            "mutation ($ids: [ID!]) { notificationsMarkRead(input: {ids: $ids}) { __typename } }"
        )
        answer = await api.execute(document, {"ids": [ana.id]}, as_=ana)
        assert answer.codes == ["INVALID_ID"]


class TestSettings:
    async def test_as_they_usually_are(self, api: Api, resources: Resources) -> None:
        found = (await _inbox(api, await make_person(resources)))["settings"]
        assert [(each["type"], each["channel"]) for each in found] == [
            (type.name, channel.name)
            for type in NotificationType
            for channel in NotificationChannel
        ]
        said = {(each["type"], each["channel"]): each for each in found}
        for channel, enabled, required in (
            ("IN_APP", True, True),
            ("EMAIL", True, True),
            ("SMS", False, False),
        ):
            setting = said["NEW_DEVICE", channel]
            assert (setting["enabled"], setting["required"]) == (enabled, required)
        news = [said["ANNOUNCEMENT", channel.name] for channel in NotificationChannel]
        assert [each["enabled"] for each in news] == [True, False, False]
        assert not any(each["required"] for each in news)

    async def test_as_one_says(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        usual = await _inbox(api, ana)
        payload = await api.mutate(
            "notificationSettingsUpdate",
            {"settings": [_SETTING]},
            "inbox { settings { type channel enabled } }",
            as_=ana,
        )
        assert _SETTING in payload.ok()["inbox"]["settings"]
        changed = await _inbox(api, ana)
        assert [
            new
            for new, old in zip(changed["settings"], usual["settings"], strict=True)
            if new != old
        ] == [{**_SETTING, "required": False}]
        assert await _inbox(api, ben) == usual

    async def test_security_stays(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        usual = await _inbox(api, ana)
        off = {"type": "NEW_DEVICE", "channel": "EMAIL", "enabled": False}
        payload = await api.mutate(
            "notificationSettingsUpdate", {"settings": [_SETTING, off]}, as_=ana
        )
        assert payload.codes == ["NOTIFICATION_REQUIRED"]
        assert payload.errors[0]["field"] == ["input", "settings", "1", "enabled"]
        assert await _inbox(api, ana) == usual

    @pytest.mark.parametrize("more", [1, 1000])
    async def test_no_more_than_there_are(self, api: Api, resources: Resources, more: int) -> None:
        ana = await make_person(resources)
        many = len(NotificationType) * len(NotificationChannel) + more
        payload = await api.mutate(
            "notificationSettingsUpdate", {"settings": [_SETTING] * many}, as_=ana
        )
        assert payload.codes == ["INVALID_INPUT"]
