"""What the tests of the engine know of each room."""

from tests.engine.room import Room
from tests.engine.rooms import (
    classes,
    coding,
    courses,
    payments,
    submissions,
    teaching,
)

ROOMS: tuple[Room, ...] = (
    classes.ROOM,
    coding.ROOM,
    courses.ROOM,
    payments.ROOM,
    submissions.ROOM,
    teaching.ROOM,
)
