"""What premium costs and gives."""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Numeric
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from app.core.tables import MutableTable
from app.reference.models.taxonomy import saved_by


class BillingInterval(StrEnum):
    """How often a plan is paid for."""

    MONTH = "month"
    YEAR = "year"


class SubscriptionPlan(MutableTable, table=True):
    """A plan that people can subscribe to. A limit that is None isn't one."""

    __tablename__ = "subscription_plan"

    code: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=128)
    description: str = ""
    # With as many digits after the point as the currency has.
    amount: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    currency_code: str = Field(
        sa_column=Column(ForeignKey("currency.code"), nullable=False, index=True)
    )
    interval: BillingInterval
    trial_days: int = 0
    features: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    ai_requests_per_day: int | None = None
    storage_megabytes: int | None = None
    session_participants: int | None = None
    active: bool = False
    position: int = 0
    saved_by_id: UUID | None = saved_by()
