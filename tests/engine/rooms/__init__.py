"""What the tests of the engine know of each room."""

from tests.engine.room import Room
from tests.engine.rooms import (
    attendance,
    buddies,
    classes,
    coding,
    courses,
    gamification,
    generation,
    learning,
    lectures,
    payments,
    practice,
    sharing,
    submissions,
)

ROOMS: tuple[Room, ...] = (
    attendance.ROOM,
    buddies.ROOM,
    classes.ROOM,
    coding.ROOM,
    courses.ROOM,
    gamification.ROOM,
    generation.ROOM,
    learning.ROOM,
    lectures.ROOM,
    payments.ROOM,
    practice.ROOM,
    sharing.ROOM,
    submissions.ROOM,
)
