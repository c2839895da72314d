"""What can be paid for."""

from tests.engine.room import Room

ROOM = Room(
    counts={"payable": 20},
    rules={"payable.amount": lambda filling, _: filling.rng.randint(1, 10_000) / 100},
)
