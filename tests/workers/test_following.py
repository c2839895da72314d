"""What follows from events: at least once, with an effect that is there once."""

import asyncio
from collections.abc import Iterator
from typing import NoReturn
from uuid import UUID

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import delete

from app.accounts.events import account_stream
from app.accounts.models import AuthSession
from app.core.events import PersistedEvent
from app.core.outbox import HandleEvent, StreamEvent
from app.core.resources import Resources
from app.notifications.models import NotificationSubject, NotificationType
from tests.client import Api
from tests.core.notes import Noted, Whispered, note
from tests.factories import (
    PASSWORD,
    Person,
    empty_outbox,
    make_person,
    waiting_events,
    waiting_jobs,
    writing,
)
from tests.notifications.conftest import confirmed, told
from workers import following, notifying
from workers.outbox import send_due

_FIREFOX = {"type": "desktop", "os": "Linux", "browser": "Firefox"}
_PHONE = {"type": "mobile", "os": "Android", "browser": "Chrome"}


class Locked(PersistedEvent):
    """Something that a user is told, in two lines of `workers.notifying`."""

    kind = "test.locked"
    user_id: UUID

    @property
    def stream(self) -> str:
        return account_stream(self.user_id)


class _Failing(StubBroker):
    def enqueue(self, *_: object, **__: object) -> NoReturn:
        raise ConnectionError


@pytest.fixture
def follow_locked() -> Iterator[None]:
    notifying.tell(Locked, notifying.always(NotificationType.PASSWORD_CHANGED))
    yield
    del following._followers[Locked.kind]


@pytest.fixture
def noted() -> Iterator[list[tuple[str, str]]]:
    """What was noted, with its source."""
    seen: list[tuple[str, str]] = []

    async def see(_: Resources, event: Noted, source: str) -> None:
        seen.append((event.text, source))

    following.follow(Noted, "see", see)
    yield seen
    del following._followers[Noted.kind]


def _jobs(broker: StubBroker) -> list[HandleEvent]:
    """Take the jobs that wait."""
    jobs = []
    queue = broker.queues["default"]
    while not queue.empty():
        message = Message.decode(queue.get_nowait())
        if message.actor_name == HandleEvent.name:
            jobs.append(HandleEvent.model_validate(message.kwargs))
    return jobs


async def _work(resources: Resources, broker: StubBroker) -> int:
    """Relay, and run what follows; says how much it was."""
    await send_due(resources, broker)
    jobs = _jobs(broker)
    for job in jobs:
        await following.run(resources, job)
    return len(jobs)


class TestFollowing:
    async def test_each_event_with_its_source(
        self, resources: Resources, broker: StubBroker, noted: list[tuple[str, str]]
    ) -> None:
        await note(resources, "a", "x", "y")
        assert await _work(resources, broker) == 2
        assert noted == [("x", "see:test:a#1"), ("y", "see:test:a#2")]
        assert await _work(resources, broker) == 0

    @pytest.mark.usefixtures("noted")
    async def test_what_is_not_kept_is_not_followed(
        self, resources: Resources, broker: StubBroker
    ) -> None:
        async with resources.begin() as uow:
            uow.publish(Whispered(topic="a"))
        await send_due(resources, broker)
        assert _jobs(broker) == []

    async def test_a_crash_of_the_relay_repeats(
        self, resources: Resources, broker: StubBroker, noted: list[tuple[str, str]]
    ) -> None:
        await note(resources, "a", "x")
        with pytest.raises(ConnectionError):
            await send_due(resources, _Failing(middleware=[]))
        assert await waiting_events(resources) == ["test.noted"]
        assert await _work(resources, broker) == 1
        assert noted == [("x", "see:test:a#1")]

    async def test_an_event_that_is_gone(
        self, resources: Resources, broker: StubBroker, noted: list[tuple[str, str]]
    ) -> None:
        await note(resources, "a", "x")
        async with writing(resources) as session:
            await session.execute(delete(StreamEvent))
        assert await _work(resources, broker) == 1
        assert noted == []

    async def test_a_worker_that_knows_less_tries_again(
        self, resources: Resources, broker: StubBroker, noted: list[tuple[str, str]]
    ) -> None:
        await note(resources, "a", "x")
        await send_due(resources, broker)
        [job] = _jobs(broker)
        with pytest.raises(KeyError):
            await following.run(resources, job.model_copy(update={"handler": "newer"}))
        assert noted == []

    def test_a_name_is_taken_once(self) -> None:
        with pytest.raises(ValueError, match="followed by another notify"):
            notifying.tell(notifying.SignedIn, notifying.always(NotificationType.PASSWORD_CHANGED))


