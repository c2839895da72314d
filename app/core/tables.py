"""What all tables share: names, keys, times, and the mark on personal data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, MetaData, func
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.ids import new_id

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Timestamp: Any = DateTime(timezone=True)

# Export, deletion and redaction work from this mark on the column.
PERSONAL: dict[str, Any] = {"info": {"personal": True}}

# What `Envelope` sealed; a change of the master key has it sealed anew.
SEALED: dict[str, Any] = {"info": {"sealed": True}}


class Table(SQLModel):
    """A table with a UUIDv7 key and the time of creation."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(
        default_factory=now, sa_type=Timestamp, sa_column_kwargs={"server_default": func.now()}
    )


class MutableTable(Table):
    """A table whose rows change after they were made."""

    updated_at: datetime = Field(
        default_factory=now,
        sa_type=Timestamp,
        sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()},
    )
