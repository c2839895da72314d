"""What users say of themselves, who sees it, and how they like to study: columns of `User`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from app.core.tables import PERSONAL, Timestamp


class EducationLevel(StrEnum):
    """How far somebody's education has come."""

    HIGH_SCHOOL = "high_school"
    UNDERGRADUATE = "undergraduate"
    GRADUATE = "graduate"
    PROFESSIONAL = "professional"


class LearningStyle(StrEnum):
    """How somebody learns best."""

    VISUAL = "visual"
    AUDITORY = "auditory"
    KINESTHETIC = "kinesthetic"
    READING = "reading"
    MIXED = "mixed"


class Audience(StrEnum):
    """Who sees something of a user beside the user."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed_in"
    NOBODY = "nobody"


def _text(longest: int) -> Any:
    return Field(default=None, max_length=longest, sa_column_kwargs=PERSONAL)


def _seen_by(audience: Audience) -> Any:
    return Field(default=audience, sa_column_kwargs={"server_default": audience.name})


class Profile(SQLModel):
    """What users say of themselves. The address is for nobody else."""

    avatar_url: str | None = _text(1024)
    bio: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=PERSONAL)
    birth_date: date | None = Field(default=None, sa_column_kwargs=PERSONAL)
    major: str | None = _text(255)
    graduation_year: int | None = Field(default=None, sa_column_kwargs=PERSONAL)
    location: str | None = _text(255)
    country_id: UUID | None = Field(
        default=None, foreign_key="country.id", index=True, sa_column_kwargs=PERSONAL
    )
    address: str | None = _text(1024)
    city: str | None = _text(256)
    state: str | None = _text(256)
    postal_code: str | None = _text(50)
    onboarding_completed_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Preferences(SQLModel):
    """How users like to study, when they are reminded, and who sees what."""

    session_minutes: int = Field(default=60, sa_column_kwargs={"server_default": "60"})
    learning_style: LearningStyle | None = Field(default=None, sa_column_kwargs=PERSONAL)
    # None: without a reminder.
    reminder_minutes_before: int | None = Field(
        default=15, sa_column_kwargs={"server_default": "15"}
    )
    # HH:MM in the user's time zone.
    reminder_daily_at: str | None = Field(default=None, max_length=5, sa_column_kwargs=PERSONAL)
    profile_audience: Audience = _seen_by(Audience.SIGNED_IN)
    email_audience: Audience = _seen_by(Audience.NOBODY)
    institution_audience: Audience = _seen_by(Audience.SIGNED_IN)
    location_audience: Audience = _seen_by(Audience.SIGNED_IN)
    birth_date_audience: Audience = _seen_by(Audience.NOBODY)
    read_receipts_audience: Audience = _seen_by(Audience.SIGNED_IN)
    leaderboard_audience: Audience = _seen_by(Audience.SIGNED_IN)
