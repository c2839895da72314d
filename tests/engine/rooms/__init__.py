"""What the tests of the engine know of each room."""

from tests.engine.room import Room
from tests.engine.rooms import (
    attendance,
    calendar,
    classes,
    coding,
    courses,
    generation,
    learning,
    lectures,
    messaging,
    payments,
    pods,
    practice,
    submissions,
)

ROOMS: tuple[Room, ...] = (
    attendance.ROOM,
    calendar.ROOM,
    classes.ROOM,
    coding.ROOM,
    courses.ROOM,
    generation.ROOM,
    learning.ROOM,
    lectures.ROOM,
    messaging.ROOM,
    payments.ROOM,
    pods.ROOM,
    practice.ROOM,
    submissions.ROOM,
)
