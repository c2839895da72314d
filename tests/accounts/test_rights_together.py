"""Rights that change while sessions begin, go on and end."""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.accounts.models import (
    AccountStatus,
    AuthSession,
    RefreshToken,
    Role,
    RolePermission,
    User,
    UserRole,
)
from app.accounts.service import sessions
from app.accounts.store import sessions as stored
from app.core.authentication import Authenticator, Known
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.errors import Unauthenticated
from app.core.resources import Resources
from app.core.tokens import Claims
from tests.accounts.causes import (
    Change,
    give,
    header_of,
    permission_added,
    process_of,
    role_given,
)
from tests.factories import Person, make_person, sign_in, writing
from tests.waiting import eventually

_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def _done_or_stuck(resources: Resources, task: asyncio.Task[Any]) -> None:
    """Return once a task has ended or waits for a lock."""

    async def is_so() -> bool:
        if task.done():
            return True
        async with resources.database.write() as session:
            return bool((await session.execute(text(_WAITING))).scalar_one())

    await eventually(is_so)


class TestMeeting:
    """A transaction that isn't committed, and one that can't see it."""

    @pytest.mark.parametrize("cause", [role_given, permission_added])
    async def test_a_session_begins_while_rights_change(
        self, own_resources: Resources, learner: Person, role: Role, cause: Change
    ) -> None:
        process = process_of(own_resources)

        async def begin() -> Known:
            phone = await sign_in(own_resources, learner.user)
            return await process.identify(own_resources.database, header_of(phone))

        async with writing(own_resources) as session:
            await cause(session, learner, role)
            await session.flush()
            beginning = asyncio.create_task(begin())
            await _done_or_stuck(own_resources, beginning)
        known = await beginning
        assert known.viewer.may("message.moderate")
        assert await process.confirm(own_resources.grouping, known)

    async def test_a_role_is_given_while_it_changes(
        self, own_resources: Resources, learner: Person
    ) -> None:
        process = process_of(own_resources)
        async with writing(own_resources) as session:
            other = Role(name=f"guest of {learner.user.username}")
            session.add(other)

        async def give_it() -> Known:
            async with writing(own_resources) as session:
                await give(session, learner, other.name)
            return await process.identify(own_resources.database, header_of(learner))

        async with writing(own_resources) as session:
            await permission_added(session, learner, other)
            await session.flush()
            giving = asyncio.create_task(give_it())
            await _done_or_stuck(own_resources, giving)
        known = await giving
        assert known.viewer.may("message.moderate")
        assert await process.confirm(own_resources.grouping, known)

    async def test_a_session_begins_before_rights_change(
        self, own_resources: Resources, learner: Person, role: Role
    ) -> None:
        """The change waits for it, and then finds it."""
        process = process_of(own_resources)

        async def change() -> None:
            async with writing(own_resources) as session:
                await permission_added(session, learner, role)

        async with writing(own_resources) as session:
            await session.execute(
                text(
                    "INSERT INTO auth_session SELECT (jsonb_populate_record(s,"
                    " jsonb_build_object('id', uuidv7()))).* FROM auth_session s WHERE id = :id"
                ),
                {"id": learner.viewer.auth_session_id},
            )
            changing = asyncio.create_task(change())
            await _done_or_stuck(own_resources, changing)
        await changing
        async with own_resources.database.read() as reading:
            versions = [
                each.rights_version for each in await stored.auth_sessions(reading, learner.key)
            ]
        assert versions == [2, 2]
        assert process.recall(header_of(learner)) is None


class _Storm:
    """Everything that touches the rights or the sessions of the same few people."""

    def __init__(self, resources: Resources, people: Sequence[Person], role: Role) -> None:
        self.resources = resources
        self.people = people
        self.role = role
        self.keys = [person.key for person in people]

    async def roles(self, name: str) -> None:
        """Give all of them a role, in any order, and take it away."""
        async with writing(self.resources) as session:
            given = Role(name=name)
            session.add(given)
            await session.flush()
            await session.execute(
                text(
                    "INSERT INTO user_role (user_id, role_id)"
                    " SELECT unnest(CAST(:users AS uuid[])), :role"
                ),
                {"users": random.sample(self.keys, len(self.keys)), "role": given.id},
            )
        async with writing(self.resources) as session:
            await session.execute(delete(UserRole).where(col(UserRole.role_id) == given.id))

    async def permission(self) -> None:
        """Add a permission to a role that all have, and remove it."""
        mine = {"role_id": self.role.id, "permission_key": "message.moderate"}
        async with writing(self.resources) as session:
            await session.execute(insert(RolePermission).values(mine).on_conflict_do_nothing())
        async with writing(self.resources) as session:
            await session.execute(delete(RolePermission).filter_by(**mine))

    async def status(self) -> None:
        """Suspend somebody for a moment."""
        key = random.choice(self.keys)
        for value in (AccountStatus.SUSPENDED, AccountStatus.ACTIVE):
            async with writing(self.resources) as session:
                await session.execute(update(User).where(col(User.id) == key).values(status=value))

    async def device(self, person: Person) -> None:
        """Begin a session, refresh it, end it."""
        begun = AuthSession(
            user_id=person.key, last_used_at=now(), expires_at=now() + timedelta(days=1)
        )
        token = new_token()
        async with writing(self.resources) as session:
            session.add(begun)
            await session.flush()
            session.add(RefreshToken(auth_session_id=begun.id, token_hash=token_hash(token)))
        await sessions.refresh(self.resources, token)
        async with self.resources.begin() as uow:
            await sessions.logout(uow, replace(person.viewer, auth_session_id=begun.id))

    async def remember(self, process: Authenticator) -> None:
        """Read everybody's rights as they are now."""
        for person in self.people:
            try:
                await process.identify(self.resources.database, header_of(person))
            except Unauthenticated:
                assert process.recall(header_of(person)) is None

    async def truth(self, person: Person) -> Known:
        """Somebody's rights, read afresh."""
        claims = Claims(person.key, person.viewer.auth_session_id)
        async with self.resources.database.read() as session:
            known = await sessions.rights_of(session, claims)
        assert known is not None
        return known


class TestStorm:
    async def test_no_deadlock_and_nobody_with_old_rights(
        self, own_resources: Resources, role: Role
    ) -> None:
        people = [await make_person(own_resources, role=role.name) for _ in range(4)]
        processes = [process_of(own_resources), process_of(own_resources)]
        storm = _Storm(own_resources, people, role)
        work: list[Awaitable[None]] = [
            *[storm.roles(f"{role.name} {number}") for number in range(10)],
            *[storm.permission() for _ in range(10)],
            *[storm.status() for _ in range(10)],
            *[storm.device(person) for person in people * 3],
            *[storm.remember(process) for process in processes * 4],
        ]
        assert len(work) == 50
        random.shuffle(work)
        # A deadlock would raise here.
        await asyncio.gather(*work)
        for person in people:
            true = await storm.truth(person)
            for process in processes:
                known = process.recall(header_of(person))
                if known is not None and await process.confirm(own_resources.grouping, known):
                    assert known.viewer == true.viewer
