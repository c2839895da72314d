"""What the schema shows of curricula."""

from datetime import datetime

from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, edge, items, pages, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import CurriculumOrigin, CurriculumStatus, NodeKind
from app.courses.service.arranging import MOST_BELOW
from app.courses.types.courses import Course, Lesson, Section

describe(
    CurriculumOrigin,
    "How a version of a curriculum came about.",
    {
        CurriculumOrigin.GENERATED: "A model wrote it.",
        CurriculumOrigin.WRITTEN: "Somebody saved it.",
        CurriculumOrigin.ADAPTED: "It was made of how its learner does.",
    },
)
describe(
    CurriculumStatus,
    "What a version of a curriculum is good for.",
    {
        CurriculumStatus.WRITING: "A model is writing it.",
        CurriculumStatus.SAVED: "The course followed it when it was saved.",
        CurriculumStatus.PROPOSED: "It can be followed: save it, with its version as the base.",
        CurriculumStatus.ACCEPTED: "A proposal that was followed.",
    },
)
describe(
    NodeKind,
    "What a node of a curriculum is.",
    {
        NodeKind.MODULE: "A part, with modules or lessons below it.",
        NodeKind.LESSON: "What is learned in one go, with nothing below it.",
    },
)


def _children(
    _: Asker, child: type[models.CurriculumNode], node: type[models.CurriculumNode]
) -> Rows:
    # Who sees a node sees those below it.
    return Rows(col(child.parent_id) == node.id, Order("children", ("place",)), visible=true())


def _nodes(
    _: Asker, node: type[models.CurriculumNode], curriculum: type[models.Curriculum]
) -> Rows:
    return Rows(
        col(node.curriculum_id) == curriculum.id, Order("nodes", ("place", "id")), visible=true()
    )


def _modules(
    _: Asker, node: type[models.CurriculumNode], curriculum: type[models.Curriculum]
) -> Rows:
    top: ColumnElement[bool] = col(node.parent_id).is_(None)
    return Rows(
        (col(node.curriculum_id) == curriculum.id) & top, Order("modules", ("place",)),
        visible=true(),
    )  # fmt: skip


@reads(
    models.CurriculumNode,
    visible=policy.visible_node,
    description="A module or a lesson of a curriculum.",
)
class CurriculumNode(Node):
    """At its place in the tree."""

    prefix = "cun"

    key: str = column("What it is known by in every version of the curriculum.")
    kind: NodeKind = column("What it is.")
    path: str = column("The numbers that lead to it from the top, from 1 on: `1.2.3`.")
    depth: int = column("How many nodes stand above it.")
    position: int = column("Its place among those with the same parent, from 0 on.")
    title: str = column("What it is called.")
    description: str | None = column("What it is about.")
    objectives: list[str] = column("What its learners will be able to do.")
    minutes: int = column("How long it takes, in minutes, as it was planned.")
    prerequisites: list[str] = column("The keys of what has to be learned before.")
    parent: "CurriculumNode | None" = edge(
        "parent_id", "What it stands below; null at the top.", visible=true()
    )
    children: "list[CurriculumNode]" = items(
        _children, "What stands below it, in its order.", most=MOST_BELOW
    )
    section: Section | None = edge("section_id", "The section that a module became.")
    lesson: Lesson | None = edge("lesson_id", "The lesson that it became.")


@reads(
    models.Curriculum,
    visible=policy.visible_curriculum,
    description="What a course teaches, as a tree: one version of it.",
)
class Curriculum(Node):
    """Versions are numbered from 1 on; saving makes the next one."""

    prefix = "crm"

    version: int = column("Its number.")
    status: CurriculumStatus = column("What it is good for.")
    origin: CurriculumOrigin = column("How it came about.")
    base_version: int | None = column("The version that it was made from.")
    notice: str | None = column("What a model couldn't deliver, or what of it was left out.")
    created_at: datetime = column("When it was made.")
    course: Course | None = edge("course_id", "The course.")
    nodes: Connection[CurriculumNode] = pages(
        _nodes, "All nodes as a flat list, each behind its parent; 500 at most."
    )
    modules: list[CurriculumNode] = items(
        _modules, "The modules at the top, in their order.", most=MOST_BELOW
    )
