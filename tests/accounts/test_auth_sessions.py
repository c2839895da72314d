"""`authSessionRevoke`, and how soon the end of a session is felt."""

from time import perf_counter
from typing import Any

import pytest
from sqlmodel import col, select

from app.accounts.models import AuthSession
from app.core.audit import AuditEntry
from app.core.ids import to_global
from app.core.resources import Resources
from tests.client import Api, Payload
from tests.factories import PASSWORD, Person, make_person, sign_in, waiting_events

_FIELDS = "viewer { authSessions { id current } }"
_CONSENTS = "{ consents { version } }"


def _id(person: Person) -> str:
    return to_global("ses", person.viewer.auth_session_id)


async def _revoke(api: Api, person: Person, **given: Any) -> Payload:
    return await api.mutate("authSessionRevoke", given, _FIELDS, as_=person)


async def _works(api: Api, person: Person) -> bool:
    return not (await api.execute(_CONSENTS, as_=person)).codes


async def _ended(resources: Resources) -> set[str]:
    async with resources.database.read() as session:
        rows = await session.all(select(AuthSession).where(col(AuthSession.ended_at).is_not(None)))
    return {to_global("ses", row.id) for row in rows}


async def _audited(resources: Resources) -> list[tuple[Any, ...]]:
    async with resources.database.read() as session:
        entries = await session.all(select(AuditEntry))
    return [(each.action, each.subject_kind, each.subject) for each in entries]


class TestRevoke:
    async def test_one(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        phone, tablet = await sign_in(resources, ana.user), await sign_in(resources, ana.user)
        done = (await _revoke(api, ana, authSessionId=_id(phone))).ok()
        left = {each["id"]: each["current"] for each in done["viewer"]["authSessions"]}
        assert left == {_id(ana): True, _id(tablet): False}
        assert [await _works(api, each) for each in (ana, phone, tablet)] == [True, False, True]
        assert await waiting_events(resources) == ["account.auth_session_ended"]
        key = phone.viewer.auth_session_id
        assert await _audited(resources) == [("auth_session.revoke", "auth_session", key)]

    async def test_all_others(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        others = [await sign_in(resources, ana.user) for _ in range(3)]
        done = (await _revoke(api, ana, allOthers=True)).ok()
        assert done["viewer"]["authSessions"] == [{"id": _id(ana), "current": True}]
        assert await _ended(resources) == {_id(each) for each in others}
        assert await _works(api, ben)
        assert len(await _audited(resources)) == 3
        # Once more there is nothing to end.
        (await _revoke(api, ana, allOthers=True)).ok()
        assert len(await _audited(resources)) == 3

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        other = await sign_in(resources, ana.user)
        for given, code in (
            ({}, "INVALID_INPUT"),
            ({"authSessionId": _id(other), "allOthers": True}, "INVALID_INPUT"),
            ({"authSessionId": _id(ana)}, "INVALID_INPUT"),
            ({"authSessionId": _id(ben)}, "NOT_FOUND"),
        ):
            assert (await _revoke(api, ana, **given)).codes == [code]
        assert await _ended(resources) == set()
        (await _revoke(api, ana, authSessionId=_id(other))).ok()
        again = await _revoke(api, ana, authSessionId=_id(other))
        assert again.codes == ["NOT_FOUND"]
        assert len(await _audited(resources)) == 1

    async def test_ends_the_refresh_token(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        login = {"login": "ana", "password": PASSWORD}
        signed_in = await api.mutate("accountLogin", login, "tokens { refreshToken }")
        (await _revoke(api, ana, allOthers=True)).ok()
        given = signed_in.ok()["tokens"]
        refused = await api.mutate("tokenRefresh", given)
        assert refused.codes == ["INVALID_REFRESH_TOKEN"]


class TestSockets:
    @pytest.mark.usefixtures("relay")
    async def test_close_within_a_second(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        phone = await sign_in(resources, ana.user)
        async with api.socket(as_=phone) as lost, api.socket(as_=ana) as kept:
            started = perf_counter()
            (await _revoke(api, ana, authSessionId=_id(phone))).ok()
            assert await lost.closed() == 4403
            assert perf_counter() - started < 1
            assert kept.connection.close_code is None
