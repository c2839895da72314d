"""What the tests of the engine know of each room."""

from tests.engine.room import Room
from tests.engine.rooms import (
    attendance,
    buddies,
    calendar,
    classes,
    coding,
    courses,
    gamification,
    generation,
    learning,
    lectures,
    messaging,
    payments,
    pods,
    practice,
    sharing,
    submissions,
)

ROOMS: tuple[Room, ...] = (
    attendance.ROOM,
    calendar.ROOM,
    buddies.ROOM,
    classes.ROOM,
    coding.ROOM,
    courses.ROOM,
    gamification.ROOM,
    generation.ROOM,
    learning.ROOM,
    lectures.ROOM,
    messaging.ROOM,
    payments.ROOM,
    pods.ROOM,
    practice.ROOM,
    sharing.ROOM,
    submissions.ROOM,
)
