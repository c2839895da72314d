"""What a session may do has a version, and nobody goes by an old one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import col, select

from app.accounts.errors import InvalidRefreshToken
from app.accounts.models import AccountStatus, AuthSession, Role, User, UserRole
from app.accounts.service import sessions, signing_in
from app.accounts.store import roles
from app.core import authentication
from app.core.client import Client
from app.core.clock import now
from app.core.errors import Unauthenticated
from app.core.resources import Resources
from app.core.tokens import ACCESS_LIFETIME, Claims
from tests.accounts.causes import (
    CAUSES,
    NO_CAUSES,
    Change,
    give,
    header_of,
    permission_added,
    process_of,
    session_of,
)
from tests.client import Api
from tests.conftest import Counting
from tests.factories import PASSWORD, Person, make_person, make_session, sign_in, writing

_CLIENT = Client("127.0.0.1", "tests")
_ENDED = "This session has ended: sign in again."
_EXPIRED = "Your access token has expired: refresh it."


async def _version(resources: Resources, session_id: UUID) -> int:
    async with resources.database.read() as session:
        return await session.value(
            select(AuthSession.rights_version).where(AuthSession.id == session_id)
        )


async def _as_time_passes(resources: Resources, statement: Any) -> None:
    """Change a time as if it had been so from the start: no trigger hears of it."""
    async with writing(resources) as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(statement)


class TestVersion:
    @pytest.mark.parametrize(
        ("cause", "left"), [pytest.param(*each, id=each[0].__name__) for each in CAUSES]
    )
    async def test_changes(
        self,
        own_resources: Resources,
        learner: Person,
        role: Role,
        cause: Change,
        left: set[str] | None,
    ) -> None:
        database, grouping = own_resources.database, own_resources.grouping
        header = header_of(learner)
        processes = [process_of(own_resources), process_of(own_resources)]
        before = [await process.identify(database, header) for process in processes]
        assert before[0].viewer == learner.viewer
        assert [await process.confirm(grouping, before[0]) for process in processes] == [True] * 2
        async with writing(own_resources) as session:
            await cause(session, learner, role)
        assert await _version(own_resources, learner.viewer.auth_session_id) > before[0].version
        for process in processes:
            remembered = process.recall(header)
            assert remembered is not None
            assert not await process.confirm(grouping, remembered)
            if left is None:
                with pytest.raises(Unauthenticated, match=_ENDED):
                    await process.identify(database, header)
                assert process.recall(header) is None
            else:
                known = await process.identify(database, header)
                assert known.viewer.permissions == left
                assert process.recall(header) == known
                assert await process.confirm(grouping, known)

    @pytest.mark.parametrize("cause", NO_CAUSES, ids=lambda cause: cause.__name__)
    async def test_stays(
        self, own_resources: Resources, learner: Person, role: Role, cause: Change
    ) -> None:
        process = process_of(own_resources)
        known = await process.identify(own_resources.database, header_of(learner))
        async with writing(own_resources) as session:
            await cause(session, learner, role)
        assert await process.confirm(own_resources.grouping, known)

    async def test_is_a_sessions_own(self, own_resources: Resources, learner: Person) -> None:
        ben = await make_person(own_resources)
        phone = await sign_in(own_resources, learner.user)
        process = process_of(own_resources)
        known = [
            await process.identify(own_resources.database, header_of(person))
            for person in (learner, phone, ben)
        ]

        async def confirmed() -> list[bool]:
            return [await process.confirm(own_resources.grouping, each) for each in known]

        async with own_resources.begin() as uow:
            await sessions.logout(uow, learner.viewer)
        assert await confirmed() == [False, True, True]
        async with writing(own_resources) as session:
            await give(session, learner, "moderator")
        assert await confirmed() == [False, False, True]

    async def test_back_again_is_not_as_before(
        self, own_resources: Resources, learner: Person
    ) -> None:
        process = process_of(own_resources)
        known = await process.identify(own_resources.database, header_of(learner))
        for status in (AccountStatus.SUSPENDED, AccountStatus.ACTIVE):
            async with writing(own_resources) as session:
                await session.execute(
                    update(User).where(col(User.id) == learner.key).values(status=status)
                )
        assert not await process.confirm(own_resources.grouping, known)
        again = await process.identify(own_resources.database, header_of(learner))
        assert again.viewer == known.viewer

    async def test_only_live_sessions_are_touched(
        self, own_resources: Resources, learner: Person, role: Role
    ) -> None:
        ended, expired = (
            await sign_in(own_resources, learner.user),
            await sign_in(own_resources, learner.user),
        )
        async with own_resources.begin() as uow:
            await sessions.logout(uow, ended.viewer)
        await _as_time_passes(
            own_resources,
            session_of(expired).values(expires_at=now()),
        )
        devices = [person.viewer.auth_session_id for person in (learner, ended, expired)]
        before = [await _version(own_resources, each) for each in devices]
        async with writing(own_resources) as session:
            await give(session, learner, "moderator")
            await permission_added(session, learner, role)
        after = [await _version(own_resources, each) for each in devices]
        assert [new - old for old, new in zip(before, after, strict=True)] == [2, 0, 0]

    async def test_deleted_user(self, own_resources: Resources, learner: Person) -> None:
        process = process_of(own_resources)
        known = await process.identify(own_resources.database, header_of(learner))
        async with writing(own_resources) as session:
            await session.execute(delete(User).where(col(User.id) == learner.key))
        assert not await process.confirm(own_resources.grouping, known)

    async def test_refresh_and_its_reuse(self, own_resources: Resources, learner: Person) -> None:
        given = signing_in.LoginData(login=learner.user.username, password=PASSWORD)
        tokens = (await signing_in.login(own_resources, _CLIENT, given)).tokens
        process, header = process_of(own_resources), f"Bearer {tokens.access_token}"
        known = await process.identify(own_resources.database, header)
        assert known.viewer.user_id == learner.key
        await sessions.refresh(own_resources, tokens.refresh_token)
        assert await process.confirm(own_resources.grouping, known)
        with pytest.raises(InvalidRefreshToken):
            await sessions.refresh(own_resources, tokens.refresh_token)
        assert not await process.confirm(own_resources.grouping, known)


class TestReload:
    async def test_as_it_is_now(
        self, own_resources: Resources, learner: Person, role: Role
    ) -> None:
        process, database = process_of(own_resources), own_resources.database
        known = await process.identify(database, header_of(learner))
        async with writing(own_resources) as session:
            await permission_added(session, learner, role)
        reloaded = await process.reload(database, known)
        assert reloaded.viewer.permissions == known.viewer.permissions | {"message.moderate"}
        assert not await process.confirm(own_resources.grouping, known)
        assert await process.confirm(own_resources.grouping, reloaded)
        # It says nothing about the header, whose token may have expired meanwhile.
        assert process.recall(header_of(learner)) is known

    async def test_of_a_session_that_ended(self, own_resources: Resources, learner: Person) -> None:
        process, database = process_of(own_resources), own_resources.database
        known = await process.identify(database, header_of(learner))
        async with own_resources.begin() as uow:
            await sessions.logout(uow, learner.viewer)
        with pytest.raises(Unauthenticated, match=_ENDED):
            await process.reload(database, known)


_CONSENTS = "{ consents { purpose } }"
_NODE = "query ($id: ID!) { node(id: $id) { ... on Message { body } } }"


class TestNextRequest:
    """A server that remembers goes by what the database says in the statement that reads."""

    async def test_of_a_session_that_ended(self, api: Api, resources: Resources) -> None:
        learner = await make_person(resources)
        assert (await api.execute(_CONSENTS, as_=learner)).ok() == {"consents": []}
        async with resources.begin() as uow:
            await sessions.logout(uow, learner.viewer)
        for _ in range(2):
            refused = await api.execute(_CONSENTS, as_=learner)
            assert [(error["message"], error["extensions"]) for error in refused.errors] == [
                (_ENDED, {"code": "UNAUTHENTICATED"})
            ]
        answer = await api.execute("{ viewer { email } }", as_=learner)
        assert answer.ok() == {"viewer": None}

    async def test_of_somebody_with_a_new_role(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        learner, eve = await make_person(resources), await make_person(resources)
        session = await make_session(resources, learner)
        given = {"conversationId": session.conversation_id, "body": "For Ana alone."}
        sent = (await api.mutate("messageSend", given, "message { id }", as_=learner)).ok()
        variables = {"id": sent["message"]["id"]}

        async def seen() -> Any:
            return (await api.execute(_NODE, variables, as_=eve)).ok()["node"]

        assert await seen() is None
        async with writing(resources) as writer:
            await give(writer, eve, "moderator")
        counts = []
        for _ in range(3):
            with statements(api.resources) as made:
                assert await seen() == {"body": "For Ana alone."}
            counts.append(len(made))
        # The answer, thrown away, the rights, the answer; from then on they are remembered.
        assert counts == [3, 1, 1]
        async with writing(resources) as writer:
            moderator = await roles.role_by_name(writer, "moderator")
            await writer.execute(delete(UserRole).where(col(UserRole.role_id) == moderator.id))
        assert await seen() is None


class TestExpiry:
    async def test_of_a_role(
        self, own_resources: Resources, learner: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends = now() + timedelta(minutes=5)
        async with writing(own_resources) as session:
            await give(session, learner, "moderator", expires_at=ends)
        process = process_of(own_resources)
        known = await process.identify(own_resources.database, header_of(learner))
        assert known.viewer.may("message.moderate")
        assert ends.timestamp() - 1 < known.good_until <= ends.timestamp()
        await _as_time_passes(
            own_resources,
            update(UserRole).where(col(UserRole.expires_at) == ends).values(expires_at=now()),
        )
        monkeypatch.setattr(authentication, "time", lambda: known.good_until - 0.001)
        assert process.recall(header_of(learner)) == known
        monkeypatch.setattr(authentication, "time", lambda: known.good_until)
        assert process.recall(header_of(learner)) is None
        later = await process.identify(own_resources.database, header_of(learner))
        assert not later.viewer.may("message.moderate")

    async def test_of_the_session(self, own_resources: Resources, learner: Person) -> None:
        ends = now() + timedelta(minutes=5)
        async with writing(own_resources) as session:
            await session.execute(session_of(learner).values(expires_at=ends))
        process = process_of(own_resources)
        known = await process.identify(own_resources.database, header_of(learner))
        assert ends.timestamp() - 1 < known.good_until <= ends.timestamp()
        await _as_time_passes(own_resources, session_of(learner).values(expires_at=now()))
        assert not await process.confirm(own_resources.grouping, known)
        with pytest.raises(Unauthenticated, match=_ENDED):
            await process.identify(own_resources.database, header_of(learner))

    async def test_of_the_token(
        self, own_resources: Resources, learner: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        claims = Claims(learner.key, learner.viewer.auth_session_id)
        issued = now() - timedelta(minutes=10)
        header = f"Bearer {own_resources.tokens.issue(claims, frozenset(), issued)}"
        process = process_of(own_resources)
        known = await process.identify(own_resources.database, header)
        expires = int((issued + ACCESS_LIFETIME).timestamp())
        # The rights of its session hold for longer: a socket outlives the token.
        assert known.good_until > expires
        monkeypatch.setattr(authentication, "time", lambda: expires)
        assert process.recall(header) is None
        expired = (
            f"Bearer {own_resources.tokens.issue(claims, frozenset(), now() - ACCESS_LIFETIME)}"
        )
        with pytest.raises(Unauthenticated, match=_EXPIRED):
            await process.identify(own_resources.database, expired)


class TestMemory:
    async def test_exactly_this_header(self, own_resources: Resources, learner: Person) -> None:
        process, header = process_of(own_resources), header_of(learner)
        assert process.recall(header) is None
        known = await process.identify(own_resources.database, header)
        assert process.recall(header) is known
        other = "A" if header[-5] != "A" else "B"
        for wrong in (
            "",
            "\ud800",
            header.lower(),
            header + " ",
            header[:-5] + other + header[-4:],
        ):
            assert process.recall(wrong) is None
        process.forget(header)
        assert process.recall(header) is None
        process.forget(header)

    @pytest.mark.parametrize(
        ("header", "message"),
        [
            ("", "Authorization must be 'Bearer' and an access token."),
            ("Basic YTpi", "Authorization must be 'Bearer' and an access token."),
            ("Bearer x.y.z", "This access token isn't valid: sign in again."),
        ],
    )
    async def test_only_what_was_verified(
        self, own_resources: Resources, header: str, message: str
    ) -> None:
        process = process_of(own_resources)
        with pytest.raises(Unauthenticated, match=message):
            await process.identify(own_resources.database, header)
        assert process.recall(header) is None

    async def test_holds_no_token(self, own_resources: Resources, learner: Person) -> None:
        process = process_of(own_resources)
        await process.identify(own_resources.database, header_of(learner))
        assert learner.access_token not in repr(vars(process))

    async def test_the_least_recently_used_goes(
        self, own_resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(authentication, "_ENTRIES", 2)
        people = [await make_person(own_resources) for _ in range(3)]
        first, second, third = [header_of(person) for person in people]
        process = process_of(own_resources)
        for header in (first, second):
            await process.identify(own_resources.database, header)
        assert process.recall(first)
        await process.identify(own_resources.database, third)
        assert [bool(process.recall(each)) for each in (first, second, third)] == [
            True,
            False,
            True,
        ]
