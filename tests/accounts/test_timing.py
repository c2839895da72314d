"""Whether an account exists can't be told from how long an answer takes, nor from the answer."""

from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

import pytest

from app.core.resources import Resources
from tests.accounts.letters import change_user, delivered
from tests.client import Api, Payload
from tests.conftest import Counting
from tests.factories import make_person

_CALLS = 40
_WARM_UP = 3
# The clock isn't the program's alone; medians of calls that take turns are steady enough.
_LEAST, _MOST = 0.7, 1.4

Call = Callable[[Api, str], Awaitable[Payload]]
Prepare = Callable[[Api, str], Awaitable[str]]


async def _same(_: Api, name: str) -> str:
    return name


async def _challenge(api: Api, name: str) -> str:
    given = {"login": name, "channel": "EMAIL"}
    sent = await api.mutate("loginCodeSend", given, "challenge { id }")
    return str(sent.ok()["challenge"]["id"])


async def login(api: Api, name: str) -> Payload:
    given = {"login": name, "password": "Not-the-password-1"}
    return await api.mutate("accountLogin", given, "user { id } tokens { expiresIn }")


async def code_send(api: Api, name: str) -> Payload:
    given = {"login": name, "channel": "EMAIL"}
    return await api.mutate("loginCodeSend", given, "challenge { kinds }")


async def text_send(api: Api, name: str) -> Payload:
    given = {"login": name, "channel": "SMS"}
    return await api.mutate("loginCodeSend", given, "challenge { kinds }")


async def code_login(api: Api, challenge: str) -> Payload:
    given = {"challengeId": challenge, "code": "12345x"}
    return await api.mutate("accountLoginWithCode", given, "user { id }")


async def reset(api: Api, name: str) -> Payload:
    given = {"email": f"{name}@example.com"}
    return await api.mutate("passwordResetRequest", given)


_OPERATIONS: list[tuple[Call, Prepare]] = [
    (login, _same),
    (code_send, _same),
    (text_send, _same),
    (code_login, _challenge),
    (reset, _same),
]


async def _people(resources: Resources, count: int) -> list[str]:
    names = []
    for number in range(count):
        person = await make_person(resources)
        phone = f"+4179{1000000 + number}"
        state: dict[str, Any] = {"email_verified": True, "phone": phone, "phone_verified": True}
        await change_user(resources, person, **state)
        names.append(person.user.username)
    return names


async def _timed(call: Awaitable[Payload]) -> tuple[float, Payload]:
    started = perf_counter()
    payload = await call
    return perf_counter() - started, payload


@pytest.mark.parametrize(
    ("operation", "prepare"), [pytest.param(*each, id=each[0].__name__) for each in _OPERATIONS]
)
class TestAlike:
    async def test_time_and_answer(
        self, api: Api, resources: Resources, operation: Call, prepare: Prepare
    ) -> None:
        known = await _people(resources, _CALLS + _WARM_UP)
        pairs = [
            (await prepare(api, name), await prepare(api, f"nobody{number}"))
            for number, name in enumerate(known)
        ]
        # What was sent by then is in the letters, as it would be.
        await delivered(resources)
        took: tuple[list[float], list[float]] = ([], [])
        for number, pair in enumerate(pairs):
            # Now one comes first, now the other.
            order = (0, 1) if number % 2 else (1, 0)
            answers = {}
            for which in order:
                seconds, answers[which] = await _timed(operation(api, pair[which]))
                if number >= _WARM_UP:
                    took[which].append(seconds)
            assert answers[0].data == answers[1].data
        ratio = median(took[0]) / median(took[1])
        assert _LEAST < ratio < _MOST, (operation.__name__, ratio)

    async def test_work(
        self,
        api: Api,
        resources: Resources,
        statements: Counting,
        operation: Call,
        prepare: Prepare,
    ) -> None:
        [name] = await _people(resources, 1)
        sent = []
        for each in (name, "nobody"):
            given = await prepare(api, each)
            await delivered(resources)
            with statements(api.resources) as seen:
                await operation(api, given)
            sent.append(list(seen))
        assert sent[0] == sent[1]
        assert sent[0]
