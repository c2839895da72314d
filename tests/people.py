"""Whom tests are about, unless they need somebody special. A pytest plugin."""

import pytest

from app.core.resources import Resources
from tests.factories import Person, make_person


@pytest.fixture
async def ada(resources: Resources) -> Person:
    """She administers."""
    return await make_person(resources, "ada", role="admin")


@pytest.fixture
async def sam(resources: Resources) -> Person:
    """He is of the staff."""
    return await make_person(resources, "sam", role="staff")


@pytest.fixture
async def ida(resources: Resources) -> Person:
    """She teaches what the test is about."""
    return await make_person(resources, "ida", role="instructor")


@pytest.fixture
async def ivo(resources: Resources) -> Person:
    """He teaches something else."""
    return await make_person(resources, "ivo", role="instructor")


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """She learns."""
    return await make_person(resources, "ana")


@pytest.fixture
async def ben(resources: Resources) -> Person:
    """He learns."""
    return await make_person(resources, "ben")


@pytest.fixture
async def eve(resources: Resources) -> Person:
    """She has nothing to do with it."""
    return await make_person(resources, "eve")
