"""What the tests of the engine know of each room."""

from tests.engine.room import Room
from tests.engine.rooms import classes, coding, courses, payments, submissions

ROOMS: tuple[Room, ...] = (
    courses.ROOM,
    coding.ROOM,
    submissions.ROOM,
    classes.ROOM,
    payments.ROOM,
)
