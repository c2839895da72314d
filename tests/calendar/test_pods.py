"""A pod's events: who makes them, who sees them, who comes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from app.calendar.models import CalendarEvent, CalendarOccurrence, EventRsvp
from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.pods.events import PodMemberLeft
from app.pods.models import PodRole
from app.privacy.models import AccountDeletion
from app.privacy.service import erasure
from tests.calendar.planner import calendar, change, day, delete, make
from tests.client import Api, Payload
from tests.factories import PASSWORD, Person, writing
from tests.pods.communities import Community
from workers import reminding

_FIELDS = "rsvp { status } event { attendingCount pod { id } }"


@pytest.fixture
async def pod(community: Community, ana: Person, ben: Person) -> str:
    """Ana's private pod, with Ben in it."""
    made = await community.make(ana, public=False)
    await community.put(made, ben)
    return made


async def _make(api: Api, who: Person, pod: str, **more: Any) -> str:
    return await make(api, who, podId=pod, startsAt=f"{day(9)}T08:00:00Z", **more)


async def _answer(api: Api, who: Person, id: str, status: str = "ATTENDING") -> Payload:
    return await api.mutate("eventRsvp", {"id": id, "status": status}, _FIELDS, as_=who)


async def _titles(api: Api, who: Person) -> list[str]:
    return [each["title"] for each in await calendar(api, who, day(8), day(10))]


async def _count(resources: Resources, table: type[Any]) -> int:
    async with resources.database.read() as session:
        return len(await session.all(select(table)))


class TestMaking:
    async def test_stands_in_every_member_s_calendar(
        self, api: Api, pod: str, ana: Person, ben: Person, eve: Person
    ) -> None:
        id = await _make(api, ana, pod)
        assert await _titles(api, ana) == await _titles(api, ben) == ["Biology"]
        assert await _titles(api, eve) == []
        document = "query ($id: ID!) { node(id: $id) { id ... on CalendarEvent { pod { id } } } }"
        seen = await api.execute(document, {"id": id}, as_=ben)
        assert seen.ok()["node"] == {"id": id, "pod": {"id": pod}}
        assert (await api.execute(document, {"id": id}, as_=eve)).ok()["node"] is None

    async def test_who_may_not(
        self,
        api: Api,
        community: Community,
        pod: str,
        ana: Person,
        ben: Person,
        eve: Person,
        resources: Resources,
    ) -> None:
        given = {"title": "Biology", "startsAt": f"{day(9)}T08:00:00Z", "podId": pod}

        async def codes(who: Person, **more: Any) -> list[str]:
            return (await api.mutate("eventCreate", given | more, as_=who)).codes

        assert await codes(ben) == ["POD_ROLE_TOO_LOW"]
        assert await codes(eve) == ["NOT_FOUND"]
        assert await codes(ana, classId="cls_00000000-0000-7000-8000-000000000000") == [
            "INVALID_INPUT"
        ]
        (await community.do("podArchive", {"id": pod}, as_=ana)).ok()
        assert await codes(ana) == ["POD_ARCHIVED"]
        assert await _count(resources, CalendarEvent) == 0

    async def test_a_moderator_changes_what_others_made(
        self, api: Api, community: Community, pod: str, ana: Person, ben: Person, eve: Person
    ) -> None:
        id = await _make(api, ana, pod)
        assert (await change(api, ben, id, title="Chemistry")).codes == ["POD_ROLE_TOO_LOW"]
        assert (await delete(api, ben, id)).codes == ["POD_ROLE_TOO_LOW"]
        assert (await change(api, eve, id, title="Chemistry")).codes == ["NOT_FOUND"]
        moderator = await community.member(pod, "mo", PodRole.MODERATOR)
        (await change(api, moderator, id, title="Physics")).ok()
        assert await _titles(api, ben) == ["Physics"]

    async def test_of_a_pod_that_is_archived_or_gone(
        self,
        api: Api,
        community: Community,
        pod: str,
        ana: Person,
        ben: Person,
        resources: Resources,
    ) -> None:
        id = await _make(api, ana, pod)
        (await _answer(api, ben, id)).ok()
        (await community.do("podArchive", {"id": pod}, as_=ana)).ok()
        assert await _titles(api, ben) == []
        assert (await change(api, ana, id, title="Physics")).codes == ["POD_ARCHIVED"]
        assert (await _answer(api, ben, id, "MAYBE")).codes == ["EVENT_OVER"]
        (await community.do("podDelete", {"id": pod}, as_=ana)).ok()
        assert await _count(resources, CalendarEvent) == 0
        assert await _count(resources, EventRsvp) == 0


