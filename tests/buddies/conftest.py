"""Ana, Ben and Cleo are on a course of two sections; Dan isn't."""

import pytest

from app.core.resources import Resources
from tests.buddies.studying import Circle, make_circle
from tests.client import Api
from tests.courses.authoring import PUBLISHED
from tests.factories import Person, make_course, make_person


@pytest.fixture
async def cleo(resources: Resources) -> Person:
    """She is on the same course."""
    return await make_person(resources, "cleo")


@pytest.fixture
async def dan(resources: Resources) -> Person:
    """He isn't on the course."""
    return await make_person(resources, "dan")


@pytest.fixture
async def circle(
    api: Api, resources: Resources, ida: Person, ana: Person, ben: Person, cleo: Person
) -> Circle:
    """A course with three people on it."""
    course = await make_course(resources, ida, lessons=[PUBLISHED * 2, PUBLISHED * 2])
    made = await make_circle(api, resources, course)
    await made.join(ana, ben, cleo)
    return made
