"""The tables of courses."""

from app.courses.models.certificates import Certificate
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
from app.courses.models.curricula import (
    Curriculum,
    CurriculumNode,
    CurriculumOrigin,
    CurriculumStatus,
    NodeKind,
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
from app.courses.models.generation import CourseGeneration, Difficulty
from app.courses.models.practice import (
    PersonalRecord,
    PracticeSession,
    PracticeStatus,
    PracticeType,
    ProgressActivity,
    ProgressLog,
    ProgressMetric,
    WeightUnit,
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
    "Certificate",
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
    "CourseGeneration",
    "CourseLevel",
    "CourseProgress",
    "CourseStatus",
    "Curriculum",
    "CurriculumNode",
    "CurriculumOrigin",
    "CurriculumStatus",
    "Difficulty",
    "Exercise",
    "ExerciseKind",
    "ExerciseProgress",
    "Lesson",
    "LessonProgress",
    "LessonStatus",
    "NodeKind",
    "PersonalRecord",
    "PracticeSession",
    "PracticeStatus",
    "PracticeType",
    "ProgressActivity",
    "ProgressLog",
    "ProgressMetric",
    "QuestionKind",
    "QuizAnswer",
    "QuizAttempt",
    "QuizOption",
    "QuizQuestion",
    "Section",
    "SubmissionKind",
    "SubmissionStatus",
    "WeightUnit",
]