@pytest.mark.usefixtures("follow_locked")
class TestNotifying:
    async def _publish(self, resources: Resources, person: Person) -> None:
        async with resources.begin() as uow:
            uow.publish(Locked(user_id=person.key))

    async def test_an_event_is_a_notification(
        self, resources: Resources, broker: StubBroker
    ) -> None:
        ana = await confirmed(resources)
        await self._publish(resources, ana)
        await _work(resources, broker)
        [row] = await told(resources, ana.key)
        assert row.type is NotificationType.PASSWORD_CHANGED
        assert row.source == f"notify:account:{ana.key}#1"

    async def test_twice_is_once(self, resources: Resources, broker: StubBroker) -> None:
        ana = await confirmed(resources)
        await self._publish(resources, ana)
        await send_due(resources, broker)
        [job] = _jobs(broker)
        await asyncio.gather(*[following.run(resources, job) for _ in range(5)])
        assert len(await told(resources, ana.key)) == 1
        assert [name for name, _ in await waiting_jobs(resources)] == ["send_mail"]
        assert await waiting_events(resources) == ["notification.added"]

    async def test_a_crash_before_the_commit(
        self, resources: Resources, broker: StubBroker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = await confirmed(resources)
        await self._publish(resources, ana)
        await send_due(resources, broker)
        [job] = _jobs(broker)

        async def crash(*_: object) -> NoReturn:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr("app.core.uow.persist", crash)
            with pytest.raises(ConnectionError):
                await following.run(resources, job)
        assert await told(resources, ana.key) == []
        assert await waiting_jobs(resources) == await waiting_events(resources) == []
        await following.run(resources, job)
        assert len(await told(resources, ana.key)) == 1
        assert len(await waiting_jobs(resources)) == len(await waiting_events(resources)) == 1


class TestSignIn:
    async def _sign_in(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        device: dict[str, str] | None,
        agent: str = "one",
    ) -> None:
        given = {"login": "ana", "password": PASSWORD, "device": device}
        if device is None:
            del given["device"]
        headers = {"user-agent": agent}
        (await api.mutate("accountLogin", given, headers=headers)).ok()
        await _work(resources, broker)

    @pytest.fixture
    async def ana(self, resources: Resources) -> Person:
        """Without a device yet."""
        ana = await make_person(resources, "ana")
        async with writing(resources) as session:
            await session.execute(delete(AuthSession))
        await empty_outbox(resources)
        return ana

    async def test_a_new_device(
        self, api: Api, resources: Resources, broker: StubBroker, ana: Person
    ) -> None:
        await self._sign_in(api, resources, broker, _FIREFOX)
        assert await told(resources, ana.key) == []
        await self._sign_in(api, resources, broker, _FIREFOX, "a newer version")
        assert await told(resources, ana.key) == []
        await self._sign_in(api, resources, broker, _PHONE)
        [row] = await told(resources, ana.key)
        assert row.type is NotificationType.NEW_DEVICE
        assert row.subject_kind is NotificationSubject.AUTH_SESSION
        assert "Device: Chrome, Android, mobile\nNetwork address: 127.0.0.1\n" in row.text
        assert f"Time: {row.created_at:%Y-%m-%d}" in row.text
        await self._sign_in(api, resources, broker, _PHONE)
        assert len(await told(resources, ana.key)) == 1

    async def test_one_that_says_nothing_is_told_by_its_user_agent(
        self, api: Api, resources: Resources, broker: StubBroker, ana: Person
    ) -> None:
        for agent, many in (("one", 0), ("one", 0), ("two", 1), ("two", 1)):
            await self._sign_in(api, resources, broker, None, agent)
            assert len(await told(resources, ana.key)) == many

    async def test_what_a_device_says_is_no_link(
        self, api: Api, resources: Resources, broker: StubBroker, ana: Person
    ) -> None:
        await self._sign_in(api, resources, broker, _FIREFOX)
        evil = {"browser": "https://evil.example/ <b>\r\n\x1b[31mcall +1 555", "os": "", "type": ""}
        await self._sign_in(api, resources, broker, evil)
        [row] = await told(resources, ana.key)
        [line] = [each for each in row.text.splitlines() if each.startswith("Device: ")]
        assert line == "Device: https evil example b 31mcall 1 555"

    async def test_anothers_device_is_not_known(
        self, api: Api, resources: Resources, broker: StubBroker, ana: Person
    ) -> None:
        await make_person(resources, "ben")
        given = {"login": "ben", "password": PASSWORD, "device": _PHONE}
        (await api.mutate("accountLogin", given)).ok()
        await self._sign_in(api, resources, broker, _FIREFOX)
        await self._sign_in(api, resources, broker, _PHONE)
        assert len(await told(resources, ana.key)) == 1
