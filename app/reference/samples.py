"""Subjects, tags and plans that a newcomer finds."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from app.core.uow import UnitOfWork
from app.reference.models import (
    BillingInterval,
    Subject,
    SubscriptionPlan,
    Tag,
    TagCategory,
    TagGroup,
    TagTerm,
)

# Each category with its subjects.
SUBJECTS: Final[Mapping[str, Sequence[str]]] = {
    "Computer science": ("Algorithms", "Databases", "Programming", "Web development"),
    "Humanities": ("Economics", "Geography", "History", "Philosophy"),
    "Languages": ("English", "French", "Portuguese", "Spanish"),
    "Mathematics": ("Algebra", "Calculus", "Geometry", "Statistics"),
    "Natural sciences": ("Biology", "Chemistry", "Physics"),
}

# Each group with its categories, these with their tags, and those with their synonyms.
TAGS: Final[Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]] = {
    "Skills": {
        "Programming": {
            "JavaScript": ("ECMAScript", "JS"),
            "Python": (),
            "SQL": ("Structured Query Language",),
        },
        "Communication": {"Presenting": ("Public speaking",), "Writing": ()},
    },
    "Interests": {
        "Arts": {"Music": (), "Photography": ("Photos",)},
        "Science": {"Astronomy": (), "Robotics": ("Robots",)},
    },
}

_PREMIUM: Final = (
    ("premium-monthly", "Premium, by the month", BillingInterval.MONTH, Decimal("9.90")),
    ("premium-yearly", "Premium, by the year", BillingInterval.YEAR, Decimal("99.00")),
)
_FEATURES: Final = (
    "Four times as many answers from the tutor.",
    "Study sessions with up to a hundred people.",
    "Ten gigabytes for files.",
)


async def add_samples(uow: UnitOfWork) -> None:
    """Put them in; none of them may be there."""
    session = uow.session
    for filed_under, names in SUBJECTS.items():
        session.add(*[Subject(name=name, category=filed_under) for name in names])
    for group_name, categories in TAGS.items():
        group = TagGroup(name=group_name)
        session.add(group)
        await session.flush()
        for category_name, tags in categories.items():
            category = TagCategory(group_id=group.id, name=category_name)
            session.add(category)
            await session.flush()
            for place, (name, synonyms) in enumerate(tags.items()):
                tag = Tag(category_id=category.id, name=name, position=place)
                session.add(tag)
                await session.flush()
                session.add(TagTerm(term=name, tag_id=tag.id, synonym=False))
                session.add(*[TagTerm(term=word, tag_id=tag.id, synonym=True) for word in synonyms])
    for place, (code, name, interval, amount) in enumerate(_PREMIUM):
        session.add(
            SubscriptionPlan(
                code=code,
                name=name,
                description="For those who study every day.",
                amount=amount,
                currency_code="USD",
                interval=interval,
                trial_days=14,
                features=list(_FEATURES),
                ai_requests_per_day=200,
                storage_megabytes=10_240,
                session_participants=100,
                active=True,
                position=place,
            )
        )
    await session.flush()
