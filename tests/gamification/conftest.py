"""A school in which people learn."""

import pytest

from app.core.resources import Resources
from tests.classes.planning import School
from tests.client import Api
from tests.courses.authoring import PUBLISHED
from tests.factories import Person, make_course, make_person


@pytest.fixture
async def school(api: Api, resources: Resources, sam: Person) -> School:
    """A course, and him who plans classes of it."""
    teacher = await make_person(resources, role="instructor")
    course = await make_course(resources, teacher, lessons=[PUBLISHED])
    return School(api, resources, sam, course)
