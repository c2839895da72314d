"""Who has a vault."""

import pytest

from app.core.resources import Resources
from tests.factories import Person, make_person


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """She learns."""
    return await make_person(resources, "ana")


@pytest.fixture
async def ben(resources: Resources) -> Person:
    """He learns something else."""
    return await make_person(resources, "ben")
