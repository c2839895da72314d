"""Files that people put into the object store."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field

from app.core.personal import ERASE, FILE, HIDDEN_FILE, IMPERSONAL
from app.core.tables import PERSONAL, Table, Timestamp


class FilePurpose(StrEnum):
    """What a file is for: this decides how large it may be, and of which types."""

    ASSIGNMENT = "assignment"
    CARTRIDGE = "cartridge"
    MESSAGE = "message"
    SESSION = "session"


class FileStatus(StrEnum):
    """How far an upload is."""

    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"


class ScanStatus(StrEnum):
    """What the malware scanner said."""

    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"


class StoredFile(Table, table=True):
    """A file of somebody's. It may be attached to one thing, once; one that isn't goes soon."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint(
            "(status = 'READY') = (type IS NOT NULL AND object_name IS NOT NULL)",
            name="ready_is_whole",
        ),
        CheckConstraint("claimed_at IS NULL OR status = 'READY'", name="ready_before_claimed"),
        CheckConstraint("scan <> 'INFECTED' OR status = 'REFUSED'", name="infected_is_refused"),
        Index("ix_stored_file_loose", "created_at", postgresql_where=text("claimed_at IS NULL")),
    )

    owner_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    purpose: FilePurpose
    name: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    # In bytes: as announced, and as it has to be.
    size: int
    status: FileStatus = FileStatus.PENDING
    # What its bytes are, as a media type.
    type: str | None = Field(default=None, max_length=100, sa_column_kwargs=IMPERSONAL)
    scan: ScanStatus = ScanStatus.NOT_SCANNED
    claimed_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # Where the upload arrives: whoever has the link can write there.
    incoming_name: str | None = Field(default=None, sa_column_kwargs=HIDDEN_FILE)
    # Where it is kept, once it was looked at; nobody else can write there.
    object_name: str | None = Field(default=None, unique=True, sa_column_kwargs=FILE)
