"""Where there is something to plan for."""

from tests.classes.conftest import school
from tests.pods.conftest import community

__all__ = ["community", "school"]
