"""Where pods are made and found."""

import pytest

from app.core.resources import Resources
from tests.accounts.people import make_subject
from tests.client import Api
from tests.pods.communities import Community


@pytest.fixture
async def community(api: Api, resources: Resources) -> Community:
    """People who study biology."""
    return Community(api, resources, await make_subject(resources))
