"""What two people study together: a kind, and the key of one of that kind.

The key has no foreign key, so that another kind needs no other table. What is gone is null in the
schema.
"""

from uuid import UUID

from sqlmodel import SQLModel

from app.buddies.kinds import BuddyContextKind


class Shared(SQLModel):
    """The columns of what is shared."""

    context_kind: BuddyContextKind = BuddyContextKind.COURSE
    context_id: UUID
