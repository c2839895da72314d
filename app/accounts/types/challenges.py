"""Challenges, as whoever has to meet them sees them."""

from datetime import datetime
from typing import Self

import strawberry

from app.accounts.models import ChallengeKind, CodeChannel
from app.accounts.service.challenges import Posed
from app.core.graph.enums import describe

describe(
    CodeChannel,
    "How a code is sent.",
    {
        CodeChannel.EMAIL: "By letter to the confirmed e-mail address.",
        CodeChannel.SMS: "By text message to the confirmed number.",
    },
)
describe(
    ChallengeKind,
    "What meets a challenge.",
    {
        ChallengeKind.EMAIL_CODE: "The six digits that were sent by e-mail.",
        ChallengeKind.SMS_CODE: "The six digits that were sent by text message. As a second"
        " factor they are sent by `loginCodeSend` with the challenge's id.",
        ChallengeKind.TOTP: "The six digits that an authenticator shows.",
        ChallengeKind.RECOVERY_CODE: "One of the recovery codes.",
    },
)


@strawberry.type(description="Something to show before a device is signed in.")
class Challenge:
    """For `accountLoginWithCode`."""

    id: strawberry.ID = strawberry.field(
        description="An opaque token, known only to who was given it."
    )
    kinds: list[ChallengeKind] = strawberry.field(description="What meets it: any of these.")
    expires_at: datetime = strawberry.field(description="Until when it can be met.")

    @classmethod
    def of(cls, posed: Posed) -> Self:
        """From what the service posed."""
        return cls(
            id=strawberry.ID(posed.token), kinds=list(posed.kinds), expires_at=posed.expires_at
        )
