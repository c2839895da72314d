"""`emailVerify`, `phoneVerify`, and the codes that they take."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from app.accounts.models import Challenge
from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.resources import Resources
from tests.accounts.letters import (
    PHONE,
    another,
    change_user,
    delivered,
    newest_code,
    read_user,
    rows_of,
)
from tests.client import Answer, Api
from tests.factories import PASSWORD, Person, make_person, waiting_events, writing

_SEND = "mutation { emailVerificationSend { errors { code } } }"


async def _send(api: Api, person: Person) -> list[dict[str, str]]:
    answer: Answer = await api.execute(_SEND, as_=person)
    found: list[dict[str, str]] = answer.ok()["emailVerificationSend"]["errors"]
    return found


async def _actions(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return await session.all(select(AuditEntry.action).order_by(AuditEntry.sequence))


class TestEmail:
    async def test_registering_sends_a_code(self, api: Api, resources: Resources) -> None:
        given: dict[str, Any] = {
            "username": "ana",
            "email": "ana@example.com",
            "password": PASSWORD,
            "firstName": "Ana",
        }
        made = (await api.mutate("accountRegister", given, "tokens { accessToken }")).ok()
        [letter] = await delivered(resources)
        assert letter.to == "ana@example.com"
        assert "10 minutes" in letter.text
        headers = {"Authorization": f"Bearer {made['tokens']['accessToken']}"}
        done = await api.mutate(
            "emailVerify",
            {"code": await newest_code(resources)},
            "viewer { email emailVerified }",
            headers=headers,
        )
        assert done.ok()["viewer"] == {"email": "ana@example.com", "emailVerified": True}
        assert (await waiting_events(resources))[-1] == "account.email_verified"
        assert await _actions(resources) == ["email.verify"]

    async def test_the_newest_code_counts(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        assert await _send(api, ana) == []
        old = await newest_code(resources)
        assert await _send(api, ana) == []
        new = await newest_code(resources)
        while new == old:  # one time in a million
            await _send(api, ana)
            new = await newest_code(resources)
        assert (await api.mutate("emailVerify", {"code": old}, as_=ana)).codes == ["WRONG_CODE"]
        (await api.mutate("emailVerify", {"code": f" {new} "}, as_=ana)).ok()

    async def test_three_tries_in_all_at_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await _send(api, ana)
        wrong = {"code": another(await newest_code(resources))}
        answers = await asyncio.gather(
            *[api.mutate("emailVerify", wrong, as_=ana) for _ in range(50)]
        )
        assert [each.codes for each in answers] == [["WRONG_CODE"]] * 50
        [row] = await rows_of(resources)
        assert row.tries == 3
        right = {"code": await newest_code(resources)}
        assert (await api.mutate("emailVerify", right, as_=ana)).codes == ["WRONG_CODE"]
        assert not (await read_user(resources, ana)).email_verified
        assert await _actions(resources) == []

    async def test_somebody_elses_code(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        await _send(api, ana)
        code = {"code": await newest_code(resources)}
        assert (await api.mutate("emailVerify", code, as_=ben)).codes == ["WRONG_CODE"]
        (await api.mutate("emailVerify", code, as_=ana)).ok()
        assert not (await read_user(resources, ben)).email_verified

    async def test_code_for_another_address(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await _send(api, ana)
        code = {"code": await newest_code(resources)}
        await change_user(resources, ana, email="elsewhere@example.com")
        assert (await api.mutate("emailVerify", code, as_=ana)).codes == ["WRONG_CODE"]
        assert not (await read_user(resources, ana)).email_verified

    async def test_code_to_sign_in_with(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        await _send(api, ana)
        await newest_code(resources)
        await change_user(resources, ana, email_verified=True)
        await api.mutate("loginCodeSend", {"login": "ana", "channel": "EMAIL"})
        code = {"code": await newest_code(resources)}
        assert (await api.mutate("emailVerify", code, as_=ana)).codes == ["WRONG_CODE"]

    async def test_nothing_to_confirm(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await change_user(resources, ana, email_verified=True)
        assert await _send(api, ana) == [{"code": "ALREADY_VERIFIED"}]
        assert (await api.mutate("emailVerify", {"code": "000000"}, as_=ana)).codes == [
            "WRONG_CODE"
        ]
        assert await rows_of(resources) == []

    async def test_so_many(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        for _ in range(4):
            assert await _send(api, ana) == []
        assert await _send(api, ana) == [{"code": "TOO_MANY_CODES"}]
        assert len(await delivered(resources)) == 4


async def _send_to(api: Api, person: Person, phone: str = PHONE) -> list[str]:
    return (await api.mutate("phoneVerificationSend", {"phone": phone}, as_=person)).codes


class TestPhone:
    async def test_is_the_viewers_once_the_code_is_back(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        assert await _send_to(api, ana, "+41 79 123 45 67") == []
        assert (await read_user(resources, ana)).phone is None
        code = {"code": await newest_code(resources)}
        [message] = await delivered(resources)
        assert message.to == PHONE
        wrong = {"code": another(code["code"])}
        assert (await api.mutate("phoneVerify", wrong, as_=ana)).codes == ["WRONG_CODE"]
        assert (await read_user(resources, ana)).phone is None
        done = await api.mutate("phoneVerify", code, "viewer { phone phoneVerified }", as_=ana)
        assert done.ok()["viewer"] == {"phone": PHONE, "phoneVerified": True}
        assert (await api.mutate("phoneVerify", code, as_=ana)).codes == ["WRONG_CODE"]
        assert await _send_to(api, ana) == ["ALREADY_VERIFIED"]
        assert (await waiting_events(resources))[-1] == "account.phone_verified"
        assert await _actions(resources) == ["phone.verify"]

    @pytest.mark.parametrize("phone", ["", "0791234567", "+41", "+4179123456789012", "ana"])
    async def test_no_number(self, api: Api, resources: Resources, phone: str) -> None:
        ana = await make_person(resources)
        refused = await api.mutate("phoneVerificationSend", {"phone": phone}, as_=ana)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "phone"])
        ]
        assert await rows_of(resources) == []

    async def test_one_account_for_a_number(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        codes = []
        for person in (ana, ben):
            assert await _send_to(api, person) == []
            codes.append((person, {"code": await newest_code(resources)}))
        answers = await asyncio.gather(
            *[api.mutate("phoneVerify", code, as_=person) for person, code in codes]
        )
        assert sorted(each.codes for each in answers) == [[], ["PHONE_TAKEN"]]
        phones = [(await read_user(resources, each)).phone for each in (ana, ben)]
        assert sorted(phones, key=str) == [PHONE, None]

    async def test_another_number_later(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await change_user(resources, ana, phone=PHONE, phone_verified=True)
        await _send_to(api, ana, "+41791234568")
        assert (await read_user(resources, ana)).phone == PHONE
        code = {"code": await newest_code(resources)}
        (await api.mutate("phoneVerify", code, as_=ana)).ok()
        assert (await read_user(resources, ana)).phone == "+41791234568"

    async def test_late(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await _send_to(api, ana)
        code = {"code": await newest_code(resources)}
        async with writing(resources) as session:
            await session.execute(update(Challenge).values(expires_at=now()))
        assert (await api.mutate("phoneVerify", code, as_=ana)).codes == ["WRONG_CODE"]
        assert (await read_user(resources, ana)).phone is None

    async def test_a_number_is_counted_whoever_asks(self, api: Api, resources: Resources) -> None:
        people = [await make_person(resources) for _ in range(5)]
        found = [await _send_to(api, person) for person in people]
        assert found == [[], [], [], [], ["TOO_MANY_CODES"]]
        assert len(await delivered(resources)) == 4
