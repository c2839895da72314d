"""How users like to study, when they are reminded, and who sees what of them."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field

from app.accounts.models import Audience, LearningStyle
from app.accounts.store import profiles as store
from app.core.errors import InvalidInput
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_WEEK_MINUTES: Final = 7 * 24 * 60
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _time(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise ValueError("A time of day is written as HH:MM, from 00:00 to 23:59.")
    return value


class ReminderData(BaseModel):
    """What changes of the reminders: what is given. None is no reminder."""

    minutes_before: int | None = Field(default=None, ge=0, le=_WEEK_MINUTES)
    daily_at: Annotated[str, AfterValidator(_time)] | None = None


class PrivacyData(BaseModel):
    """What changes of who sees what: what is given."""

    profile: Audience = Audience.NOBODY
    email: Audience = Audience.NOBODY
    institution: Audience = Audience.NOBODY
    location: Audience = Audience.NOBODY
    birth_date: Audience = Audience.NOBODY
    read_receipts: Audience = Audience.NOBODY
    leaderboard: Audience = Audience.NOBODY


class PreferencesData(BaseModel):
    """What changes of the preferences: what is given. None takes the learning style away."""

    session_minutes: int = Field(default=60, ge=5, le=720)
    learning_style: LearningStyle | None = None
    reminders: ReminderData = ReminderData()
    privacy: PrivacyData = PrivacyData()


async def update(uow: UnitOfWork, viewer: Viewer, data: PreferencesData) -> None:
    """Change what is given and nothing else, so that two changes at once lose nothing."""
    values: dict[str, Any] = data.model_dump(exclude_unset=True)
    reminders = values.pop("reminders", {})
    privacy = values.pop("privacy", {})
    values |= {f"reminder_{name}": value for name, value in reminders.items()}
    values |= {f"{name}_audience": value for name, value in privacy.items()}
    if not values:
        raise InvalidInput("Give at least one thing to change.", field=("input",))
    await store.change_user(uow.session, viewer.user_id, values)
