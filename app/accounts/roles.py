"""The permissions and system roles that come with the program."""

from typing import Final

PERMISSIONS: Final = {
    "course.create": "Write courses.",
    "course.manage": "Read and change courses of others, finished or not.",
    "class.manage": "Make and run classes, and say who is in them.",
    "class.unlock_any": "Unlock lessons of classes that others teach.",
    "session.create": "Create study sessions.",
    "session.join": "Join study sessions, listen and speak in them.",
    "session.ask": "Ask the AI about a session.",
    "message.send": "Write messages.",
    "message.moderate": "Read and delete messages of others.",
    "taxonomy.manage": "Save subjects and tags, and see those that aren't public.",
    "prompt.read": "Read the prompt library.",
    "prompt.manage": "Write prompts and publish them.",
    "ai_model.manage": "Save AI models, and see those that aren't active.",
    "plan.manage": "Save subscription plans, and see those that aren't active.",
    "payment.manage": "Record, verify and refund payments, and see those of others.",
    "lecture.create": "Give lectures.",
    "lecture.manage": "Change lectures of others, and see those that were cancelled.",
    "gamification.manage": "Save achievements and challenges, and see all of them.",
    "xp.award": "Give XP by hand, and take it.",
    "user.create": "Make accounts for students.",
    "user.create_any": "Make accounts for anybody else, with a role that one may give.",
    "user.manage": "See all accounts; archive and lock them, and change their roles.",
    "role.manage": "See roles and permissions; make, change and delete roles.",
    "audit.read": "Read the audit log.",
    "retention.manage": "Say for how long data is kept, and hold some of it longer.",
}

# What administrators don't do: it is more than they have, so they can't give or take it either.
_OF_SUPER_ADMINS: Final = ("user.create_any", "class.unlock_any")
# What the staff don't do.
_OF_ADMINS: Final = (
    "prompt.manage",
    "ai_model.manage",
    "plan.manage",
    "user.manage",
    "role.manage",
    "audit.read",
    "retention.manage",
    *_OF_SUPER_ADMINS,
)

STUDENT: Final = "student"
SUPER_ADMIN: Final = "super_admin"

_EVERYBODY: Final = ("session.create", "session.join", "session.ask", "message.send")

# Each role: its description, and the permissions that it gives.
SYSTEM_ROLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    STUDENT: ("Learns.", _EVERYBODY),
    "instructor": ("Teaches.", (*_EVERYBODY, "course.create", "lecture.create")),
    "moderator": ("Keeps the peace.", (*_EVERYBODY, "message.moderate")),
    "staff": ("Runs the school.", tuple(key for key in PERMISSIONS if key not in _OF_ADMINS)),
    "admin": (
        "Runs the system.",
        tuple(key for key in PERMISSIONS if key not in _OF_SUPER_ADMINS),
    ),
    SUPER_ADMIN: ("May do everything.", tuple(PERMISSIONS)),
}
