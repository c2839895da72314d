"""Who writes courses, and who reads them."""

import pytest

from tests.courses.composer import Composer


@pytest.fixture
def composer(monkeypatch: pytest.MonkeyPatch) -> Composer:
    """It writes where the language model would."""
    made = Composer()
    monkeypatch.setattr("workers.inference.models.language", lambda: made)
    return made
