"""Root mutation of how people like to study with others."""

from typing import Any
from uuid import UUID

import strawberry

from app.accounts.models import LearningStyle
from app.buddies.models import Collaboration, StudyPace
from app.buddies.service import preferences as service
from app.buddies.types import StudyPreferences
from app.classes.models import Weekday
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.models import CourseLevel
from app.courses.mutations.inputs import errors
from app.reference.types.taxonomy import Subject


def _given(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A part of a day, every week, on the viewer's own clock.")
class StudyTimeInput:
    """Within one day."""

    weekday: Weekday = strawberry.field(description="The day.")
    starts_minute: int = strawberry.field(
        description="When it begins, in minutes from midnight: 0 to 1,439."
    )
    ends_minute: int = strawberry.field(
        description="When it ends, in minutes from midnight: later than that, at most 1,440."
    )


@strawberry.input(description="A subject that the viewer studies.")
class StudySubjectInput:
    """And how far they are."""

    subject_id: strawberry.ID = strawberry.field(description="The subject.")
    level: CourseLevel | None = strawberry.field(
        default=None, description="How far the viewer is in it, if they say so."
    )


@strawberry.input(
    description="What changes of how the viewer likes to study with others. What isn't given stays."
)
class StudyPreferencesUpdateInput:
    """Each on its own."""

    availability: list[StudyTimeInput] | None = _given(
        "All times at which the viewer can study: at most 50, of which no two overlap. It can't be"
        " null, but empty."
    )
    time_zone: str | None = _given(
        "The time zone of the viewer's profile, such as `Europe/Berlin`. It can't be cleared."
    )
    subjects: list[StudySubjectInput] | None = _given(
        "All subjects that the viewer studies, each once: at most 100. It can't be null, but empty."
    )
    learning_style: LearningStyle | None = _given("How the viewer learns best; null clears.")
    pace: StudyPace | None = _given("How fast the viewer likes to study; null clears.")
    collaboration: Collaboration | None = _given(
        "What the viewer likes to do together; null clears."
    )
    max_buddies: int | None = _given(
        "How many buddies the viewer wants at most: 0 to 50. It can't be cleared."
    )
    findable: bool | None = _given(
        "Whether the viewer is proposed to others on the same course. It can't be cleared."
    )
    ai_listening: bool | None = _given(
        "The viewer's answer to the consent `AI_PROCESSING`. It can't be cleared."
    )
    recording: bool | None = _given(
        "The viewer's answer to the consent `RECORDING`. It can't be cleared."
    )


@strawberry.type(description="The answer to `studyPreferencesUpdate`.")
class StudyPreferencesUpdatePayload:
    """The preferences."""

    preferences: StudyPreferences | None = edge("viewer_key", "How the viewer likes to study.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


def _lists(given: StudyPreferencesUpdateInput) -> dict[str, Any]:
    """What is given of the lists, as data."""
    made: dict[str, Any] = {}
    if given.availability:
        made["availability"] = [vars(each) for each in given.availability]
    if given.subjects:
        made["subjects"] = [
            {"subject_id": from_global(Subject.prefix, each.subject_id), "level": each.level}
            for each in given.subjects
        ]
    return made


@strawberry.type
class StudyPreferencesMutation:
    """Say how one likes to study."""

    @mutation(SIGNED_IN)
    async def study_preferences_update(
        self, info: Info, input: StudyPreferencesUpdateInput
    ) -> StudyPreferencesUpdatePayload:
        """Change how the viewer likes to study with others: what is given, and nothing else.
        Time zone, learning style, subjects and consents change wherever else they are shown.
        """
        data = to_data(service.StudyPreferencesData, input, **_lists(input))
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, data)
        return StudyPreferencesUpdatePayload(viewer_key=info.context.me.user_id)
