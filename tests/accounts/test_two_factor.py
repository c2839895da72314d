"""Two-factor sign-in."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlmodel import select

from app.accounts.models import AuthSession, RecoveryCode, TwoFactor
from app.accounts.service import two_factor
from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.resources import Resources
from tests.accounts.letters import (
    PHONE,
    another,
    change_user,
    delivered,
    newest_code,
    newest_token,
    rows_of,
)
from tests.client import Api, Data, Payload
from tests.factories import PASSWORD, Person, make_person, waiting_events

_CHALLENGE = "challenge { id kinds expiresAt }"
_FIELDS = f"user {{ username }} tokens {{ accessToken refreshToken csrfToken }} {_CHALLENGE}"


@dataclass
class Clock:
    """The time as an authenticator and the server have it: it goes on when it is told to."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def code(self, secret: str, steps: int = 0) -> str:
        """What an authenticator shows, so many steps from now."""
        return pyotp.TOTP(secret).at(int(self.at.timestamp()) + 30 * steps)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of `two_factor`."""
    made = Clock(now())
    monkeypatch.setattr(two_factor, "now", made.now)
    return made


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """Somebody who has confirmed an address."""
    made = await make_person(resources, "ana")
    await change_user(resources, made, email_verified=True)
    return made


async def _begin(api: Api, person: Person) -> Data:
    given = {"password": PASSWORD}
    return (await api.mutate("twoFactorBegin", given, "secret otpauthUri", as_=person)).ok()


async def _enable(api: Api, person: Person, clock: Clock) -> tuple[str, list[str]]:
    """Secret and recovery codes; the next step's code is good."""
    secret: str = (await _begin(api, person))["secret"]
    given = {"code": clock.code(secret)}
    done = await api.mutate("twoFactorConfirm", given, "recoveryCodes", as_=person)
    clock.at += timedelta(seconds=30)
    return secret, done.ok()["recoveryCodes"]


async def _login(api: Api) -> Data:
    """The challenge for a second factor, after the password."""
    done = await api.mutate("accountLogin", {"login": "ana", "password": PASSWORD}, _FIELDS)
    assert done.ok()["user"] is None
    assert done.ok()["tokens"] is None
    challenge: Data = done.ok()["challenge"]
    return challenge


async def _answer(api: Api, challenge: Data, code: str, **more: Any) -> Payload:
    given = {"challengeId": challenge["id"], "code": code, **more}
    return await api.mutate("accountLoginWithCode", given, _FIELDS)


async def _sessions(resources: Resources) -> int:
    async with resources.database.read() as session:
        return len(await session.all(select(AuthSession)))


