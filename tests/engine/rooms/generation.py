"""Curricula, generated courses and certificates."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from app.core.ids import to_global
from app.courses.models import NodeKind
from tests.engine.eyes import Eyes, Row, Rows, edge
from tests.engine.filling import Filling
from tests.engine.people import small
from tests.engine.room import Room
from tests.engine.rooms.courses import teaches

_COURSES = 12


def _sees_curriculum(eyes: Eyes, curriculum: Row) -> bool:
    course = eyes.rows.one("course", curriculum["course_id"])
    assert course is not None
    return teaches(eyes, course) or (eyes.me is not None and course["learner_id"] == eyes.me)


def _sees_node(eyes: Eyes, node: Row) -> bool:
    return eyes.sees("Curriculum", eyes.rows.one("curriculum", node["curriculum_id"]))


def _sees_generation(eyes: Eyes, generation: Row) -> bool:
    return eyes.me is not None and generation["learner_id"] == eyes.me


def _generation(rows: Rows, course: Row) -> Row | None:
    found = rows.where("course_generation", course_id=course["id"])
    return found[0] if found else None


def _nodes(rows: Rows, curriculum: Row) -> list[Row]:
    return list(rows.where("curriculum_node", curriculum_id=curriculum["id"]))


def _modules(rows: Rows, curriculum: Row) -> list[Row]:
    return [node for node in _nodes(rows, curriculum) if node["parent_id"] is None]


def _curricula(rows: Rows) -> Iterator[tuple[str, Any]]:
    for course in rows.tables["course"][:_COURSES]:
        versions = rows.where("curriculum", course_id=course["id"])
        id = to_global("crs", course["id"])
        kept = [each for each in versions if each["origin"] != "ADAPTED"]
        newest = max(kept, key=lambda each: each["version"], default=None)
        yield f'(courseId: "{id}")', lambda _, row=newest: row
        for each in versions[:2]:
            yield f'(courseId: "{id}", version: {each["version"]})', lambda _, row=each: row


def _certificates(rows: Rows) -> Iterator[tuple[str, Any]]:
    for row in rows.tables["certificate"]:
        yield f'(code: "{row["code"].lower()}")', lambda _, row=row: row


def _code(filling: Filling, _: Row) -> str:
    return "".join(filling.rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=20))


def _grouped(row: Row) -> str:
    code = row["code"]
    return "-".join(code[place : place + 5] for place in range(0, 20, 5))


def _parent(filling: Filling, row: Row) -> UUID | None:
    """A node of the same curriculum, one of those before it."""
    near = [
        each
        for each in filling.rows["curriculum_node"]
        if each["curriculum_id"] == row["curriculum_id"] and each["kind"] is NodeKind.MODULE
    ]
    return None if not near or filling.chance(0.4) else filling.one(near)["id"]


def _own_certificate(eyes: Eyes, course: Row) -> Row | None:
    found = eyes.rows.where("certificate", course_id=course["id"], holder_id=eyes.me)
    return found[0] if found and eyes.me is not None else None


def _generations(filling: Filling) -> Iterator[Row]:
    """Of each personal course, for its learner."""
    for course in filling.rows["course"]:
        if course["learner_id"] is not None:
            yield {"course_id": course["id"], "learner_id": course["learner_id"]}


ROOM = Room(
    own={("Course", "viewerCertificate"): _own_certificate},
    sees={
        "Curriculum": _sees_curriculum,
        "CurriculumNode": _sees_node,
        "CourseGeneration": _sees_generation,
        "Certificate": lambda _, __: True,
    },
    leads={
        ("Course", "generation"): _generation,
        ("Curriculum", "course"): edge("course", "course_id"),
        ("Curriculum", "nodes"): _nodes,
        ("Curriculum", "modules"): _modules,
        ("CurriculumNode", "parent"): edge("curriculum_node", "parent_id"),
        ("CurriculumNode", "children"): lambda rows, node: list(
            rows.where("curriculum_node", parent_id=node["id"])
        ),
        ("CurriculumNode", "section"): edge("course_section", "section_id"),
        ("CurriculumNode", "lesson"): edge("lesson", "lesson_id"),
    },
    nodes={"Curriculum": ("curriculum", "crm"), "CurriculumNode": ("curriculum_node", "cun")},
    keys={
        "Certificate": ("code", _grouped),
        "CourseGeneration": ("attempt", lambda row: row["attempt"]),
    },
    roots={"curriculum": _curricula, "certificate": _certificates},
    named={("Certificate", "code"): ("certificate", "code")},
    for_anyone=frozenset(("certificate",)),
    counts={"curriculum": 24, "curriculum_node": 150, "certificate": 12, "course_generation": 20},
    given={"course_generation": _generations},
    rules={
        "curriculum.version": lambda filling, _: filling.rng.randint(1, 9),
        "curriculum_node.parent_id": _parent,
        "curriculum_node.kind": lambda filling, _: (
            NodeKind.MODULE if filling.chance(0.4) else NodeKind.LESSON
        ),
        # A list of what stands below one has no more.
        "curriculum_node.place": lambda filling, _: filling.rng.randrange(50),
        "curriculum_node.position": small,
        "curriculum_node.depth": small,
        "certificate.code": _code,
        # What tells them apart.
        "course_generation.attempt": lambda filling, _: 1 + len(filling.rows["course_generation"]),
    },
)
