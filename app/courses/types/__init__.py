"""What the schema shows of courses and what is in them."""

from app.courses.types.coding import CodingSubmission
from app.courses.types.courses import Course, CourseId, Lesson, LessonId, Section, SectionId
from app.courses.types.exercises import Exercise, ExerciseId

__all__ = [
    "CodingSubmission",
    "Course",
    "CourseId",
    "Exercise",
    "ExerciseId",
    "Lesson",
    "LessonId",
    "Section",
    "SectionId",
]
