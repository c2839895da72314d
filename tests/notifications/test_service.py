"""Telling, marking and choosing."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, User
from app.accounts.store.reaching import Addresses
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.mail import Mail, SendMail, SendSms, Sms
from app.core.resources import Resources
from app.notifications import service
from app.notifications.errors import NotificationRequired
from app.notifications.models import (
    NotificationChannel,
    NotificationSetting,
    NotificationSubject,
    NotificationType,
)
from app.notifications.notices import Notice
from app.notifications.service import Setting, mark_read, save_settings
from tests.factories import (
    Person,
    empty_outbox,
    make_person,
    waiting_events,
    waiting_jobs,
    writing,
)
from tests.notifications.conftest import NEWS, SECURITY, confirmed, tell, told

_NEWS, _SECURITY = NotificationType.ANNOUNCEMENT, NotificationType.PASSWORD_CHANGED
_IN_APP, _EMAIL, _SMS = NotificationChannel


async def _save(resources: Resources, person: Person, *settings: Setting) -> None:
    async with resources.begin() as uow:
        await save_settings(uow, person.key, settings)


async def _saved(resources: Resources, person: Person) -> set[Setting]:
    async with resources.database.read() as session:
        rows = await session.all(
            select(NotificationSetting).where(NotificationSetting.user_id == person.key)
        )
    return {(row.type, row.channel, row.enabled) for row in rows}


async def _letters(resources: Resources) -> list[Mail]:
    jobs = await waiting_jobs(resources)
    return [
        await SendMail.model_validate(given).mail(resources.envelope)
        for name, given in jobs
        if name == "send_mail"
    ]


async def _texts(resources: Resources) -> list[Sms]:
    jobs = await waiting_jobs(resources)
    return [
        await SendSms.model_validate(given).sms(resources.envelope)
        for name, given in jobs
        if name == "send_sms"
    ]


class TestNotify:
    async def test_writes_tells_and_sends(self, resources: Resources) -> None:
        ana, key = await confirmed(resources, "ana"), new_id()
        subject = (NotificationSubject.AUTH_SESSION, key)
        notice = Notice(_SECURITY, "Title", "Text.", subject)
        assert await tell(resources, ana, notice, "source")
        [row] = await told(resources, ana.key)
        assert (row.type, row.title, row.text) == (_SECURITY, "Title", "Text.")
        assert (row.subject_kind, row.subject_id) == subject
        assert (row.source, row.listed, row.read_at) == ("source", True, None)
        assert await waiting_events(resources) == ["notification.added"]
        [letter] = await _letters(resources)
        assert (letter.to, letter.subject) == ("ana@example.com", "Title")
        assert letter.text.startswith("Text.\n\n--\n")
        assert await _texts(resources) == []

    async def test_what_lies_about_is_sealed(self, resources: Resources) -> None:
        ana = await confirmed(resources, "ana")
        await tell(resources, ana, SECURITY)
        [(_, arguments)] = await waiting_jobs(resources)
        assert arguments.keys() == {"sealed"}
        assert "ana" not in str(arguments)

    async def test_a_source_tells_once(self, resources: Resources) -> None:
        ana, ben = await confirmed(resources, "ana"), await confirmed(resources, "ben")
        assert await tell(resources, ana, SECURITY, "one")
        assert not await tell(resources, ana, SECURITY, "one")
        assert await tell(resources, ben, SECURITY, "one")
        assert await tell(resources, ana, SECURITY, "two")
        assert len(await told(resources, ana.key)) == 2
        assert len(await _letters(resources)) == len(await waiting_events(resources)) == 3

    async def test_a_source_tells_once_at_the_same_moment(self, resources: Resources) -> None:
        ana = await confirmed(resources, "ana")
        done = await asyncio.gather(*[tell(resources, ana, SECURITY, "one") for _ in range(8)])
        assert sorted(done) == [False] * 7 + [True]
        assert len(await told(resources, ana.key)) == 1
        assert len(await _letters(resources)) == len(await waiting_events(resources)) == 1

    async def test_no_letter_to_an_address_that_is_not_confirmed(
        self, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        assert await tell(resources, ana, SECURITY)
        assert len(await told(resources, ana.key)) == 1
        assert await waiting_jobs(resources) == []

    async def test_no_letter_to_a_deactivated_account(self, resources: Resources) -> None:
        ana = await confirmed(resources)
        async with writing(resources) as session:
            await session.execute(update(User).values(status=AccountStatus.DEACTIVATED))
        assert await tell(resources, ana, SECURITY)
        assert await waiting_jobs(resources) == []

    async def test_nobody_is_told_nothing(self, resources: Resources) -> None:
        ana = await confirmed(resources)
        async with writing(resources) as session:
            await session.execute(delete(User).where(col(User.id) == ana.key))
        assert not await tell(resources, ana, SECURITY)
        assert await waiting_jobs(resources) == await waiting_events(resources) == []

    async def test_in_the_channels_that_are_wanted(self, resources: Resources) -> None:
        ana = await confirmed(resources)
        await tell(resources, ana, NEWS, "usual")
        assert await _letters(resources) == []
        assert await waiting_events(resources) == ["notification.added"]
        await empty_outbox(resources)
        await _save(resources, ana, (_NEWS, _IN_APP, False), (_NEWS, _EMAIL, True))
        assert await tell(resources, ana, NEWS, "by letter")
        assert not await tell(resources, ana, NEWS, "by letter")
        assert [letter.subject for letter in await _letters(resources)] == ["News"]
        assert await waiting_events(resources) == []
        assert [row.listed for row in await told(resources, ana.key)] == [False, True]

    async def test_by_text_message_to_a_confirmed_number(
        self, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def reached(*_: Any) -> Addresses:
            return Addresses(phone="+41791234567")

        monkeypatch.setattr(service, "addresses", reached)
        ana = await confirmed(resources)
        await tell(resources, ana, SECURITY)
        assert await waiting_jobs(resources) == []
        await _save(resources, ana, (_SECURITY, _SMS, True))
        await tell(resources, ana, SECURITY)
        [sms] = await _texts(resources)
        assert (sms.to, sms.text) == ("+41791234567", "Lyceum: Your password was changed.")

    async def test_security_reaches_whoever_silenced_it_before(self, resources: Resources) -> None:
        ana = await confirmed(resources)
        async with writing(resources) as session:
            session.add(
                *[
                    NotificationSetting(
                        user_id=ana.key, type=_SECURITY, channel=channel, enabled=False
                    )
                    for channel in NotificationChannel
                ]
            )
        await tell(resources, ana, SECURITY)
        assert [row.listed for row in await told(resources, ana.key)] == [True]
        assert len(await _letters(resources)) == 1


class TestMarkRead:
    async def _mark(self, resources: Resources, person: Person, *keys: Any) -> None:
        async with resources.begin() as uow:
            await mark_read(uow, person.viewer, keys or None)

    async def test_some_then_all_and_again(self, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for person in (ana, ana, ana, ben):
            await tell(resources, person)
        third, second, first = await told(resources, ana.key)
        await self._mark(resources, ana, first.id, third.id, first.id)
        marked = await told(resources, ana.key)
        assert [row.read_at is not None for row in marked] == [True, False, True]
        await self._mark(resources, ana, first.id)
        await self._mark(resources, ana)
        again = await told(resources, ana.key)
        assert [row.read_at for row in again][::2] == [row.read_at for row in marked][::2]
        assert again[1].read_at is not None
        assert again[1].id == second.id
        await self._mark(resources, ana)
        assert await told(resources, ana.key) == again
        assert [row.read_at for row in await told(resources, ben.key)] == [None]

    async def test_others_are_not_found(self, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        await tell(resources, ana)
        await tell(resources, ben)
        [own], [other] = await told(resources, ana.key), await told(resources, ben.key)
        for wrong in (other.id, new_id()):
            with pytest.raises(NotFound) as refused:
                await self._mark(resources, ana, own.id, wrong)
            assert refused.value.field == ("input", "ids")
        assert [row.read_at for row in await told(resources, ana.key)] == [None]
        assert [row.read_at for row in await told(resources, ben.key)] == [None]


class TestSaveSettings:
    async def test_what_is_not_mentioned_stays(self, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        await _save(resources, ana, (_NEWS, _EMAIL, True), (_NEWS, _SMS, True))
        await _save(resources, ben, (_NEWS, _EMAIL, True))
        await _save(resources, ana, (_NEWS, _EMAIL, False))
        await _save(resources, ana)
        assert await _saved(resources, ana) == {(_NEWS, _EMAIL, False), (_NEWS, _SMS, True)}
        assert await _saved(resources, ben) == {(_NEWS, _EMAIL, True)}

    async def test_of_two_answers_the_last_counts(self, resources: Resources) -> None:
        ana = await make_person(resources)
        await _save(resources, ana, (_NEWS, _EMAIL, True), (_NEWS, _EMAIL, False))
        assert await _saved(resources, ana) == {(_NEWS, _EMAIL, False)}

    @pytest.mark.parametrize("channel", [_IN_APP, _EMAIL])
    async def test_security_stays_on(
        self, resources: Resources, channel: NotificationChannel
    ) -> None:
        ana = await make_person(resources)
        with pytest.raises(NotificationRequired) as refused:
            await _save(resources, ana, (_NEWS, _EMAIL, True), (_SECURITY, channel, False))
        assert refused.value.field == ("input", "settings", "1", "enabled")
        assert await _saved(resources, ana) == set()
        await _save(resources, ana, (_SECURITY, channel, True), (_SECURITY, _SMS, False))
        assert len(await _saved(resources, ana)) == 2

    async def test_at_the_same_moment(self, resources: Resources) -> None:
        ana = await make_person(resources)
        settings = [(_NEWS, channel, True) for channel in NotificationChannel]
        await asyncio.gather(
            *[_save(resources, ana, *order) for order in (settings, settings[::-1]) * 5]
        )
        assert await _saved(resources, ana) == set(settings)
