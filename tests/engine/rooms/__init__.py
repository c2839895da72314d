"""What the tests of the engine know of each room."""

from tests.engine.room import Room
from tests.engine.rooms import classes, courses, payments, submissions

ROOMS: tuple[Room, ...] = (courses.ROOM, classes.ROOM, payments.ROOM, submissions.ROOM)
