"""The installation that whole-program tests share."""

from collections.abc import Iterator

import pytest

from tests.e2e.installation import Dev, developing


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """It runs until the module's last test is over."""
    with developing(tmp_path_factory.mktemp("dev")) as running:
        yield running
