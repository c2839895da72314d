"""Who belongs to a pod, wants to, or may not."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE
from app.core.tables import MutableTable, Timestamp


class PodRole(StrEnum):
    """What a member may do, from the highest role to the lowest."""

    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    MEMBER = "member"


class PodMemberStatus(StrEnum):
    """How somebody stands to a pod."""

    ACTIVE = "active"
    PENDING = "pending"
    BANNED = "banned"


class PodMember(MutableTable, table=True):
    """Somebody in a pod; the row goes when they leave, and stays while they are banned."""

    __tablename__ = "pod_member"
    __table_args__ = (
        UniqueConstraint("pod_id", "user_id"),
        Index("ix_pod_member_user_id_status", "user_id", "status"),
        Index("ix_pod_member_place", "pod_id", "status", "created_at", "id"),
        CheckConstraint("role = 'MEMBER' OR status = 'ACTIVE'", name="only_members_have_roles"),
        CheckConstraint(
            "(status = 'ACTIVE') = (joined_at IS NOT NULL)", name="joined_while_active"
        ),
    )

    pod_id: UUID = Field(sa_column=Column(ForeignKey("pod.id", ondelete="CASCADE"), nullable=False))
    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    role: PodRole = PodRole.MEMBER
    status: PodMemberStatus = PodMemberStatus.ACTIVE
    joined_at: datetime | None = Field(default=None, sa_type=Timestamp)
