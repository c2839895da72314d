"""`loginCodeSend` and `accountLoginWithCode`."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import select

from app.accounts.errors import AccountLocked, TooManyCodes, WrongCode
from app.accounts.models import (
    AccountStatus,
    AuthSession,
    Challenge,
    CodeChannel,
    LoginFailures,
)
from app.accounts.service import challenges, login_codes
from app.core.client import Client
from app.core.clock import now
from app.core.mail import Mail, Sms
from app.core.resources import Resources
from tests.accounts.letters import (
    PHONE,
    another,
    change_user,
    delivered,
    newest_code,
    rows_of,
)
from tests.client import Api, Data, Payload
from tests.factories import Person, make_person, writing

_CHALLENGE = "challenge { id kinds expiresAt }"
_SIGNED_IN = f"user {{ username }} tokens {{ accessToken refreshToken csrfToken }} {_CHALLENGE}"


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """Somebody who has confirmed an address and a number."""
    made = await make_person(resources, "ana")
    await change_user(resources, made, email_verified=True, phone=PHONE, phone_verified=True)
    return made


async def _send(api: Api, login: str = "ana", channel: str = "EMAIL") -> Data:
    given = {"login": login, "channel": channel}
    found: Data = (await api.mutate("loginCodeSend", given, _CHALLENGE)).ok()["challenge"]
    return found


async def _answer(api: Api, challenge: Data, code: str, **more: Any) -> Payload:
    given = {"challengeId": challenge["id"], "code": code, **more}
    return await api.mutate("accountLoginWithCode", given, _SIGNED_IN)


async def _sessions(resources: Resources) -> int:
    async with resources.database.read() as session:
        return len(await session.all(select(AuthSession)))


@pytest.mark.usefixtures("ana")
class TestSigningIn:
    async def test_by_letter(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api, " Ana@Example.com ")
        assert challenge["kinds"] == ["EMAIL_CODE"]
        code = await newest_code(resources)
        [letter] = await delivered(resources)
        assert isinstance(letter, Mail)
        assert (letter.to, letter.subject) == (
            "ana@example.com",
            f"{code} is your code for Lyceum",
        )
        assert "10 minutes" in letter.text
        done = (await _answer(api, challenge, code)).ok()
        assert (done["user"], done["challenge"]) == ({"username": "ana"}, None)
        token = {"Authorization": f"Bearer {done['tokens']['accessToken']}"}
        seen = await api.execute("{ viewer { email phone } }", headers=token)
        assert seen.ok() == {"viewer": {"email": "ana@example.com", "phone": PHONE}}

    @pytest.mark.parametrize("login", ["ana", PHONE, "+41 79 123 45 67"])
    async def test_by_text_message(self, api: Api, resources: Resources, login: str) -> None:
        challenge = await _send(api, login, "SMS")
        assert challenge["kinds"] == ["SMS_CODE"]
        code = await newest_code(resources)
        [message] = await delivered(resources)
        assert isinstance(message, Sms)
        assert message.to == PHONE
        assert (await _answer(api, challenge, code)).ok()["user"] == {"username": "ana"}

    async def test_cookie_keeps_the_refresh_token(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        done = (await _answer(api, challenge, await newest_code(resources), cookie=True)).ok()
        assert done["tokens"]["refreshToken"] is None
        assert done["tokens"]["csrfToken"] == api.http.cookies["lyceum_csrf"]
        assert "lyceum_refresh" in api.http.cookies

    @pytest.mark.parametrize(("remember", "days"), [(False, 7), (True, 30)])
    async def test_lifetime_and_device(
        self, api: Api, resources: Resources, remember: bool, days: int
    ) -> None:
        challenge, device = await _send(api), {"os": "Linux"}
        code = await newest_code(resources)
        (await _answer(api, challenge, code, rememberMe=remember, device=device)).ok()
        async with resources.database.read() as session:
            rows = await session.all(select(AuthSession).where(AuthSession.device_os == "Linux"))
        [row] = rows
        assert abs(row.expires_at - now() - timedelta(days=days)) < timedelta(minutes=1)

    async def test_sent_once_however_often_the_job_runs(
        self, api: Api, resources: Resources
    ) -> None:
        challenge = await _send(api)
        first = await newest_code(resources)
        [row] = await rows_of(resources)
        await asyncio.gather(*[challenges.send(resources, row.id) for _ in range(4)])
        assert len(await delivered(resources)) == 1
        (await _answer(api, challenge, first)).ok()

    async def test_kept_hashed_with_a_key(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        [row] = await rows_of(resources)
        assert row.code_hash not in (None, code.encode(), sha256(code.encode()).digest())
        assert row.token_hash != challenge["id"].encode()
        async with resources.database.read() as session:
            rows = str([each.model_dump() for each in await session.all(select(Challenge))])
        assert code not in rows
        assert challenge["id"] not in rows


class TestSilence:
    @pytest.mark.parametrize("channel", ["EMAIL", "SMS"])
    @pytest.mark.parametrize(
        "state",
        [
            {},
            {"email_verified": True, "phone": PHONE, "phone_verified": True}
            | {"status": AccountStatus.SUSPENDED},
        ],
    )
    async def test_nothing_is_sent_and_nothing_told(
        self, api: Api, resources: Resources, channel: str, state: dict[str, Any]
    ) -> None:
        ben = await make_person(resources, "ben")
        if state:
            await change_user(resources, ben, **state)
        for login in ("ben", "ben@example.com", "nobody", PHONE):
            challenge = await _send(api, login, channel)
            assert challenge["kinds"] == [f"{channel}_CODE"]
            refused = await _answer(api, challenge, "000000")
            assert refused.errors == [
                {
                    "code": "WRONG_CODE",
                    "message": "The code is wrong or no longer valid.",
                    "field": ["input", "code"],
                    "lockoutEnd": None,
                }
            ]
        assert await delivered(resources) == []
        assert await _sessions(resources) == 1

    async def test_suspended_after_the_code_was_sent(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        await change_user(resources, ana, status=AccountStatus.SUSPENDED)
        assert (await _answer(api, challenge, code)).codes == ["ACCOUNT_INACTIVE"]
        assert await _sessions(resources) == 1

    @pytest.mark.parametrize(
        "given",
        [
            {"channel": "EMAIL"},
            {"channel": "EMAIL", "login": "ana", "challengeId": "x"},
            {"channel": "SMS", "challengeId": "x"},
        ],
    )
    async def test_what_makes_no_sense(
        self, api: Api, resources: Resources, given: dict[str, Any]
    ) -> None:
        assert (await api.mutate("loginCodeSend", given)).codes == ["INVALID_INPUT"]
        assert await rows_of(resources) == []


@pytest.mark.usefixtures("ana")
class TestTries:
    async def test_three(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        for _ in range(3):
            assert (await _answer(api, challenge, another(code))).codes == ["WRONG_CODE"]
        assert (await _answer(api, challenge, code)).codes == ["WRONG_CODE"]
        assert await _sessions(resources) == 1

    async def test_the_third_may_be_right(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        for _ in range(2):
            await _answer(api, challenge, another(code))
        (await _answer(api, challenge, code)).ok()

    async def test_fifty_at_once_have_three(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        tried = [another(code)] * 48 + [code] * 2
        answers = await asyncio.gather(*[_answer(api, challenge, each) for each in tried])
        assert sum(not answer.codes for answer in answers) <= 1
        [row] = await rows_of(resources)
        assert 1 <= row.tries <= 3
        looked_at = [each for each in answers if each.codes != ["ACCOUNT_LOCKED"]]
        assert 1 <= len(looked_at) <= 5

    async def test_the_right_one_fifty_times_at_once(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        answers = await asyncio.gather(*[_answer(api, challenge, code) for _ in range(50)])
        assert sum(not answer.codes for answer in answers) == 1
        assert await _sessions(resources) == 2

    async def test_once(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        (await _answer(api, challenge, code)).ok()
        assert (await _answer(api, challenge, code)).codes == ["WRONG_CODE"]

    async def test_ten_minutes(self, api: Api, resources: Resources) -> None:
        challenge = await _send(api)
        code = await newest_code(resources)
        [row] = await rows_of(resources)
        assert abs(row.expires_at - now() - timedelta(minutes=10)) < timedelta(seconds=30)
        async with writing(resources) as session:
            await session.execute(update(Challenge).values(expires_at=now()))
        assert (await _answer(api, challenge, code)).codes == ["WRONG_CODE"]

    async def test_another_challenges_code(self, api: Api, resources: Resources) -> None:
        await make_person(resources, "ben")
        theirs, mine = await _send(api, "ben"), await _send(api)
        code = await newest_code(resources)
        assert (await _answer(api, theirs, code)).codes == ["WRONG_CODE"]
        assert (await _answer(api, {"id": "nothing"}, code)).codes == ["WRONG_CODE"]
        (await _answer(api, mine, code)).ok()


class TestIssuing:
    @pytest.mark.parametrize("login", ["ana", "nobody"])
    @pytest.mark.usefixtures("ana")
    async def test_once_and_three_times_again(
        self, api: Api, resources: Resources, login: str
    ) -> None:
        for _ in range(4):
            await _send(api, login)
        given = {"login": login.upper(), "channel": "EMAIL"}
        assert (await api.mutate("loginCodeSend", given)).codes == ["TOO_MANY_CODES"]
        assert len(await rows_of(resources)) == 4
        async with writing(resources) as session:
            ago = now() - timedelta(minutes=11)
            await session.execute(update(Challenge).values(created_at=ago))
        await _send(api, login)

    @pytest.mark.usefixtures("ana")
    async def test_at_the_same_time(self, api: Api) -> None:
        given = {"login": "ana", "channel": "EMAIL"}
        answers = await asyncio.gather(*[api.mutate("loginCodeSend", given) for _ in range(12)])
        assert sorted(each.codes for each in answers) == [[]] * 4 + [["TOO_MANY_CODES"]] * 8

    async def test_ten_an_hour_for_an_account(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        await change_user(resources, ana, email_verified=True)
        for _ in range(3):
            for _ in range(4):
                await _send(api, "ana")
            async with writing(resources) as session:
                ago = Challenge.created_at - timedelta(minutes=11)
                await session.execute(update(Challenge).values(created_at=ago))
        # The answer is the same; the letters are not sent.
        assert len(await delivered(resources)) == 10
        assert len(await rows_of(resources)) == 12

    async def test_forgotten_after_a_day(self, resources: Resources, api: Api) -> None:
        await _send(api, "nobody")
        await challenges.forget_old(resources)
        assert len(await rows_of(resources)) == 1
        async with writing(resources) as session:
            ago = now() - timedelta(days=1, minutes=1)
            await session.execute(update(Challenge).values(expires_at=ago))
        await challenges.forget_old(resources)
        assert await rows_of(resources) == []


@pytest.mark.usefixtures("ana")
class TestManyAddresses:
    _last: challenges.Posed

    async def _attack(self, resources: Resources, number: int) -> str:
        """Ask for a code and guess, from an address that nobody has seen before."""
        client = Client(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "thief")
        wanted = login_codes.SendData(login="ana", channel=CodeChannel.EMAIL)
        try:
            posed = await login_codes.send(resources, wanted)
        except TooManyCodes:
            posed = self._last
        self._last = posed
        guess = login_codes.CodeLoginData(challenge_id=posed.token, code=f"{number:06}")
        try:
            await login_codes.login(resources, client, guess)
        except WrongCode:
            return "wrong"
        except AccountLocked:
            return "locked"
        return "in"

    async def test_the_bound_is_the_same_however_many(self, resources: Resources) -> None:
        for attempts in (50, 200):
            async with writing(resources) as session:
                await session.execute(delete(Challenge))
                await session.execute(delete(LoginFailures))
            found = [await self._attack(resources, number) for number in range(attempts)]
            # The fifth failure locks: it is looked at, and answered as those after it.
            assert found == ["wrong"] * 4 + ["locked"] * (attempts - 4)
            rows = await rows_of(resources)
            assert sum(row.tries for row in rows) == 5
            assert len(rows) == 4

    async def test_locks_the_password_too(self, api: Api, resources: Resources) -> None:
        for number in range(5):
            await self._attack(resources, number)
        given = {"login": "ana", "password": "Photosynthesis-1"}
        refused = await api.mutate("accountLogin", given)
        assert refused.codes == ["ACCOUNT_LOCKED"]
        assert refused.errors[0]["lockoutEnd"] is not None

    async def test_passwords_at_the_same_time(self, api: Api, resources: Resources) -> None:
        given = {"login": "ana", "password": "Not-the-password-1"}
        answers = await asyncio.gather(*[api.mutate("accountLogin", given) for _ in range(12)])
        codes = sorted(each.codes for each in answers)
        assert codes == [["ACCOUNT_LOCKED"]] * 8 + [["WRONG_CREDENTIALS"]] * 4
        async with resources.database.read() as session:
            [row] = await session.all(select(LoginFailures))
        assert row.lockout_end is not None
