"""What users say of themselves."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, StringConstraints

from app.accounts import locales
from app.accounts.models import EducationLevel
from app.accounts.store import profiles as store
from app.core.addresses import PublicAddress
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.text import line, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

# The oldest person whose age is proven reached 122.
_OLDEST_YEARS: Final = 123
_LATEST_GRADUATION_YEARS: Final = 20


def _birth_date(value: date) -> date:
    today = now().date()
    if value > today:
        raise ValueError("A birth date isn't in the future.")
    if value.year < today.year - _OLDEST_YEARS:
        raise ValueError("Nobody who was born then is alive.")
    return value


def _graduation_year(value: int) -> int:
    latest = now().year + _LATEST_GRADUATION_YEARS
    if not 1900 <= value <= latest:
        raise ValueError(f"A year of graduation is between 1900 and {latest}.")
    return value


Name = Annotated[str, AfterValidator(line(128))]
Line = Annotated[str, AfterValidator(line(255))]
Place = Annotated[str, AfterValidator(line(256))]


class ProfileData(BaseModel):
    """What changes of a profile: what is given. None takes away what can be missing."""

    first_name: Name = ""
    last_name: Name | None = None
    avatar_url: Annotated[PublicAddress, StringConstraints(max_length=1024)] | None = None
    bio: Annotated[str, AfterValidator(text(2000))] | None = None
    birth_date: Annotated[date, AfterValidator(_birth_date)] | None = None
    education_level: EducationLevel | None = None
    institution: Line | None = None
    major: Line | None = None
    graduation_year: Annotated[int, AfterValidator(_graduation_year)] | None = None
    location: Line | None = None
    address: Annotated[str, AfterValidator(line(1024))] | None = None
    city: Place | None = None
    state: Place | None = None
    postal_code: Annotated[str, AfterValidator(line(50))] | None = None
    country_id: UUID | None = None
    time_zone: Annotated[str, AfterValidator(locales.time_zone)] = ""
    language: Annotated[str, AfterValidator(locales.language)] = ""


async def update(uow: UnitOfWork, viewer: Viewer, data: ProfileData) -> None:
    """Change what is given and nothing else, so that two changes at once lose nothing."""
    values: dict[str, Any] = data.model_dump(exclude_unset=True)
    if not values:
        raise InvalidInput("Give at least one thing to change.", field=("input",))
    if not await store.change_user(uow.session, viewer.user_id, values):
        raise NotFound("There is no such country.", field=("input", "countryId"))


async def complete_onboarding(uow: UnitOfWork, viewer: Viewer) -> None:
    """Note that the user has been shown around; the first time counts."""
    await store.complete_onboarding(uow.session, viewer.user_id)
