"""The tables of courses."""

from app.courses.models.coding import (
    CodingFailure,
    CodingSubmission,
    CodingSubmissionKind,
    CodingSubmissionStatus,
    CodingTestResult,
)
from app.courses.models.cohorts import Cohort, CohortLesson, CohortMember
from app.courses.models.courses import (
    Course,
    CourseLevel,
    CourseStatus,
    Lesson,
    LessonStatus,
    Section,
)
from app.courses.models.exercises import (
    CodingCompletion,
    CodingLanguage,
    CodingMode,
    CodingOutput,
    CodingTest,
    Exercise,
    ExerciseKind,
    QuestionKind,
    QuizOption,
    QuizQuestion,
    SubmissionKind,
)
from app.courses.models.progress import (
    CourseProgress,
    ExerciseProgress,
    LessonProgress,
    QuizAnswer,
    QuizAttempt,
)
from app.courses.models.submissions import AssignmentSubmission, SubmissionStatus

__all__ = [
    "AssignmentSubmission",
    "CodingCompletion",
    "CodingFailure",
    "CodingLanguage",
    "CodingMode",
    "CodingOutput",
    "CodingSubmission",
    "CodingSubmissionKind",
    "CodingSubmissionStatus",
    "CodingTest",
    "CodingTestResult",
    "Cohort",
    "CohortLesson",
    "CohortMember",
    "Course",
    "CourseLevel",
    "CourseProgress",
    "CourseStatus",
    "Exercise",
    "ExerciseKind",
    "ExerciseProgress",
    "Lesson",
    "LessonProgress",
    "LessonStatus",
    "QuestionKind",
    "QuizAnswer",
    "QuizAttempt",
    "QuizOption",
    "QuizQuestion",
    "Section",
    "SubmissionKind",
    "SubmissionStatus",
]
