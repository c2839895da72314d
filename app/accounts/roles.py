"""The permissions and system roles that come with the program."""

from typing import Final

PERMISSIONS: Final = {
    "course.create": "Write courses.",
    "course.manage": "Read and change courses of others, finished or not.",
    "session.create": "Create study sessions.",
    "session.join": "Join study sessions, listen and speak in them.",
    "session.ask": "Ask the AI about a session.",
    "message.send": "Write messages.",
    "message.moderate": "Read and delete messages of others.",
}

_EVERYBODY: Final = ("session.create", "session.join", "session.ask", "message.send")

# Each role: its description, and the permissions that it gives.
SYSTEM_ROLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "student": ("Learns.", _EVERYBODY),
    "instructor": ("Teaches.", (*_EVERYBODY, "course.create")),
    "moderator": ("Keeps the peace.", (*_EVERYBODY, "message.moderate")),
    "staff": ("Runs the school.", tuple(PERMISSIONS)),
    "admin": ("Runs the system.", tuple(PERMISSIONS)),
    "super_admin": ("May do everything.", tuple(PERMISSIONS)),
}
