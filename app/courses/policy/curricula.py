"""Who sees curricula, how courses are generated, and certificates. Conditions for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_
from sqlmodel import col, select

from app.core.viewer import Asker
from app.courses.models import (
    Course,
    CourseGeneration,
    Curriculum,
    CurriculumNode,
)
from app.courses.policy.courses import teaches


def personal(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses that were made for the viewer."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(course.learner_id) == viewer.user_id
    return own


def visible_curriculum(
    viewer: Asker, curriculum: type[Curriculum] = Curriculum
) -> ColumnElement[bool]:
    """Curricula of courses that the viewer teaches, or that were made for them."""
    return exists(
        select(Course.id)
        .where(Course.id == curriculum.course_id, or_(teaches(viewer), personal(viewer)))
        .correlate(curriculum)
    )


def visible_node(viewer: Asker, node: type[CurriculumNode] = CurriculumNode) -> ColumnElement[bool]:
    """Nodes of curricula that the viewer sees."""
    return exists(
        select(Curriculum.id)
        .where(Curriculum.id == node.curriculum_id, visible_curriculum(viewer))
        .correlate(node)
    )


def own_generation(
    viewer: Asker, generation: type[CourseGeneration] = CourseGeneration
) -> ColumnElement[bool]:
    """What the viewer had generated."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(generation.learner_id) == viewer.user_id
    return own


def hears_generation(viewer: Asker, course_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is told how a course's generation goes."""
    return exists(select(Course.id).where(Course.id == course_id, personal(viewer)))
