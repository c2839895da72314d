"""The life of a course: which step is possible in which state, and where it leads."""

from enum import StrEnum
from typing import Final

from app.courses.models import CourseStatus


class CourseStep(StrEnum):
    """What can be done with a course."""

    EDIT = "edit"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    DUPLICATE = "duplicate"
    DELETE = "delete"
    RETRY = "retry"
    FINISH = "finish"
    FAIL = "fail"
    COMPLETE = "complete"


# From which states each step is possible, and the state after it; None if it stays as it is.
# What a model is writing is left alone until it has finished. What was published has learners:
# it is archived, and never a draft again.
STEPS: Final[dict[CourseStep, tuple[frozenset[CourseStatus], CourseStatus | None]]] = {
    CourseStep.EDIT: (
        frozenset(
            {
                CourseStatus.DRAFT,
                CourseStatus.ERROR,
                CourseStatus.PUBLISHED,
                CourseStatus.ACTIVE,
                CourseStatus.PAUSED,
            }
        ),
        None,
    ),
    CourseStep.PUBLISH: (
        frozenset({CourseStatus.DRAFT, CourseStatus.ERROR, CourseStatus.ARCHIVED}),
        CourseStatus.PUBLISHED,
    ),
    CourseStep.ARCHIVE: (
        frozenset(set(CourseStatus) - {CourseStatus.GENERATING, CourseStatus.ARCHIVED}),
        CourseStatus.ARCHIVED,
    ),
    CourseStep.DUPLICATE: (frozenset(set(CourseStatus) - {CourseStatus.GENERATING}), None),
    CourseStep.DELETE: (frozenset({CourseStatus.DRAFT, CourseStatus.ERROR}), None),
    # Of a personal course: a model goes on with it, has finished it, has failed; its learner is
    # through with it.
    CourseStep.RETRY: (frozenset({CourseStatus.ERROR}), CourseStatus.GENERATING),
    CourseStep.FINISH: (frozenset({CourseStatus.GENERATING}), CourseStatus.ACTIVE),
    CourseStep.FAIL: (frozenset({CourseStatus.GENERATING}), CourseStatus.ERROR),
    CourseStep.COMPLETE: (
        frozenset({CourseStatus.ACTIVE, CourseStatus.PAUSED}),
        CourseStatus.COMPLETED,
    ),
}


def allows(status: CourseStatus, step: CourseStep) -> bool:
    """Whether a course in this state can take a step."""
    return status in STEPS[step][0]


def after(status: CourseStatus, step: CourseStep) -> CourseStatus:
    """The state that a possible step leads to."""
    return STEPS[step][1] or status
