"""Where a request comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Client:
    """The caller's network address, and what it says of itself (512 characters at most)."""

    address: str
    user_agent: str


# For what the program does of itself.
NOBODY = Client("", "")
