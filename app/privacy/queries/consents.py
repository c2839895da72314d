"""Root queries of consents."""

import strawberry

from app.accounts.types.viewer import Consent, newest_consents
from app.core.access import SIGNED_IN
from app.core.graph.read.declare import gather


@strawberry.type
class ConsentsQuery:
    """What I agreed to."""

    consents: list[Consent] = gather(
        newest_consents,
        SIGNED_IN,
        "The viewer's answers that count, one for each purpose that they answered.",
        most=20,
    )
