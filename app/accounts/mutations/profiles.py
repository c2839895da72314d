"""Say something of oneself, and who may see it."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from app.accounts.models import Audience, EducationLevel, LearningStyle
from app.accounts.service import preferences, profiles
from app.accounts.types.viewer import Viewer
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global


def _given(description: str) -> Any:
    """What stays as it is unless it is given."""
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What changes of a profile. What isn't given stays; null clears.")
class ProfileUpdateInput:
    """Each on its own."""

    first_name: str | None = _given("The given name: 1 to 128 characters. It can't be cleared.")
    last_name: str | None = _given("The family name: 1 to 128 characters.")
    avatar_url: str | None = _given(
        "Where the picture is: an address that begins with https, at most 1,024 characters."
    )
    bio: str | None = _given("A text about the user, plain: 1 to 2,000 characters.")
    birth_date: date | None = _given("The day of birth, not in the future.")
    education_level: EducationLevel | None = _given("How far the education has come.")
    institution: str | None = _given("The school or university: 1 to 255 characters.")
    major: str | None = _given("What is studied there: 1 to 255 characters.")
    graduation_year: int | None = _given(
        "The year in which that ends, or ended: from 1900 to twenty years from now."
    )
    location: str | None = _given("Where the user is: 1 to 255 characters.")
    address: str | None = _given("Street and house, for nobody else: 1 to 1,024 characters.")
    city: str | None = _given("The address's city: 1 to 256 characters.")
    state: str | None = _given("The address's state or province: 1 to 256 characters.")
    postal_code: str | None = _given("The address's postal code: 1 to 50 characters.")
    country_id: strawberry.ID | None = _given("The country that the user lives in.")
    time_zone: str | None = _given(
        "The name of a time zone in the IANA database, such as `Europe/Berlin`. It can't be"
        " cleared."
    )
    language: str | None = _given(
        "The BCP 47 tag of a language, such as `pt` or `pt-BR`. It can't be cleared."
    )


@strawberry.input(description="What changes of the reminders. What isn't given stays.")
class ReminderSettingsInput:
    """Each on its own."""

    minutes_before: int | None = _given(
        "So many minutes before something begins, at most a week; null for no reminder."
    )
    daily_at: str | None = _given(
        "The time of the daily reminder to study, as HH:MM in the viewer's time zone; null for"
        " none."
    )


@strawberry.input(
    description="What changes of who sees what. What isn't given stays; nothing can be cleared."
)
class PrivacySettingsInput:
    """Each on its own."""

    profile: Audience | None = _given("Who sees the profile.")
    email: Audience | None = _given("Who of those sees the e-mail address in it.")
    institution: Audience | None = _given("Who of those sees the institution in it.")
    location: Audience | None = _given("Who of those sees the location in it.")
    birth_date: Audience | None = _given("Who of those sees the birth date in it.")
    read_receipts: Audience | None = _given(
        "Who sees how far the viewer has read in a conversation: nobody, or those who are in it."
    )
    leaderboard: Audience | None = _given("Who of those sees the viewer on leaderboards.")


@strawberry.input(description="What changes of the preferences. What isn't given stays.")
class PreferencesUpdateInput:
    """Each on its own."""

    session_minutes: int | None = _given(
        "How long a session usually is: 5 to 720 minutes. It can't be cleared."
    )
    learning_style: LearningStyle | None = _given("How the viewer learns best; null clears.")
    reminders: ReminderSettingsInput | None = _given("When the viewer is reminded.")
    privacy: PrivacySettingsInput | None = _given("Who sees what of the viewer.")


@strawberry.type(description="The viewer after a change.")
class _ViewerPayload:
    viewer: Viewer | None = edge("viewer_key", "The viewer.")
    viewer_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `profileUpdate`.")
class ProfileUpdatePayload(_ViewerPayload):
    """The viewer."""


@strawberry.type(description="The answer to `preferencesUpdate`.")
class PreferencesUpdatePayload(_ViewerPayload):
    """The viewer."""


@strawberry.type(description="The answer to `onboardingComplete`.")
class OnboardingCompletePayload(_ViewerPayload):
    """The viewer."""


def _parts(given: PreferencesUpdateInput) -> dict[str, Any]:
    """What is given of the parts that have parts."""
    return {
        name: {key: each for key, each in vars(part).items() if each is not strawberry.UNSET}
        for name, part in (("reminders", given.reminders), ("privacy", given.privacy))
        if part
    }


@strawberry.type
class ProfilesMutation:
    """Say something of oneself, and who may see it."""

    @mutation(SIGNED_IN)
    async def profile_update(self, info: Info, input: ProfileUpdateInput) -> ProfileUpdatePayload:
        """Change the viewer's profile: what is given, and nothing else."""
        more = {"country_id": from_global("cty", input.country_id)} if input.country_id else {}
        data = to_data(profiles.ProfileData, input, **more)
        async with info.context.begin() as uow:
            await profiles.update(uow, info.context.me, data)
        return ProfileUpdatePayload(viewer_key=info.context.me.user_id)

    @mutation(SIGNED_IN)
    async def preferences_update(
        self, info: Info, input: PreferencesUpdateInput
    ) -> PreferencesUpdatePayload:
        """Change the viewer's preferences: what is given, and nothing else. What the viewer is
        notified of belongs to notifications.
        """
        data = to_data(preferences.PreferencesData, input, **_parts(input))
        async with info.context.begin() as uow:
            await preferences.update(uow, info.context.me, data)
        return PreferencesUpdatePayload(viewer_key=info.context.me.user_id)

    @mutation(SIGNED_IN)
    async def onboarding_complete(self, info: Info) -> OnboardingCompletePayload:
        """Note that the viewer has been shown around. Again, the first time stays."""
        async with info.context.begin() as uow:
            await profiles.complete_onboarding(uow, info.context.me)
        return OnboardingCompletePayload(viewer_key=info.context.me.user_id)
