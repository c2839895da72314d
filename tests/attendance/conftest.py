"""A class, and who is in it."""

import pytest

from app.core.resources import Resources
from tests.attendance.classroom import Classroom, make_class
from tests.factories import Person, empty_outbox


@pytest.fixture
async def room(resources: Resources, ida: Person, ana: Person, ben: Person) -> Classroom:
    """Ida's class, in which Ana and Ben are."""
    made = await make_class(resources, ida, ana, ben)
    await empty_outbox(resources)
    return made
