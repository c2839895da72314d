"""Reminders: in time, once, and never of what is over."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import update
from sqlmodel import col, select

from app.calendar.models import CalendarEvent
from app.calendar.service import reminders
from app.classes.models import ClassStatus, ClassType
from app.core.clock import now
from app.core.ids import from_global
from app.core.outbox import HandleEvent
from app.core.resources import Resources
from app.notifications.models import NotificationSubject, NotificationType
from tests.calendar.planner import change, delete, make
from tests.classes.planning import School
from tests.client import Api
from tests.factories import Person, empty_outbox, waiting_events, writing
from tests.notifications.conftest import told
from workers import following, reminding  # noqa: F401 - what follows is registered there
from workers.outbox import send_due


def _in(minutes: int) -> str:
    return (now() + timedelta(minutes=minutes)).replace(microsecond=0).isoformat()


async def _next(resources: Resources, id: str) -> datetime | None:
    key = from_global("cev", id)
    async with resources.database.read() as session:
        return await session.value(
            select(CalendarEvent.next_reminder_at).where(CalendarEvent.id == key)
        )


async def _came(resources: Resources, id: str) -> None:
    """As if the time had come a moment ago."""
    async with writing(resources) as session:
        key = from_global("cev", id)
        earlier = col(CalendarEvent.next_reminder_at) - timedelta(minutes=60)
        await session.execute(
            update(CalendarEvent)
            .where(col(CalendarEvent.id) == key)
            .values(next_reminder_at=earlier)
        )


async def _follow(resources: Resources, broker: StubBroker) -> None:
    """Run the jobs that the events led to, twice."""
    await send_due(resources, broker)
    queue = broker.queues["default"]
    while not queue.empty():
        message = Message.decode(queue.get_nowait())
        if message.actor_name == HandleEvent.name:
            for _ in range(2):
                await following.run(resources, HandleEvent.model_validate(message.kwargs))


class TestNext:
    async def test_of_what_is_yet_to_come(
        self, api: Api, ana: Person, resources: Resources
    ) -> None:
        starts = datetime.fromisoformat(_in(90))
        id = await make(api, ana, startsAt=starts.isoformat(), reminders=[120, 60, 10])
        # The first of them would have been half an hour ago.
        assert await _next(resources, id) == starts - timedelta(minutes=60)
        later = starts + timedelta(days=1)
        (await change(api, ana, id, startsAt=later.isoformat())).ok()
        assert await _next(resources, id) == later - timedelta(minutes=120)
        (await change(api, ana, id, reminders=[])).ok()
        assert await _next(resources, id) is None

    async def test_of_the_past(self, api: Api, ana: Person, resources: Resources) -> None:
        id = await make(api, ana, reminders=[10])
        assert await _next(resources, id) is None

    async def test_of_a_series(self, api: Api, ana: Person, resources: Resources) -> None:
        starts = datetime.fromisoformat(_in(30)) - timedelta(days=7)
        id = await make(
            api, ana, startsAt=starts.isoformat(), reminders=[10], recurrence="FREQ=WEEKLY"
        )
        soon = starts + timedelta(days=7)
        assert await _next(resources, id) == soon - timedelta(minutes=10)
        given = {"scope": "THIS", "occurrence": soon.date().isoformat()}
        (await delete(api, ana, id, **given)).ok()
        assert await _next(resources, id) == soon + timedelta(days=7, minutes=-10)

    async def test_of_a_day_that_comes_once_in_years(
        self, api: Api, ana: Person, resources: Resources
    ) -> None:
        given = {"startsAt": "2024-02-29T08:00:00Z", "recurrence": "FREQ=YEARLY"}
        id = await make(api, ana, reminders=[10], **given)
        found = await _next(resources, id)
        assert found is not None
        assert found > now() + timedelta(days=365)
        async with resources.database.read() as session:
            assert await reminders.store.due(session, now(), 10) == []


class TestTelling:
    @pytest.fixture
    async def id(self, api: Api, ana: Person, resources: Resources) -> str:
        """An event of Ana's in fifty minutes, of which she is to be reminded now."""
        made = await make(api, ana, startsAt=_in(70), reminders=[60])
        await _came(resources, made)
        async with writing(resources) as session:
            key = from_global("cev", made)
            values: dict[str, Any] = {
                "starts_at": col(CalendarEvent.starts_at) - timedelta(minutes=15),
                "starts_time": col(CalendarEvent.starts_time) - timedelta(minutes=15),
            }
            await session.execute(
                update(CalendarEvent).where(col(CalendarEvent.id) == key).values(values)
            )
        await empty_outbox(resources)
        return made

    async def test_once_by_two_clocks(
        self, id: str, ana: Person, resources: Resources, broker: StubBroker
    ) -> None:
        await asyncio.gather(*[reminders.remind_due(resources) for _ in range(4)])
        await reminders.remind_due(resources)
        assert await waiting_events(resources) == ["calendar.reminder_due"]
        await _follow(resources, broker)
        [notice] = await told(resources, ana.key)
        assert notice.type is NotificationType.EVENT_REMINDER
        assert notice.subject_kind is NotificationSubject.EVENT
        assert notice.subject_id == from_global("cev", id)
        assert "\u201cBiology\u201d begins on " in notice.text
        assert await _next(resources, id) is None

    async def test_not_of_what_was_moved_meanwhile(
        self, api: Api, id: str, ana: Person, resources: Resources, broker: StubBroker
    ) -> None:
        await reminders.remind_due(resources)
        (await change(api, ana, id, startsAt=_in(600))).ok()
        await _follow(resources, broker)
        assert await told(resources, ana.key) == []

    async def test_not_of_what_was_deleted_meanwhile(
        self, api: Api, id: str, ana: Person, resources: Resources, broker: StubBroker
    ) -> None:
        await reminders.remind_due(resources)
        (await delete(api, ana, id)).ok()
        await _follow(resources, broker)
        assert await told(resources, ana.key) == []

    async def test_another_title_loses_nothing(
        self, api: Api, id: str, ana: Person, resources: Resources, broker: StubBroker
    ) -> None:
        (await change(api, ana, id, title="Chemistry")).ok()
        await reminders.remind_due(resources)
        await _follow(resources, broker)
        [notice] = await told(resources, ana.key)
        assert "Chemistry" in notice.text

    async def test_not_of_what_has_begun(self, id: str, resources: Resources) -> None:
        async with writing(resources) as session:
            await session.execute(
                update(CalendarEvent).values(
                    starts_on=(now() - timedelta(days=1)).date(),
                    next_reminder_at=now() - timedelta(days=2),
                )
            )
        await reminders.remind_due(resources)
        assert await waiting_events(resources) == []
        assert await _next(resources, id) is None

    async def test_a_class(
        self,
        api: Api,
        school: School,
        ana: Person,
        ben: Person,
        ida: Person,
        resources: Resources,
        broker: StubBroker,
    ) -> None:
        taught = await school.in_status(ClassType.GROUP, ClassStatus.ACTIVE, ana, ben)
        id = await make(api, ida, classId=taught, startsAt=_in(50), reminders=[49])
        given = {"id": id, "status": "DECLINED"}
        (await api.mutate("eventRsvp", given, "rsvp { id }", as_=ben)).ok()
        async with writing(resources) as session:
            await session.execute(
                update(CalendarEvent).values(
                    reminders=[55], next_reminder_at=now() - timedelta(minutes=6)
                )
            )
        await empty_outbox(resources)
        await reminders.remind_due(resources)
        await _follow(resources, broker)
        found = [len(await told(resources, who.key)) for who in (ana, ben, ida)]
        assert found == [1, 0, 1]
