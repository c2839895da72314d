"""A course with all that is in it, as it goes from one system to another."""

from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from app.courses.service.contents import Lines, Text, Title
from app.courses.service.exercises import ExerciseData


class LessonTree(BaseModel):
    """A lesson with its exercises, in their order."""

    title: Title
    description: Text | None = None
    objectives: Lines = Field(default_factory=list)
    exercises: list[ExerciseData] = Field(default_factory=list, max_length=100)


class SectionTree(BaseModel):
    """A section with its lessons, in their order."""

    title: Title
    description: Text | None = None
    lessons: list[LessonTree] = Field(default_factory=list, max_length=10_000)


class CourseTree(BaseModel):
    """A course with its sections, in their order."""

    title: Title
    description: Text = ""
    language: str = "en"
    sections: list[SectionTree] = Field(default_factory=list, max_length=1000)


@dataclass(frozen=True)
class Left:
    """What was left out: its title in the file, and why."""

    what: str
    why: str


@dataclass
class Found:
    """What was read, and what wasn't."""

    tree: CourseTree
    left: list[Left] = field(default_factory=list)


class PackageUnreadable(Exception):
    """The file isn't a package, or one that means harm; the message is for people."""