async def _actions(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return await session.all(select(AuditEntry.action).order_by(AuditEntry.sequence))


class TestEnabling:
    async def test_begin_and_confirm(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        begun = await _begin(api, ana)
        uri = urlsplit(begun["otpauthUri"])
        assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Lyceum:ana")
        assert parse_qs(uri.query) == {"secret": [begun["secret"]], "issuer": ["Lyceum"]}
        seen = await api.execute("{ viewer { twoFactor } }", as_=ana)
        assert seen.ok() == {"viewer": {"twoFactor": False}}
        wrong = {"code": another(clock.code(begun["secret"]))}
        assert (await api.mutate("twoFactorConfirm", wrong, as_=ana)).codes == ["WRONG_CODE"]
        given = {"code": clock.code(begun["secret"])}
        fields = "recoveryCodes viewer { twoFactor }"
        done = (await api.mutate("twoFactorConfirm", given, fields, as_=ana)).ok()
        assert done["viewer"] == {"twoFactor": True}
        assert len(set(done["recoveryCodes"])) == 10
        assert (await waiting_events(resources))[-1] == "account.two_factor_changed"
        assert await _actions(resources) == ["two_factor.enable"]

    async def test_kept_sealed_and_hashed(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        secret, recovery = await _enable(api, ana, clock)
        async with resources.database.read() as session:
            kept = (await session.value(select(TwoFactor))).secret
            hashes = [each.code_hash for each in await session.all(select(RecoveryCode))]
        assert secret.encode() not in kept
        assert len(hashes) == 10
        assert all(len(each) == 32 for each in hashes)
        assert not any(code.encode() in b"".join(hashes) for code in recovery)

    async def test_needs_the_password(self, api: Api, ana: Person) -> None:
        given = {"password": "Not-the-password-1"}
        refused = await api.mutate("twoFactorBegin", given, as_=ana)
        assert refused.codes == ["WRONG_CREDENTIALS"]
        confirm = await api.mutate("twoFactorConfirm", {"code": "000000"}, as_=ana)
        assert confirm.codes == ["TWO_FACTOR_OFF"]

    async def test_beginning_again_replaces_what_is_not_confirmed(
        self, api: Api, ana: Person, clock: Clock
    ) -> None:
        old, new = (await _begin(api, ana))["secret"], (await _begin(api, ana))["secret"]
        given = {"code": clock.code(old)}
        assert (await api.mutate("twoFactorConfirm", given, as_=ana)).codes == ["WRONG_CODE"]
        given = {"code": clock.code(new)}
        (await api.mutate("twoFactorConfirm", given, as_=ana)).ok()

    async def test_on_already(self, api: Api, ana: Person, clock: Clock) -> None:
        secret, _ = await _enable(api, ana, clock)
        again = await api.mutate("twoFactorBegin", {"password": PASSWORD}, "secret", as_=ana)
        assert (again.codes, again.data["secret"]) == (["TWO_FACTOR_ALREADY_ON"], None)
        given = {"code": clock.code(secret)}
        confirm = await api.mutate("twoFactorConfirm", given, "recoveryCodes", as_=ana)
        assert (confirm.codes, confirm.data["recoveryCodes"]) == (["TWO_FACTOR_ALREADY_ON"], None)
        assert (await _answer(api, await _login(api), clock.code(secret))).ok()["tokens"]


class TestSigningIn:
    async def test_a_challenge_in_place_of_tokens(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        secret, _ = await _enable(api, ana, clock)
        challenge = await _login(api)
        assert challenge["kinds"] == ["TOTP", "RECOVERY_CODE"]
        assert await _sessions(resources) == 1
        done = (await _answer(api, challenge, clock.code(secret), cookie=True)).ok()
        assert (done["user"], done["challenge"]) == ({"username": "ana"}, None)
        assert (done["tokens"]["refreshToken"], bool(done["tokens"]["csrfToken"])) == (None, True)
        assert await _sessions(resources) == 2
        assert (await _answer(api, challenge, clock.code(secret, 1))).codes == ["WRONG_CODE"]

    @pytest.mark.parametrize(
        ("steps", "codes"), [(-2, ["WRONG_CODE"]), (-1, []), (0, []), (1, []), (2, ["WRONG_CODE"])]
    )
    async def test_clocks_go_wrong_by_one_step(
        self,
        api: Api,
        ana: Person,
        clock: Clock,
        steps: int,
        codes: list[str],
    ) -> None:
        secret, _ = await _enable(api, ana, clock)
        # Far from the step that was used to confirm.
        clock.at += timedelta(minutes=5)
        assert (await _answer(api, await _login(api), clock.code(secret, steps))).codes == codes

    async def test_a_step_counts_once(self, api: Api, ana: Person, clock: Clock) -> None:
        secret, _ = await _enable(api, ana, clock)
        confirmed = clock.code(secret, -1)
        assert (await _answer(api, await _login(api), confirmed)).codes == ["WRONG_CODE"]
        posed = [await _login(api) for _ in range(4)]
        code = clock.code(secret)
        answers = await asyncio.gather(*[_answer(api, each, code) for each in posed])
        assert sum(each.codes == [] for each in answers) == 1
        # Nor an earlier one, once a later one was used.
        secret_now = clock.code(secret, 1)
        (await _answer(api, await _login(api), secret_now)).ok()
        assert (await _answer(api, await _login(api), code)).codes == ["WRONG_CODE"]

    async def test_recovery_codes_count_once(self, api: Api, ana: Person, clock: Clock) -> None:
        _, recovery = await _enable(api, ana, clock)
        first, second = recovery[:2]
        posed = [await _login(api), await _login(api)]
        answers = await asyncio.gather(*[_answer(api, each, first) for each in posed])
        assert sorted(each.codes for each in answers) == [[], ["WRONG_CODE"]]
        typed = second.replace("-", " ").upper()
        (await _answer(api, await _login(api), typed)).ok()
        assert (await _answer(api, await _login(api), second)).codes == ["WRONG_CODE"]

    async def test_somebody_elses_recovery_code(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        await _enable(api, ana, clock)
        _, theirs = await _enable(api, await make_person(resources), clock)
        assert (await _answer(api, await _login(api), theirs[0])).codes == ["WRONG_CODE"]

    async def test_three_tries(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        secret, _ = await _enable(api, ana, clock)
        challenge, code = await _login(api), clock.code(secret)
        for _ in range(3):
            assert (await _answer(api, challenge, another(code))).codes == ["WRONG_CODE"]
        assert (await _answer(api, challenge, code)).codes == ["WRONG_CODE"]
        # The right password between two guesses doesn't start the count anew.
        assert (await _answer(api, await _login(api), another(code))).codes == ["ACCOUNT_LOCKED"]
        login = await api.mutate("accountLogin", {"login": "ana", "password": PASSWORD})
        assert login.codes == ["ACCOUNT_LOCKED"]
        assert await _sessions(resources) == 1

    async def test_many_right_passwords_lock_nothing(
        self, api: Api, ana: Person, clock: Clock
    ) -> None:
        secret, _ = await _enable(api, ana, clock)
        for _ in range(7):
            challenge = await _login(api)
        (await _answer(api, challenge, clock.code(secret))).ok()

    async def test_after_a_code_by_letter(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        secret, _ = await _enable(api, ana, clock)
        given = {"login": "ana", "channel": "EMAIL"}
        sent = (await api.mutate("loginCodeSend", given, _CHALLENGE)).ok()["challenge"]
        first = await _answer(api, sent, await newest_code(resources))
        second = first.ok()["challenge"]
        assert (first.data["tokens"], second["kinds"]) == (None, ["TOTP", "RECOVERY_CODE"])
        assert second["id"] != sent["id"]
        assert (await _answer(api, second, clock.code(secret))).ok()["user"]["username"] == "ana"

    async def test_a_new_password_ends_the_challenge(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        secret, _ = await _enable(api, ana, clock)
        challenge = await _login(api)
        await api.mutate("passwordResetRequest", {"email": "ana@example.com"})
        given = {"token": await newest_token(resources), "newPassword": "Chlorophyll-2-green"}
        (await api.mutate("passwordReset", given)).ok()
        before = await _sessions(resources)
        assert (await _answer(api, challenge, clock.code(secret))).codes == ["WRONG_CODE"]
        assert await _sessions(resources) == before
        # A reset signs nobody in, and the second factor stays.
        given = {"login": "ana", "password": "Chlorophyll-2-green"}
        done = (await api.mutate("accountLogin", given, _FIELDS)).ok()
        assert (done["tokens"], done["challenge"]["kinds"]) == (None, ["TOTP", "RECOVERY_CODE"])


class TestByTextMessage:
    @pytest.fixture(autouse=True)
    async def _number(self, resources: Resources, ana: Person) -> None:
        await change_user(resources, ana, phone=PHONE, phone_verified=True)

    async def _send(self, api: Api, challenge: Data, channel: str = "SMS") -> list[str]:
        given = {"challengeId": challenge["id"], "channel": channel}
        return (await api.mutate("loginCodeSend", given, _CHALLENGE)).codes

    async def test_is_a_second_factor(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        await _enable(api, ana, clock)
        challenge = await _login(api)
        assert challenge["kinds"] == ["TOTP", "RECOVERY_CODE", "SMS_CODE"]
        assert await delivered(resources) == []
        assert await self._send(api, challenge) == []
        code = await newest_code(resources)
        [message] = await delivered(resources)
        assert message.to == PHONE
        (await _answer(api, challenge, code)).ok()

    async def test_four_times(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        await _enable(api, ana, clock)
        challenge = await _login(api)
        codes = []
        for _ in range(4):
            assert await self._send(api, challenge) == []
            codes.append(await newest_code(resources))
        assert await self._send(api, challenge) == ["TOO_MANY_CODES"]
        assert len(await delivered(resources)) == 4
        (await _answer(api, challenge, codes[-1])).ok()
        assert await self._send(api, challenge) == ["TOO_MANY_CODES"]

    async def test_not_after_another_text_message_nor_by_letter(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        await _enable(api, ana, clock)
        assert await self._send(api, await _login(api), "EMAIL") == ["INVALID_INPUT"]
        given = {"login": PHONE, "channel": "SMS"}
        sent = (await api.mutate("loginCodeSend", given, _CHALLENGE)).ok()["challenge"]
        done = (await _answer(api, sent, await newest_code(resources))).ok()
        assert (done["tokens"], done["challenge"]["kinds"]) == (None, ["TOTP", "RECOVERY_CODE"])
        assert await self._send(api, done["challenge"]) == ["INVALID_INPUT"]
        assert len(await delivered(resources)) == 1

    async def test_is_not_more_tries(
        self, api: Api, resources: Resources, ana: Person, clock: Clock
    ) -> None:
        await _enable(api, ana, clock)
        challenge = await _login(api)
        for _ in range(3):
            await self._send(api, challenge)
            await _answer(api, challenge, another(await newest_code(resources)))
        await self._send(api, challenge)
        code = await newest_code(resources)
        assert (await _answer(api, challenge, code)).codes == ["WRONG_CODE"]
        assert [row.tries for row in await rows_of(resources)] == [3]


class TestDisabling:
    async def _disable(self, api: Api, person: Person, password: str, code: str) -> list[str]:
        given = {"password": password, "code": code}
        return (await api.mutate("twoFactorDisable", given, as_=person)).codes

    @pytest.mark.parametrize("by_recovery", [False, True])
    async def test_by_password_and_code(
        self, api: Api, resources: Resources, ana: Person, clock: Clock, by_recovery: bool
    ) -> None:
        secret, recovery = await _enable(api, ana, clock)
        challenge = await _login(api)
        code = recovery[0] if by_recovery else clock.code(secret)
        assert await self._disable(api, ana, "Not-the-password-1", code) == ["WRONG_CREDENTIALS"]
        assert await self._disable(api, ana, PASSWORD, another(clock.code(secret))) == [
            "WRONG_CODE"
        ]
        assert await _actions(resources) == ["two_factor.enable"]
        assert await self._disable(api, ana, PASSWORD, code) == []
        assert await _actions(resources) == ["two_factor.enable", "two_factor.disable"]
        seen = await api.execute("{ viewer { twoFactor } }", as_=ana)
        assert seen.ok() == {"viewer": {"twoFactor": False}}
        # Neither the old challenge nor an old code is good for anything.
        assert (await _answer(api, challenge, recovery[1])).codes == ["WRONG_CODE"]
        assert await self._disable(api, ana, PASSWORD, recovery[1]) == ["TWO_FACTOR_OFF"]
        done = await api.mutate("accountLogin", {"login": "ana", "password": PASSWORD}, _FIELDS)
        assert done.ok()["tokens"]

    async def test_five_failures_lock(self, api: Api, ana: Person, clock: Clock) -> None:
        secret, _ = await _enable(api, ana, clock)
        code = clock.code(secret)
        found = [await self._disable(api, ana, PASSWORD, another(code)) for _ in range(5)]
        assert found == [["WRONG_CODE"]] * 4 + [["ACCOUNT_LOCKED"]]
        assert await self._disable(api, ana, PASSWORD, code) == ["ACCOUNT_LOCKED"]
        seen = await api.execute("{ viewer { twoFactor } }", as_=ana)
        assert seen.ok() == {"viewer": {"twoFactor": True}}
