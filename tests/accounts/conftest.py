"""A database in which roles change, and somebody with a role of a test's own."""

from collections.abc import AsyncIterator

import pytest

from app.accounts.models import Role, RolePermission
from app.core.ids import new_id
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from tests.accounts.causes import PERMISSIONS
from tests.accounts.provider import Provider, serving
from tests.accounts.signing import Signing, with_providers
from tests.conftest import Databases, serve
from tests.factories import Person, make_person, writing


@pytest.fixture(scope="session")
async def roles_database_url(databases: Databases) -> AsyncIterator[str]:
    """A database whose roles tests of rights change; each makes its own."""
    async with databases.clone() as url:
        yield url


@pytest.fixture
async def own_resources(settings: Settings, roles_database_url: str) -> AsyncIterator[Resources]:
    """A process on that database."""
    given = settings.model_copy(update={"database_url": roles_database_url})
    async with open_resources(given) as opened:
        yield opened


@pytest.fixture
async def role(own_resources: Resources) -> Role:
    """A role with the permissions of `PERMISSIONS`."""
    made = Role(name=f"learner {new_id()}")
    async with writing(own_resources) as session:
        session.add(made)
        await session.flush()
        session.add(*[RolePermission(role_id=made.id, permission_key=key) for key in PERMISSIONS])
    return made


@pytest.fixture
async def learner(own_resources: Resources, role: Role) -> Person:
    """Somebody with this role alone."""
    return await make_person(own_resources, role=role.name)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """An OpenID provider, with somebody who is signed in there."""
    user = {
        "sub": "subject-1",
        "email": "nora@example.com",
        "email_verified": True,
        "preferred_username": "nora",
        "given_name": "Nora",
        "family_name": "Bell",
        "login": "nora-hub",
    }
    async with serving(Provider(user=user)) as running:
        yield running


@pytest.fixture
async def signing(
    settings: Settings, resources: Resources, provider: Provider
) -> AsyncIterator[Signing]:
    """A server at which one may sign in there."""
    async with serve(with_providers(settings, provider.url)) as api:
        yield Signing(api, resources, provider)
