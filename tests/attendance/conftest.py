"""Who teaches a class, who is in it, and who isn't."""

import pytest

from app.core.resources import Resources
from tests.attendance.classroom import Classroom, make_class
from tests.factories import Person, empty_outbox, make_person


@pytest.fixture
async def ida(resources: Resources) -> Person:
    """She teaches."""
    return await make_person(resources, "ida", role="instructor")


@pytest.fixture
async def ivo(resources: Resources) -> Person:
    """He teaches something else."""
    return await make_person(resources, "ivo", role="instructor")


@pytest.fixture
async def sam(resources: Resources) -> Person:
    """He runs the school."""
    return await make_person(resources, "sam", role="staff")


@pytest.fixture
async def ana(resources: Resources) -> Person:
    """She is in the class."""
    return await make_person(resources, "ana")


@pytest.fixture
async def ben(resources: Resources) -> Person:
    """He is in the class."""
    return await make_person(resources, "ben")


@pytest.fixture
async def eve(resources: Resources) -> Person:
    """She isn't."""
    return await make_person(resources, "eve")


@pytest.fixture
async def room(resources: Resources, ida: Person, ana: Person, ben: Person) -> Classroom:
    """Ida's class, in which Ana and Ben are."""
    made = await make_class(resources, ida, ana, ben)
    await empty_outbox(resources)
    return made
