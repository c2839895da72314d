"""Invitations into pods: to a user, to an address, or to whoever has a code."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import Field

from app.core.personal import ERASE, IMPERSONAL, SECRET, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp


class PodInvitationKind(StrEnum):
    """Who is invited."""

    USER = "user"
    EMAIL = "email"
    CODE = "code"


class PodInvitationStatus(StrEnum):
    """What became of an invitation; one that is pending may have expired."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"


class PodInvitation(Table, table=True):
    """An invitation. Of a code only a hash is kept, and what it is found by."""

    __tablename__ = "pod_invitation"
    __table_args__ = (
        CheckConstraint("(kind = 'USER') = (invitee_id IS NOT NULL)", name="user_for_users"),
        CheckConstraint("(kind = 'EMAIL') = (email IS NOT NULL)", name="address_for_letters"),
        CheckConstraint(
            "(kind = 'CODE') = (code_hash IS NOT NULL)"
            " AND (kind = 'CODE') = (code_selector IS NOT NULL)",
            name="code_for_codes",
        ),
        CheckConstraint("uses BETWEEN 0 AND max_uses", name="uses_are_limited"),
        Index(
            "uq_pod_invitation_invitee",
            "pod_id",
            "invitee_id",
            unique=True,
            postgresql_where=text("status = 'PENDING'"),
        ),
        Index(
            "uq_pod_invitation_address",
            "pod_id",
            "email",
            unique=True,
            postgresql_where=text("status = 'PENDING'"),
        ),
        Index("ix_pod_invitation_place", "pod_id", "created_at", "id"),
    )

    pod_id: UUID = Field(sa_column=Column(ForeignKey("pod.id", ondelete="CASCADE"), nullable=False))
    kind: PodInvitationKind
    # What they wrote goes with their account.
    inviter_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"),
            index=True,
            **owner(Fate.ANONYMISE, empties=("message",)),
        ),
    )
    invitee_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True, **ERASE),
    )
    email: str | None = Field(
        default=None,
        sa_column=Column(CITEXT, index=True, **owner(Fate.ERASE, names=("{email}",))),
    )
    code_selector: str | None = Field(
        default=None, max_length=16, unique=True, sa_column_kwargs=IMPERSONAL
    )
    code_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, **SECRET))
    message: str = Field(default="", sa_column_kwargs=PERSONAL)
    status: PodInvitationStatus = PodInvitationStatus.PENDING
    max_uses: int = 1
    uses: int = 0
    expires_at: datetime = Field(sa_type=Timestamp, index=True)
