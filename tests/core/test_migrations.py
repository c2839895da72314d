"""Migrations make what the models say, and seeding again changes nothing."""

import asyncio

from sqlmodel import select

from app.accounts.models import Permission, Role, RolePermission
from app.accounts.roles import PERMISSIONS, SYSTEM_ROLES
from app.core.db import Database
from app.core.migrate import check
from app.core.partitions import partitioned_tables
from app.reference.models import PromptTemplate
from app.reference.prompts import PROMPTS
from app.seed import seed_system


class TestMigrations:
    async def test_models_and_tables_are_alike(self, own_database_url: str) -> None:
        await asyncio.to_thread(check, own_database_url)


class TestSeed:
    async def test_again(self, own_database_url: str) -> None:
        database = Database(own_database_url, pool_size=2)
        await seed_system(database)
        async with database.read() as session:
            roles = {role.id: role.name for role in await session.all(select(Role))}
            pairs = await session.all(select(RolePermission))
            permissions = await session.all(select(Permission.key))
            prompts = await session.all(select(PromptTemplate.key))
        await database.close()
        given: dict[str, set[str]] = {name: set() for name in roles.values()}
        for pair in pairs:
            given[roles[pair.role_id]].add(pair.permission_key)
        assert given == {name: set(keys) for name, (_, keys) in SYSTEM_ROLES.items()}
        assert sorted(permissions) == sorted(PERMISSIONS)
        assert sorted(prompts) == sorted(prompt.key for prompt in PROMPTS)

    def test_the_big_tables_are_partitioned(self) -> None:
        assert sorted(partitioned_tables()) == ["message", "progress_log", "transcript_segment"]
