"""Who writes courses, and who reads them."""

import pytest

from app.core.resources import Resources
from tests.courses.composer import Composer
from tests.factories import Person, make_person


@pytest.fixture
async def ida(resources: Resources) -> Person:
    """She writes courses."""
    return await make_person(resources, "ida", role="instructor")


@pytest.fixture
async def ivo(resources: Resources) -> Person:
    """He writes other courses."""
    return await make_person(resources, "ivo", role="instructor")


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """She learns."""
    return await make_person(resources, "ana")


@pytest.fixture
async def sam(resources: Resources) -> Person:
    """He runs the school."""
    return await make_person(resources, "sam", role="staff")


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> Composer:
    """It writes where the language model would."""
    made = Composer()
    monkeypatch.setattr("workers.inference.models.language", lambda: made)
    return made
