"""Root mutations of courses."""

import strawberry

from app.courses.mutations.courses import CourseMutation
from app.courses.mutations.exercises import ExerciseMutation
from app.courses.mutations.submissions import SubmissionMutation
from app.courses.mutations.trees import TreeMutation


@strawberry.type
class CoursesMutation(CourseMutation, TreeMutation, ExerciseMutation, SubmissionMutation):
    """Write courses, hand in what they ask for, and grade it."""
