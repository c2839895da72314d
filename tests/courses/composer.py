"""A model that writes what a test says, where the real one would be, and the jobs around it."""

from collections.abc import Callable, Generator, Mapping
from typing import Any
from uuid import UUID

import jsonschema

from app.core.ids import split_global
from app.core.jobs import Job
from app.core.resources import Resources
from tests.client import Api, Data, Payload
from tests.factories import Person, empty_outbox, waiting_jobs
from workers import generating
from workers.inference.language import ContextOverflow, ModelOutputError

WISH = {
    "topic": "Photosynthesis",
    "level": "BEGINNER",
    "targetLevel": "INTERMEDIATE",
    "goals": ["Understand leaves"],
    "timelineWeeks": 2,
    "preferences": {"sessionMinutes": 30, "focusAreas": ["pictures"], "difficulty": "EASY"},
}

TEXT = (
    "Light is taken up by chlorophyll, which stands in the leaves of a plant. Of water and carbon"
    " dioxide it makes sugar. What is left over is oxygen, and all animals breathe it."
)

_WORK: Mapping[str, Any] = {
    "courses.write_course": generating.write,
    "courses.word_proposal": generating.word,
    "courses.draw_certificate": generating.draw,
}

Answering = Callable[[str], Any]


class Composer:
    """Answers each kind of question in turn; an answer that is None is a model that fails."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.temperatures: list[float] = []
        self.failing = 0
        self.answers: dict[str, Answering] = {
            "modules": lambda _: "1. Light reactions\n2. Calvin cycle\n",
            "lessons": self._lessons,
            "text": lambda _: {"text": TEXT},
            "objectives": lambda _: {"objectives": ["Say it once more", "Draw it once more"]},
        }

    def _lessons(self, user: str) -> str:
        module = "Calvin" if "Calvin" in user.split("Module:")[1] else "Light"
        return "".join(f"{number}. {module} {number}\n" for number in (1, 2, 3))

    def stream_text(
        self, system: str, user: str, *, temperature: float, **_: Any
    ) -> Generator[str, None, None]:
        self.asked.append((system, user))
        self.temperatures.append(temperature)
        if self.failing:
            self.failing -= 1
            raise ContextOverflow(2, 1)
        yield from self.answers["lessons" if "\nModule: " in user else "modules"](user)

    def complete_json(
        self, system: str, user: str, schema: Mapping[str, Any], *, temperature: float, **_: Any
    ) -> Any:
        self.asked.append((system, user))
        self.temperatures.append(temperature)
        if self.failing:
            self.failing -= 1
            raise ModelOutputError("as the test says")
        [name] = schema["properties"]
        answer = self.answers[name](user)
        jsonschema.validate(answer, schema)
        return answer


async def generate(api: Api, person: Person, **wish: Any) -> Payload:
    """Order a course."""
    given = {"course": WISH | wish}
    return await api.mutate("courseGenerate", given, "course { id status title }", as_=person)


async def ordered(api: Api, person: Person, **wish: Any) -> tuple[str, UUID]:
    """The id and the key of a course that is being written."""
    course = (await generate(api, person, **wish)).ok()["course"]
    return course["id"], split_global(course["id"])[1]


async def run_jobs(resources: Resources, most: int = 100) -> int:
    """Do the jobs of courses until there are none; how many there were."""
    done = 0
    while done < most and (jobs := await waiting_jobs(resources)):
        await empty_outbox(resources)
        for name, arguments in jobs:
            job: Any = Job.registry[name].model_validate(arguments)
            await _WORK[name](resources, job)
            done += 1
    return done


TREE = """
    query ($id: ID!, $version: Int) {
        course(id: $id) {
            status estimatedHours
            generation { goals attempt done total notice }
            sections(first: 10) { nodes { title lessons(first: 10) { nodes {
                title status objectives estimatedMinutes
                exercises(first: 5) { nodes { __typename ... on MaterialExercise { body } } }
            } } } }
        }
        curriculum(courseId: $id, version: $version) {
            version status origin baseVersion notice
            nodes(first: 100) { totalCount nodes {
                key kind path depth title minutes prerequisites parent { key }
                lesson { title } section { title }
            } }
            modules { title children { title } }
        }
    }
"""


async def tree(api: Api, person: Person, id: str, version: int | None = None) -> Data:
    """A personal course with its curriculum, as its learner sees it."""
    return (await api.execute(TREE, {"id": id, "version": version}, as_=person)).ok()


def node(key: str, parent: str | None = None, **more: Any) -> Data:
    """A node of a curriculum, a module unless it has a parent."""
    kind = "MODULE" if parent is None else "LESSON"
    return {"key": key, "parent": parent, "kind": kind, "title": key.title(), **more}