class TestGuests:
    async def test_no_more_than_there_is_room_for(
        self, api: Api, pod: str, ana: Person, ben: Person, resources: Resources
    ) -> None:
        id = await _make(api, ana, pod, capacity=1)
        answers = await asyncio.gather(*[_answer(api, who, id) for who in (ana, ben)])
        assert sorted(each.codes for each in answers) == [[], ["EVENT_FULL"]]
        assert await _count(resources, EventRsvp) == 1

    async def test_strangers(self, api: Api, pod: str, ana: Person, eve: Person) -> None:
        id = await _make(api, ana, pod)
        assert (await _answer(api, eve, id)).codes == ["NOT_FOUND"]

    async def test_who_left_is_no_guest(
        self,
        api: Api,
        community: Community,
        pod: str,
        ana: Person,
        ben: Person,
        resources: Resources,
    ) -> None:
        id = await _make(api, ana, pod)
        (await _answer(api, ben, id)).ok()
        left = PodMemberLeft(pod_id=from_global("pod", pod), user_id=ben.key)
        await reminding._leave_pod(resources, left, "")
        assert await _count(resources, EventRsvp) == 1, "he is in it"
        (await community.do("podLeave", {"id": pod}, as_=ben)).ok()
        for _ in range(2):
            await reminding._leave_pod(resources, left, "")
        assert await _count(resources, EventRsvp) == 0

    async def test_are_reminded_unless_they_declined(
        self, api: Api, community: Community, pod: str, ana: Person, ben: Person, eve: Person
    ) -> None:
        soon = (now() + timedelta(days=9)).isoformat()
        id = await make(api, ana, podId=pod, startsAt=soon, reminders=[10])
        await community.put(pod, eve)
        (await _answer(api, ben, id, "DECLINED")).ok()

        async def reminded() -> set[Any]:
            async with community.resources.database.read() as session:
                row = await session.get(CalendarEvent, from_global("cev", id))
                assert row is not None
                return set(await reminding._reminded(session, row))

        assert await reminded() == {ana.key, eve.key}
        (await community.do("podArchive", {"id": pod}, as_=ana)).ok()
        assert await reminded() == set()


class TestErasure:
    async def test_what_a_pod_was_told_stays(
        self, api: Api, pod: str, ana: Person, ben: Person, resources: Resources
    ) -> None:
        """Without who made it; their own events go, with what was changed in them."""
        told = await _make(api, ana, pod, recurrence="FREQ=DAILY")
        own = await make(api, ana, startsAt=f"{day(9)}T09:00:00Z", recurrence="FREQ=DAILY")
        for id in (told, own):
            given = {"scope": "THIS", "occurrence": day(10), "title": "Chemistry"}
            (await change(api, ana, id, **given)).ok()
        (await api.mutate("accountDelete", {"password": PASSWORD}, "eraseAfter", as_=ana)).ok()
        async with writing(resources) as session:
            await session.execute(update(AccountDeletion).values(erase_after=now()))
        await erasure.erase_due(resources)
        assert await _titles(api, ben) == ["Biology", "Chemistry"]
        async with resources.database.read() as session:
            [left] = await session.all(select(CalendarEvent))
            [changed] = await session.all(select(CalendarOccurrence))
        assert (left.owner_id, left.id) == (None, from_global("cev", told))
        assert changed.event_id == left.id
