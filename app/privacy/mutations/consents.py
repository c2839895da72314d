"""Root mutations of consents."""

from uuid import UUID

import strawberry

from app.accounts.models import ConsentPurpose
from app.accounts.service import consents
from app.accounts.types.viewer import Consent
from app.core.access import IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge


@strawberry.input(description="An answer to one purpose.")
class ConsentSetInput:
    """Yes or no."""

    purpose: ConsentPurpose = strawberry.field(description="What it is about.")
    granted: bool = strawberry.field(description="Whether you agree.")


@strawberry.type(description="The answer to `consentSet`.")
class ConsentSetPayload:
    """The consent."""

    consent: Consent | None = edge("consent_key", "What counts now.")
    consent_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type
class ConsentsMutation:
    """Agree, or no longer."""

    @mutation(IN_PERSON)
    async def consent_set(self, info: Info, input: ConsentSetInput) -> ConsentSetPayload:
        """Agree to a purpose or withdraw. Withdrawing AI processing stops transcription at once,
        also of what was recorded and isn't text yet.
        """
        async with info.context.begin() as uow:
            consent = await consents.set_consent(uow, info.context.me, input.purpose, input.granted)
        return ConsentSetPayload(consent_key=consent.id)
