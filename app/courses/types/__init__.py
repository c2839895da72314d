"""What the schema shows of courses and what is in them."""

from app.courses.types.certificates import Certificate
from app.courses.types.coding import CodingSubmission
from app.courses.types.courses import Course, CourseId, Lesson, LessonId, Section, SectionId
from app.courses.types.curricula import Curriculum, CurriculumNode
from app.courses.types.exercises import Exercise, ExerciseId
from app.courses.types.generation import CourseGeneration
from app.courses.types.progress import CourseProgress
from app.courses.types.quizzes import QuizAttempt

__all__ = [
    "Certificate",
    "CodingSubmission",
    "Course",
    "CourseGeneration",
    "CourseId",
    "CourseProgress",
    "Curriculum",
    "CurriculumNode",
    "Exercise",
    "ExerciseId",
    "Lesson",
    "LessonId",
    "QuizAttempt",
    "Section",
    "SectionId",
]
