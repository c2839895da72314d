"""Who runs classes, who teaches them, and who is in them."""

import pytest

from app.core.resources import Resources
from tests.classes.planning import School
from tests.client import Api
from tests.courses.authoring import PUBLISHED
from tests.factories import Person, make_course, make_person


@pytest.fixture
async def ida(resources: Resources) -> Person:
    """She teaches."""
    return await make_person(resources, "ida", role="instructor")


@pytest.fixture
async def ivo(resources: Resources) -> Person:
    """He teaches other classes."""
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
async def sam(resources: Resources) -> Person:
    """He runs the school."""
    return await make_person(resources, "sam", role="staff")


@pytest.fixture
async def school(api: Api, resources: Resources, sam: Person, ida: Person) -> School:
    """Ida's course of five lessons, and Sam who plans classes of it."""
    course = await make_course(resources, ida, lessons=[PUBLISHED * 3, PUBLISHED * 2])
    return School(api, resources, sam, course)
