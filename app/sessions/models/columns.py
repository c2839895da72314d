"""Columns that many tables of study sessions have."""

from typing import Any

from sqlalchemy import Column, ForeignKey
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import Text

from app.core.personal import Fate, owner
from app.core.tables import PERSONAL


def texts() -> Any:
    """Several lines of text."""
    return Column(postgresql.ARRAY(Text), nullable=False, server_default="{}", **PERSONAL)


def segments(fate: Fate, **more: Any) -> Any:
    """Keys of segments: what rests on somebody's words is theirs too."""
    mark = owner(fate, of="transcript_segment.id", **more)
    return Column(postgresql.ARRAY(postgresql.UUID), nullable=False, server_default="{}", **mark)


def session_key(*, primary: bool = False, index: bool = False, **mark: Any) -> Any:
    """The session that a row belongs to, and goes with."""
    return Column(
        ForeignKey("study_session.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary,
        index=index,
        **mark,
    )


def person(fate: dict[str, Any], *, needed: bool = False) -> Any:
    """A user: their rows go with them, or are nobody's then."""
    return Column(
        ForeignKey("user_account.id", ondelete="CASCADE" if needed else "SET NULL"),
        nullable=not needed,
        index=True,
        **fate,
    )
