"""`apiTokenCreate`, `apiTokenRevoke`, and what an API token is worth."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, ApiToken, AuthSession, User, UserRole
from app.accounts.service import api_tokens
from app.accounts.service.api_tokens import MOST
from app.core.access import READ_SCOPE, WRITE_SCOPE
from app.core.audit import AuditDetail, AuditEntry
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.ids import from_global
from app.core.outbox import OutboxEntry
from app.core.resources import Resources
from app.core.settings import Settings
from tests.accounts.causes import give
from tests.client import Answer, Api, Payload
from tests.conftest import Counting, serve
from tests.factories import Person, empty_outbox, make_person, waiting_events, writing
from tests.test_access import _BY_HTTP, operation
from tests.test_schema import access_of

_FIELDS = "token apiToken { id name kind scopes lastUsedAt expiresAt }"
_WHO = "{ viewer { user { username } permissions } }"
_MINE = "{ viewer { apiTokens { id name lastUsedAt } authSessions { current } } }"


async def _create(api: Api, owner: Person | None, **more: Any) -> Payload:
    given = {
        "name": "Backup",
        "kind": "PERSONAL",
        "scopes": [READ_SCOPE],
        "expiresAt": (now() + timedelta(days=30)).isoformat(),
        **more,
    }
    return await api.mutate("apiTokenCreate", given, _FIELDS, as_=owner)


async def _token(api: Api, owner: Person, *scopes: str) -> tuple[str, str]:
    """Id and secret of a new token."""
    done = (await _create(api, owner, scopes=list(scopes))).ok()
    return done["apiToken"]["id"], done["token"]


async def _ask(api: Api, token: str, document: str = _WHO) -> Answer:
    return await api.execute(document, headers={"Authorization": f"Bearer {token}"})


async def _rows(resources: Resources) -> list[ApiToken]:
    async with resources.database.read() as session:
        return await session.all(select(ApiToken))


class TestCreate:
    async def test_shown_once_and_stored_hashed(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        done = (await _create(api, ana, name=" Backup ", scopes=["session.ask", READ_SCOPE])).ok()
        secret, shown = done["token"], done["apiToken"]
        assert secret.startswith("lyc_")
        assert len(secret) == 47
        assert shown | {"id": "", "expiresAt": ""} == {
            "id": "",
            "name": "Backup",
            "kind": "PERSONAL",
            "scopes": [READ_SCOPE, "session.ask"],
            "lastUsedAt": None,
            "expiresAt": "",
        }
        (row,) = await _rows(resources)
        assert row.token_hash == token_hash(secret)
        seen = (await api.execute(_MINE, as_=ana)).ok()["viewer"]
        assert [each["id"] for each in seen["apiTokens"]] == [shown["id"]]
        # It is no device.
        assert seen["authSessions"] == [{"current": True}]
        assert secret not in str(seen)

    async def test_is_told_and_audited_without_the_secret(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources, "ana")
        id, secret = await _token(api, ana, "session.ask")
        assert await waiting_events(resources) == ["account.api_token_created"]
        async with resources.database.read() as session:
            (entry,) = await session.all(select(AuditEntry))
            (detail,) = await session.all(select(AuditDetail))
            told = str([each.payload for each in await session.all(select(OutboxEntry))])
        assert (entry.action, entry.subject) == ("api_token.create", from_global("apt", id))
        assert detail.after is not None
        assert detail.after["scopes"] == ["session.ask"]
        assert secret not in str(detail.after)
        assert secret not in told

    @pytest.mark.parametrize(
        ("given", "code", "field"),
        [
            ({"scopes": ["session.ask", "role.manage"]}, "SCOPE_NOT_HELD", "scopes"),
            ({"scopes": ["course.manage"]}, "SCOPE_NOT_HELD", "scopes"),
            ({"scopes": []}, "INVALID_INPUT", "scopes"),
            ({"name": "  "}, "INVALID_INPUT", "name"),
            ({"name": "x" * 101}, "INVALID_INPUT", "name"),
            ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID_INPUT", "expiresAt"),
            ({"expiresAt": "2999-01-01T00:00:00Z"}, "INVALID_INPUT", "expiresAt"),
        ],
    )
    async def test_refused(
        self, api: Api, resources: Resources, given: dict[str, Any], code: str, field: str
    ) -> None:
        ana = await make_person(resources, "ana")
        refused = await _create(api, ana, **given)
        assert refused.codes == [code]
        assert refused.errors[0]["field"] == ["input", field]
        assert refused.data["token"] is None
        assert await _rows(resources) == []
        assert await waiting_events(resources) == []

    async def test_no_more_than_there_can_be(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        data = api_tokens.ApiTokenData(
            name="n", kind="personal", scopes=[READ_SCOPE], expires_at=now() + timedelta(days=1)
        )
        async with resources.begin() as uow:
            for _ in range(MOST - 1):
                await api_tokens.create(uow, ana.viewer, data)
        answers = await asyncio.gather(*[_create(api, ana) for _ in range(4)])
        assert sorted(each.codes for each in answers) == [[], *[["TOO_MANY_API_TOKENS"]] * 3]
        assert len(await _rows(resources)) == MOST
        (await _create(api, ben)).ok()


class TestUse:
    async def test_is_its_owner_within_its_scopes(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        _, secret = await _token(api, ana, READ_SCOPE, "session.ask")
        assert (await _ask(api, secret)).ok() == {
            "viewer": {"user": {"username": "ana"}, "permissions": ["session.ask"]}
        }

    async def test_no_more_than_its_owner_may_by_now(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana", role="staff")
        _, secret = await _token(api, ana, READ_SCOPE, "prompt.read", "session.ask")
        prompts = "{ promptTemplates { totalCount } }"
        (await _ask(api, secret, prompts)).ok()
        async with writing(resources) as session:
            await session.execute(delete(UserRole).where(col(UserRole.user_id) == ana.key))
            await give(session, ana, "student")
        assert (await _ask(api, secret, prompts)).codes == ["FORBIDDEN"]
        seen = (await _ask(api, secret)).ok()["viewer"]
        assert seen["permissions"] == ["session.ask"]

    async def test_a_permission_that_the_owner_gets_later_is_not_the_tokens(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources, "ana")
        _, secret = await _token(api, ana, READ_SCOPE)
        async with writing(resources) as session:
            await give(session, ana, "admin")
        assert (await _ask(api, secret, "{ promptTemplates { totalCount } }")).codes == [
            "FORBIDDEN"
        ]
        assert (await _ask(api, secret)).ok()["viewer"]["permissions"] == []

    @pytest.mark.parametrize("scopes", [(READ_SCOPE,), (WRITE_SCOPE,), ("session.create",)])
    async def test_every_root_field(
        self, api: Api, resources: Resources, scopes: tuple[str, ...]
    ) -> None:
        ana = await make_person(resources, "ana", role="super_admin")
        _, secret = await _token(api, ana, *scopes)
        found, expected = {}, {}
        for root, name in _BY_HTTP:
            access = access_of(root, name)
            document, variables = operation(root, name)
            answer = await api.execute(
                document, variables, headers={"Authorization": f"Bearer {secret}"}
            )
            found[name] = "FORBIDDEN" in answer.codes
            assert "UNAUTHENTICATED" not in answer.codes, name
            needed = access.scope
            expected[name] = access.in_person or (needed is not None and needed not in scopes)
        assert found == expected
        assert True in found.values()
        assert False in found.values()

    async def test_in_person_only(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        id, secret = await _token(api, ana, READ_SCOPE, WRITE_SCOPE)
        headers = {"Authorization": f"Bearer {secret}"}
        for name in ("apiTokenRevoke", "apiTokenCreate", "accountLogout", "oauthUnlink"):
            assert access_of("Mutation", name).in_person
        document = "mutation { accountLogout { errors { code } } }"
        refused = await api.execute(document, headers=headers)
        assert refused.codes == ["FORBIDDEN"]
        assert refused.errors[0]["message"] == "An API token can't do this: sign in."
        document = 'mutation { apiTokenRevoke(input: { id: "%s" }) { errors { code } } }'
        assert (await _ask(api, secret, document % id)).codes == ["FORBIDDEN"]
        (await _ask(api, secret)).ok()

    @pytest.mark.parametrize("token", ["lyc_", "lyc_x", "lyc_" + "A" * 43, "lyc_" + "x" * 5000])
    async def test_unknown(self, api: Api, token: str) -> None:
        answer = await _ask(api, token, "{ consents { version } }")
        assert answer.codes == ["UNAUTHENTICATED"]

    async def test_on_a_socket(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        id, secret = await _token(api, ana, READ_SCOPE)
        async with api.open() as socket:
            await socket.initialise(secret)
            query = await socket.subscribe(_WHO, {})
            assert (await query.next())["viewer"]["user"] == {"username": "ana"}
            (await api.mutate("apiTokenRevoke", {"id": id}, as_=ana)).ok()
            assert await socket.closed() == 4403

    async def test_one_statement_when_it_is_known(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana = await make_person(resources, "ana")
        _, secret = await _token(api, ana, READ_SCOPE)
        await _ask(api, secret)
        with statements(api.resources) as sent:
            (await _ask(api, secret)).ok()
        assert len(sent) == 1


class TestLastUse:
    async def test_noted_at_most_once_a_minute(
        self, api: Api, settings: Settings, resources: Resources
    ) -> None:
        ana = await make_person(resources, "ana")
        _, secret = await _token(api, ana, READ_SCOPE)

        async def last() -> Any:
            seen = (await api.execute(_MINE, as_=ana)).ok()["viewer"]["apiTokens"]
            return seen[0]["lastUsedAt"]

        assert await last() is None
        await _ask(api, secret)
        first = await last()
        assert first is not None
        async with serve(settings) as another:
            await _ask(another, secret)
            assert await last() == first
        async with writing(resources) as session:
            ago = now() - timedelta(seconds=61)
            await session.execute(
                update(AuthSession)
                .where(col(AuthSession.scopes).is_not(None))
                .values(last_used_at=ago)
            )
        async with serve(settings) as another:
            await _ask(another, secret)
        assert await last() >= first


class TestEnd:
    async def test_revoked_at_the_next_request_of_any_process(
        self, api: Api, settings: Settings, resources: Resources
    ) -> None:
        ana = await make_person(resources, "ana")
        (id, secret), (_, other) = [await _token(api, ana, READ_SCOPE) for _ in range(2)]
        async with serve(settings) as another:
            for each in (api, another):
                (await _ask(each, secret)).ok()
            (await api.mutate("apiTokenRevoke", {"id": id}, as_=ana)).ok()
            for each in (api, another):
                assert (await _ask(each, secret, "{ consents { version } }")).codes == [
                    "UNAUTHENTICATED"
                ]
                (await _ask(each, other)).ok()
        seen = (await api.execute(_MINE, as_=ana)).ok()["viewer"]
        assert id not in {each["id"] for each in seen["apiTokens"]}
        assert len(seen["apiTokens"]) == 1

    async def test_revoke_is_audited_and_done_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        id, _ = await _token(api, ana, READ_SCOPE)
        await empty_outbox(resources)
        answers = await asyncio.gather(
            *[api.mutate("apiTokenRevoke", {"id": id}, as_=ana) for _ in range(3)]
        )
        assert sorted(each.codes for each in answers) == [[], ["NOT_FOUND"], ["NOT_FOUND"]]
        assert await waiting_events(resources) == ["account.auth_session_ended"]
        async with resources.database.read() as session:
            actions = await session.all(select(AuditEntry.action).order_by(AuditEntry.sequence))
        assert actions == ["api_token.create", "api_token.revoke"]

    async def test_only_by_its_owner_and_only_tokens(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        id, secret = await _token(api, ana, READ_SCOPE)
        device = f"apt_{ben.viewer.auth_session_id}"
        for wanted in (id, device):
            refused = await api.mutate("apiTokenRevoke", {"id": wanted}, as_=ben)
            assert refused.codes == ["NOT_FOUND"]
        (await _ask(api, secret)).ok()
        (await api.execute("{ consents { version } }", as_=ben)).ok()

    async def test_expired(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        _, secret = await _token(api, ana, READ_SCOPE)
        (await _ask(api, secret)).ok()
        async with writing(resources) as session:
            await session.execute(
                update(AuthSession)
                .where(col(AuthSession.scopes).is_not(None))
                .values(expires_at=now())
            )
        assert (await _ask(api, secret, "{ consents { version } }")).codes == ["UNAUTHENTICATED"]
        assert (await api.execute(_MINE, as_=ana)).ok()["viewer"]["apiTokens"] == []

    async def test_with_its_owner(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        _, secret = await _token(api, ana, READ_SCOPE)
        (await _ask(api, secret)).ok()
        async with writing(resources) as session:
            await session.execute(
                update(User).where(col(User.id) == ana.key).values(status=AccountStatus.SUSPENDED)
            )
        assert (await _ask(api, secret, "{ consents { version } }")).codes == ["UNAUTHENTICATED"]
