"""Who uploads."""

import pytest

from app.core.resources import Resources
from tests.factories import Person, make_person


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """She has files."""
    return await make_person(resources, "ana")


@pytest.fixture
async def ben(resources: Resources) -> Person:
    """He has others."""
    return await make_person(resources, "ben")
