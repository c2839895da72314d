"""Use of AI, counted."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.core.personal import ERASE


class AiPurpose(StrEnum):
    """What a request to a model is for."""

    SESSION_ANSWER = "session_answer"
    COURSE_GENERATION = "course_generation"
    CURRICULUM_ADAPTATION = "curriculum_adaptation"
    MATCH_REASON = "match_reason"


class AiUsage(SQLModel, table=True):
    """A user's requests and tokens of a day (UTC) for one purpose."""

    __tablename__ = "ai_usage"

    user_id: UUID = Field(
        foreign_key="user_account.id",
        primary_key=True,
        ondelete="CASCADE",
        sa_column_kwargs=ERASE,
    )
    day: date = Field(primary_key=True)
    purpose: AiPurpose = Field(primary_key=True)
    requests: int = 0
    tokens: int = 0
