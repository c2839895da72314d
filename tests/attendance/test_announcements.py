"""Classes are told things, now or later, once; who has read them is counted."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.classes.events import AnnouncementPublished
from app.classes.models import Announcement, AnnouncementRead, ClassStatus
from app.classes.service import announcements as service
from app.core.clock import now
from app.core.ids import from_global, new_id
from app.core.resources import Resources
from app.notifications.models import Notification, NotificationType
from tests.attendance.classroom import Classroom, change_class, make_class, withdraw
from tests.client import Api, Payload
from tests.factories import Person, make_person, waiting_events, writing

_FIELDS = """
    announcement { id title content scheduledAt sentAt readAt readCount
        class { id } author { id } }
"""


async def _create(api: Api, room: Classroom, person: Person, **more: Any) -> Payload:
    given = {"classId": room.id, "title": "Bring leaves", "content": "Green ones.", **more}
    return await api.mutate("announcementCreate", given, _FIELDS, as_=person)


async def _made(api: Api, room: Classroom, person: Person, **more: Any) -> str:
    made: str = (await _create(api, room, person, **more)).ok()["announcement"]["id"]
    return made


async def _read(api: Api, key: str, person: Person) -> Payload:
    return await api.mutate("announcementMarkRead", {"id": key}, _FIELDS, as_=person)


async def _listed(api: Api, person: Person, room: Classroom | None = None) -> Any:
    given = f'(classId: "{room.id}")' if room else ""
    document = f"{{ announcements{given} {{ nodes {{ id readCount }} }} }}"
    found = (await api.execute(document, as_=person)).ok()["announcements"]
    return found and [each["id"] for each in found["nodes"]]


def _later(**more: float) -> str:
    return (now() + timedelta(**more)).isoformat()


async def _put_back(resources: Resources, key: str) -> None:
    """The time of an announcement has come."""
    async with writing(resources) as session:
        await session.execute(
            update(Announcement)
            .where(col(Announcement.id) == from_global("ann", key))
            .values(scheduled_at=now() - timedelta(seconds=1))
        )


async def _one(resources: Resources, key: str) -> Announcement:
    async with resources.database.read() as reading:
        return await reading.value(
            select(Announcement).where(col(Announcement.id) == from_global("ann", key))
        )


class TestNow:
    async def test_members_are_told(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person
    ) -> None:
        made = (await _create(api, room, ida)).ok()["announcement"]
        assert made["sentAt"] == made["scheduledAt"] is not None
        assert made | {"id": "", "sentAt": "", "scheduledAt": ""} == {
            "id": "",
            "title": "Bring leaves",
            "content": "Green ones.",
            "scheduledAt": "",
            "sentAt": "",
            "readAt": None,
            "readCount": 0,
            "class": {"id": room.id},
            "author": {"id": ida.id},
        }
        assert await waiting_events(resources) == ["class.announcement_published"]
        assert await _listed(api, ana, room) == [made["id"]]

    async def test_who_may_not(
        self, api: Api, resources: Resources, room: Classroom, ana: Person, ivo: Person
    ) -> None:
        assert (await _create(api, room, ana)).codes == ["NOT_TEACHER"]
        assert (await _create(api, room, ivo)).codes == ["NOT_FOUND"]
        await change_class(resources, room, status=ClassStatus.CANCELLED)
        sam = await make_person(resources, role="staff")
        assert (await _create(api, room, sam)).codes == ["CLASS_NOT_ACTIVE"]
        assert await waiting_events(resources) == []

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"title": " "}, "title"),
            ({"title": "a\nb"}, "title"),
            ({"title": "x" * 256}, "title"),
            ({"content": ""}, "content"),
            ({"content": "x" * 10_001}, "content"),
            ({"scheduledAt": "2020-01-01T00:00:00Z"}, "scheduledAt"),
            ({"scheduledAt": "9999-01-01T00:00:00Z"}, "scheduledAt"),
        ],
    )
    async def test_what_makes_no_sense(
        self, api: Api, room: Classroom, ida: Person, more: Any, field: str
    ) -> None:
        payload = await _create(api, room, ida, **more)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", field]
        assert await _listed(api, ida, room) == []


class TestLater:
    async def test_nobody_sees_it_before(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person,
        sam: Person,
    ) -> None:  # fmt: skip
        key = await _made(api, room, ida, scheduledAt=_later(hours=1))
        assert await waiting_events(resources) == []
        assert [await _listed(api, each, room) for each in (ida, sam, ana)] == [[key], [key], []]
        assert (await _read(api, key, ana)).codes == ["NOT_FOUND"]
        await service.send_due(resources)
        assert (await _one(resources, key)).sent_at is None

    async def test_it_is_sent_once(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person
    ) -> None:
        key = await _made(api, room, ida, scheduledAt=_later(hours=1))
        await _put_back(resources, key)
        await asyncio.gather(*(service.send_due(resources) for _ in range(4)))
        assert await waiting_events(resources) == ["class.announcement_published"]
        assert await _listed(api, ana, room) == [key]

    async def test_not_for_a_cancelled_class(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        key = await _made(api, room, ida, scheduledAt=_later(hours=1))
        await _put_back(resources, key)
        await change_class(resources, room, status=ClassStatus.CANCELLED)
        await service.send_due(resources)
        assert (await _one(resources, key)).sent_at is None

    async def test_put_off_or_sent_at_once(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        key = await _made(api, room, ida, scheduledAt=_later(hours=1))
        later = datetime.fromisoformat(_later(days=2)).replace(microsecond=0)
        given = {"id": key, "scheduledAt": later.isoformat(), "title": "Bring more"}
        (await api.mutate("announcementUpdate", given, as_=ida)).ok()
        found = await _one(resources, key)
        assert (found.scheduled_at, found.title, found.sent_at) == (later, "Bring more", None)
        (await api.mutate("announcementUpdate", {"id": key, "scheduledAt": None}, as_=ida)).ok()
        assert (await _one(resources, key)).sent_at is not None
        again = await api.mutate("announcementUpdate", given, as_=ida)
        assert again.codes == ["ANNOUNCEMENT_SENT"]
        assert await waiting_events(resources) == ["class.announcement_published"]


class TestChanges:
    async def test_of_what_was_sent(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person,
        ivo: Person,
    ) -> None:  # fmt: skip
        key = await _made(api, room, ida)
        given = {"id": key, "content": "Brown ones."}
        for person, code in ((ana, "NOT_TEACHER"), (ivo, "NOT_FOUND")):
            assert (await api.mutate("announcementUpdate", given, as_=person)).codes == [code]
        (await api.mutate("announcementUpdate", given, as_=ida)).ok()
        assert (await _one(resources, key)).content == "Brown ones."
        assert (await _one(resources, key)).title == "Bring leaves"
        assert await waiting_events(resources) == [
            "class.announcement_published",
            "class.announcement_changed",
        ]

    async def test_it_is_taken_back(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person,
        ivo: Person,
    ) -> None:  # fmt: skip
        key = await _made(api, room, ida)
        (await _read(api, key, ana)).ok()
        for person, code in ((ana, "NOT_TEACHER"), (ivo, "NOT_FOUND")):
            refused = await api.mutate("announcementDelete", {"id": key}, as_=person)
            assert refused.codes == [code]
        payload = await api.mutate("announcementDelete", {"id": key}, "deletedId", as_=ida)
        assert payload.ok()["deletedId"] == key
        assert await _listed(api, ana, room) == []
        assert (await waiting_events(resources))[-1] == "class.announcement_deleted"


class TestReading:
    async def test_it_is_counted_once(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person,
        ben: Person,
    ) -> None:  # fmt: skip
        key = await _made(api, room, ida)
        payloads = await asyncio.gather(*(_read(api, key, ana) for _ in range(5)))
        times = {payload.ok()["announcement"]["readAt"] for payload in payloads}
        assert len(times) == 1
        assert None not in times
        # How many have read it is for those who teach.
        assert payloads[0].data["announcement"]["readCount"] is None
        (await _read(api, key, ben)).ok()
        # Hers doesn't count: she is no member.
        assert (await _read(api, key, ida)).ok()["announcement"]["readCount"] == 2
        await withdraw(resources, room, 1)
        assert (await _read(api, key, ida)).ok()["announcement"]["readCount"] == 1

    async def test_others_know_of_nothing(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ben: Person,
        eve: Person,
    ) -> None:  # fmt: skip
        key = await _made(api, room, ida)
        await withdraw(resources, room, 1)
        for person in (eve, ben):
            assert (await _read(api, key, person)).codes == ["NOT_FOUND"]
            assert await _listed(api, person, room) is None
            assert await _listed(api, person) == []
        assert (await _read(api, f"ann_{new_id()}", ida)).codes == ["NOT_FOUND"]
        async with resources.database.read() as reading:
            assert await reading.all(select(AnnouncementRead.user_id)) == []

    async def test_of_all_ones_classes(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ivo: Person,
        ana: Person, sam: Person,
    ) -> None:  # fmt: skip
        other = await make_class(resources, ivo, ana)
        first, second = await _made(api, room, ida), await _made(api, other, ivo)
        assert await _listed(api, ana) == [second, first]
        assert [await _listed(api, each) for each in (ida, ivo)] == [[first], [second]]
        # Who manages all classes is in none.
        assert await _listed(api, sam) == []
        assert await _listed(api, sam, other) == [second]


@pytest.mark.usefixtures("worker_environment")
class TestNotifications:
    async def test_each_member_gets_one(
        self, api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person
    ) -> None:
        from workers.notifying import _tell_members

        await withdraw(resources, room, 1)
        key = from_global("ann", await _made(api, room, ida))
        event = AnnouncementPublished(class_id=room.key, announcement_id=key)
        for _ in range(2):
            await _tell_members(resources, event, "notify:class#1")
        async with resources.database.read() as reading:
            [told] = await reading.all(select(Notification))
        assert (told.user_id, told.type) == (ana.key, NotificationType.ANNOUNCEMENT)
        assert told.title == "Bring leaves"
        assert told.text == "To the class Photosynthesis:\n\nGreen ones."

    async def test_not_of_what_was_taken_back(
        self, api: Api, resources: Resources, room: Classroom, ida: Person
    ) -> None:
        from workers.notifying import _tell_members

        key = await _made(api, room, ida)
        (await api.mutate("announcementDelete", {"id": key}, as_=ida)).ok()
        event = AnnouncementPublished(class_id=room.key, announcement_id=from_global("ann", key))
        await _tell_members(resources, event, "notify:class#1")
        async with resources.database.read() as reading:
            assert await reading.all(select(Notification)) == []
