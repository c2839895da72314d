"""What the schema shows of how a personal course is generated."""

from app.core.graph.enums import describe
from app.core.graph.read.declare import column, reads
from app.courses import models, policy
from app.courses.models import Difficulty

describe(
    Difficulty,
    "How hard a learner wants a course to be.",
    {
        Difficulty.EASY: "Easy.",
        Difficulty.MODERATE: "As usual.",
        Difficulty.CHALLENGING: "Hard.",
    },
)


@reads(
    models.CourseGeneration,
    visible=policy.own_generation,
    key="course_id",
    description="What a personal course is generated from, and how far that is.",
)
class CourseGeneration:
    """Its learner alone sees it."""

    goals: list[str] = column("What the learner wants to reach.")
    focus_areas: list[str] = column("What there shall be more of.")
    session_minutes: int | None = column("How long the learner learns in one go, in minutes.")
    sessions_per_week: int | None = column("How often in a week.")
    difficulty: Difficulty | None = column("How hard it shall be.")
    attempt: int = column("How often a model began.")
    done: int = column("How many steps of this attempt are done.")
    total: int = column("How many there are, as far as it is known.")
    notice: str | None = column("Why the last attempt failed.")
