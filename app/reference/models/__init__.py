"""The tables of reference data."""

from app.reference.models.library import (
    AiModel,
    AiModelKind,
    AiModelStatus,
    PromptStatus,
    PromptTemplate,
)
from app.reference.models.places import (
    City,
    Country,
    Currency,
    Language,
    PlaceRelease,
    State,
    TimeZone,
)
from app.reference.models.plans import BillingInterval, SubscriptionPlan
from app.reference.models.taxonomy import Subject, Tag, TagCategory, TagGroup, TagTerm

__all__ = [
    "AiModel",
    "AiModelKind",
    "AiModelStatus",
    "BillingInterval",
    "City",
    "Country",
    "Currency",
    "Language",
    "PlaceRelease",
    "PromptStatus",
    "PromptTemplate",
    "State",
    "Subject",
    "SubscriptionPlan",
    "Tag",
    "TagCategory",
    "TagGroup",
    "TagTerm",
    "TimeZone",
]
