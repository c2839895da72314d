"""What benchmarks are run on: their data fit the schema as it is."""

import asyncio
from types import ModuleType

import pytest

from benchmarks.live import data as live
from benchmarks.reads import data as reads


@pytest.mark.parametrize(("data", "viewers"), [(live, 500), (reads, 200)])
async def test_data_fit(own_database_url: str, data: ModuleType, viewers: int) -> None:
    known = await asyncio.to_thread(data.fill, own_database_url)
    assert len({each.user_id for each in known.viewers}) == viewers
