"""How people like to study with others.

What accounts, consents and reference data keep of it is changed there.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from app.accounts import locales
from app.accounts.models import ConsentPurpose, LearningStyle
from app.accounts.service import consents, preferences, profiles
from app.accounts.store.users import lock_user
from app.buddies.models import DEFAULT_MAX_BUDDIES, Collaboration, StudyPace, StudyTime
from app.buddies.store import preferences as store
from app.classes.models import Weekday
from app.core.errors import DomainError, InvalidInput
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.models import CourseLevel
from app.reference.service import people

MOST_TIMES: Final = 50
MOST_SUBJECTS: Final = 100
_DAY: Final = 1440


class StudyTimeData(BaseModel):
    """A part of a day at which somebody can study every week, in minutes from midnight."""

    weekday: Weekday
    starts_minute: Annotated[int, Field(ge=0, lt=_DAY)]
    ends_minute: Annotated[int, Field(gt=0, le=_DAY)]

    @model_validator(mode="after")
    def _forward(self) -> "StudyTimeData":
        if self.ends_minute <= self.starts_minute:
            raise ValueError("A time has to end after it begins: past midnight is the next day.")
        return self


def _apart(times: list[StudyTimeData]) -> list[StudyTimeData]:
    days = list(Weekday)
    ordered = sorted(times, key=lambda each: (days.index(each.weekday), each.starts_minute))
    for before, after in pairwise(ordered):
        if before.weekday is after.weekday and after.starts_minute < before.ends_minute:
            raise ValueError(f"Two times on {before.weekday.value.capitalize()} overlap.")
    return ordered


class StudySubjectData(BaseModel):
    """A subject that somebody studies, and how far they are."""

    subject_id: UUID
    level: CourseLevel | None = None


class StudyPreferencesData(BaseModel):
    """What changes: what is given. None takes away what can be missing."""

    availability: Annotated[
        list[StudyTimeData], Field(max_length=MOST_TIMES), AfterValidator(_apart)
    ] = Field(default_factory=list)
    subjects: Annotated[list[StudySubjectData], Field(max_length=MOST_SUBJECTS)] = Field(
        default_factory=list
    )
    time_zone: Annotated[str, AfterValidator(locales.time_zone)] = ""
    learning_style: LearningStyle | None = None
    pace: StudyPace | None = None
    collaboration: Collaboration | None = None
    max_buddies: Annotated[int, Field(ge=0, le=50)] = DEFAULT_MAX_BUDDIES
    findable: bool = True
    ai_listening: bool = False
    recording: bool = False


_CONSENTS: Final = {
    "ai_listening": ConsentPurpose.AI_PROCESSING,
    "recording": ConsentPurpose.RECORDING,
}
_OWN: Final = frozenset(("pace", "collaboration", "max_buddies", "findable"))


async def update(uow: UnitOfWork, viewer: Viewer, data: StudyPreferencesData) -> None:
    """Change what is given and nothing else; the times and the subjects that are given are all.

    A smaller number of buddies ends nothing: there are no new ones until it is kept.
    """
    given: dict[str, Any] = {name: getattr(data, name) for name in data.model_fields_set}
    if not given:
        raise InvalidInput("Give at least one thing to change.", field=("input",))
    await lock_user(uow.session, viewer.user_id)
    if "time_zone" in given:
        zone = profiles.ProfileData(time_zone=data.time_zone)
        await profiles.update(uow, viewer, zone)
    if "learning_style" in given:
        style = preferences.PreferencesData(learning_style=data.learning_style)
        await preferences.update(uow, viewer, style)
    for name, purpose in _CONSENTS.items():
        if name in given:
            await consents.set_consent(uow, viewer, purpose, given[name])
    if "subjects" in given:
        await _study(uow, viewer, data.subjects)
    if "availability" in given:
        times = [
            StudyTime(user_id=viewer.user_id, **each.model_dump()) for each in data.availability
        ]
        await store.replace_times(uow.session, viewer.user_id, times)
    own = {name: value for name, value in given.items() if name in _OWN}
    if own:
        await store.save(uow.session, viewer.user_id, own)


async def _study(uow: UnitOfWork, viewer: Viewer, wanted: Sequence[StudySubjectData]) -> None:
    """These are all the subjects that the viewer studies."""
    keys = [each.subject_id for each in wanted]
    known = await store.subjects(uow.session, viewer.user_id)
    for gone in known.keys() - set(keys):
        await people.remove_subject(uow, viewer, gone)
    for place, key in enumerate(keys):
        field = ("input", "subjects", str(place), "subjectId")
        if key in keys[:place]:
            raise InvalidInput("This subject is there twice.", field=field)
        if key not in known:
            try:
                await people.add_subject(uow, viewer, key)
            except DomainError as error:
                raise type(error)(error.text, field=field) from None
    rows = await store.subjects(uow.session, viewer.user_id)
    await store.replace_levels(uow.session, {rows[each.subject_id]: each.level for each in wanted})
