"""A school whose classes are planned."""

import pytest

from app.core.resources import Resources
from tests.classes.planning import School
from tests.client import Api
from tests.courses.authoring import PUBLISHED
from tests.factories import Person, make_course


@pytest.fixture
async def school(api: Api, resources: Resources, sam: Person, ida: Person) -> School:
    """Ida's course of five lessons, and Sam who plans classes of it."""
    course = await make_course(resources, ida, lessons=[PUBLISHED * 3, PUBLISHED * 2])
    return School(api, resources, sam, course)
