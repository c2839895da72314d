"""Root mutations of courses."""

import strawberry

from app.courses.mutations.coding import CodingMutation
from app.courses.mutations.courses import CourseMutation
from app.courses.mutations.curricula import CurriculumMutation
from app.courses.mutations.exchange import ExchangeMutation
from app.courses.mutations.exercises import ExerciseMutation
from app.courses.mutations.learning import LearningMutation
from app.courses.mutations.logs import LogMutation
from app.courses.mutations.practice import PracticeMutation
from app.courses.mutations.quizzes import QuizMutation
from app.courses.mutations.submissions import SubmissionMutation
from app.courses.mutations.trees import TreeMutation


@strawberry.type
class CoursesMutation(
    CourseMutation,
    TreeMutation,
    ExerciseMutation,
    LearningMutation,
    QuizMutation,
    SubmissionMutation,
    CodingMutation,
    PracticeMutation,
    LogMutation,
    CurriculumMutation,
    ExchangeMutation,
):
    """Write courses, learn them, practise, and grade what was done."""
