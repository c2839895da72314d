"""Where a request comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Client:
    """Network address (at most 50 characters), and what the caller says of itself (at most 512)."""

    address: str
    user_agent: str


# For what the program does of itself.
NOBODY = Client("", "")
