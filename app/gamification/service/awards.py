"""XP by hand."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, field_validator

from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.gamification.models import XpKind
from app.gamification.service import ledger
from app.gamification.service.ledger import Earning

MOST = 100_000


class AwardData(BaseModel):
    """So many XP for somebody, or less than none; and why."""

    user_id: UUID
    amount: Annotated[int, Field(ge=-MOST, le=MOST)]
    reason: Annotated[str, AfterValidator(text(500))]

    @field_validator("amount")
    @classmethod
    def _something(cls, value: int) -> int:
        if value == 0:
            raise ValueError("Nothing is neither given nor taken.")
        return value


async def award(uow: UnitOfWork, viewer: Viewer, data: AwardData) -> None:
    """Give XP, or take some: never more than there is (`XpBelowZero`)."""
    earning = Earning(
        XpKind.AWARD,
        new_id(),
        now(),
        amount=data.amount,
        reason=data.reason,
        awarded_by=viewer.user_id,
    )
    if not await ledger.earn(uow, data.user_id, earning):
        raise NotFound(field=("input", "userId"))
    said = {"amount": data.amount, "reason": data.reason}
    uow.audit("xp.award", viewer.user_id, ("user", data.user_id), after=said)
