"""What the inputs of gamification have in common."""

from typing import Any

import strawberry

from app.gamification.models import Comparison, LearningMetric


@strawberry.input(description="What has to be reached.")
class CriterionInput:
    """A metric, compared with a threshold."""

    metric: LearningMetric = strawberry.field(description="What is measured.")
    comparison: Comparison = strawberry.field(
        default=Comparison.AT_LEAST, description="How that is compared with the threshold."
    )
    threshold: int = strawberry.field(description="How much it takes: 1 to 100,000,000.")
    window_days: int | None = strawberry.field(
        default=None,
        description="Only what happened in so many days up to now, 1 to 3,660: for achievements,"
        " and neither for a level nor for a streak.",
    )


def errors() -> Any:
    """The `errors` of a payload."""
    return strawberry.field(default_factory=list, description="Why nothing changed.")


def values_of(criterion: CriterionInput) -> dict[str, Any]:
    """A criterion as data."""
    return dict(vars(criterion))
