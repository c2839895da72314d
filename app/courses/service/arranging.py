"""The rules of a curriculum's tree: what stands where, and that nothing waits for itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from app.core.errors import DomainError, InvalidInput, InvalidInputs
from app.courses.errors import CurriculumCycle
from app.courses.models import NodeKind
from app.courses.service.contents import Lines, Minutes, Text, Title

MOST_NODES = 500
# How many stand below one node, or at the top; and how many levels there are.
MOST_BELOW = 50
DEEPEST = 5

Key = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]*$", max_length=64)]


class NodeData(BaseModel):
    """A node. Those with the same parent stand in the order in which they are given."""

    key: Key
    parent: Key | None = None
    kind: NodeKind
    title: Title
    description: Text | None = None
    objectives: Lines = Field(default_factory=list)
    minutes: Minutes = 0
    prerequisites: Annotated[list[Key], Field(max_length=20)] = Field(default_factory=list)


@dataclass(frozen=True)
class Placed:
    """A node at its place: `position` among its siblings, from 0 on; `depth` from 0 on too."""

    data: NodeData
    position: int
    depth: int
    path: str


def arrange(nodes: Sequence[NodeData]) -> list[Placed]:
    """The nodes at their places, parents first.

    `InvalidInputs` with the path to each value at fault; `CurriculumCycle` for what would have
    to be learned before itself.
    """
    wrong = list(_misplaced(nodes))
    if wrong:
        raise InvalidInputs(wrong)
    below: dict[str | None, list[NodeData]] = {}
    for node in nodes:
        below.setdefault(node.parent, []).append(node)
    placed: list[Placed] = []

    def place(parent: str | None, path: str, depth: int) -> None:
        for position, node in enumerate(below.get(parent, ())):
            here = f"{path}{position + 1}"
            placed.append(Placed(node, position, depth, here))
            place(node.key, f"{here}.", depth + 1)

    place(None, "", 0)
    _check_order(nodes)
    return placed


def without_cycles(nodes: Iterable[NodeData]) -> tuple[list[NodeData], int]:
    """The nodes with those prerequisites that hold, and how many were left out."""
    given = list(nodes)
    parents = {node.key: node.parent for node in given}
    kept: dict[str, list[str]] = {node.key: [] for node in given}
    dropped = 0
    for node in given:
        for key in dict.fromkeys(node.prerequisites):
            kept[node.key].append(key)
            if key not in parents or _cycle(parents, kept):
                kept[node.key].pop()
                dropped += 1
    return [node.model_copy(update={"prerequisites": kept[node.key]}) for node in given], dropped


def _misplaced(nodes: Sequence[NodeData]) -> Iterable[DomainError]:
    """What is wrong with keys and places."""
    if len(nodes) > MOST_NODES:
        yield _error(f"A curriculum has at most {MOST_NODES} nodes: this one has {len(nodes)}.")
        return
    by_key = {node.key: node for node in nodes}
    known = Counter(node.key for node in nodes)
    for place, node in enumerate(nodes):
        if known[node.key] > 1:
            yield _error(f'The key "{node.key}" is there more than once.', place, "key")
        above = _wrong_above(node, by_key)
        if above is not None:
            yield _error(above, place, "parent")
        for number, key in enumerate(node.prerequisites):
            if key not in by_key:
                where = ("prerequisites", str(number))
                yield _error(f'There is no node "{key}".', place, *where)
    for parent, count in Counter(node.parent for node in nodes).items():
        if count > MOST_BELOW:
            where_to = "at the top" if parent is None else f'below "{parent}"'
            yield _error(f"At most {MOST_BELOW} nodes stand {where_to}: here are {count}.")


def _wrong_above(node: NodeData, by_key: Mapping[str, NodeData]) -> str | None:
    """What is wrong with what a node stands below."""
    parent = None if node.parent is None else by_key.get(node.parent)
    if parent is None:
        if node.parent is not None:
            return f'There is no node "{node.parent}".'
        return "A lesson stands below a module." if node.kind is NodeKind.LESSON else None
    if parent.kind is NodeKind.LESSON:
        return "Nothing stands below a lesson."
    depth = _depth(node, by_key)
    if depth is None:
        return f'"{node.key}" stands below itself.'
    return f"A curriculum has at most {DEEPEST} levels." if depth >= DEEPEST else None


def _depth(node: NodeData, by_key: Mapping[str, NodeData]) -> int | None:
    """How many stand above a node; None if it is one of them."""
    above: list[str] = []
    parent = node.parent
    while parent is not None and parent in by_key:
        if parent in above:
            return None
        above.append(parent)
        parent = by_key[parent].parent
    return len(above)


def _check_order(nodes: Sequence[NodeData]) -> None:
    """`CurriculumCycle` at a prerequisite that can't be learned before."""
    parents = {node.key: node.parent for node in nodes}
    cycle = _cycle(parents, {node.key: node.prerequisites for node in nodes})
    if cycle is None:
        return
    place, number = next(
        (place, number)
        for place, node in enumerate(nodes)
        if node.key in cycle
        for number, key in enumerate(node.prerequisites)
        if key in cycle
    )
    raise CurriculumCycle(
        f"These wait for each other: {', '.join(cycle)}.",
        field=("input", "nodes", str(place), "prerequisites", str(number)),
    )


def _cycle(
    parents: Mapping[str, str | None], prerequisites: Mapping[str, Sequence[str]]
) -> list[str] | None:
    """The keys of nodes that wait for each other, if any do.

    A node begins once its parent has begun and its prerequisites have ended; it ends once all
    below it have.
    """
    sorter: TopologicalSorter[tuple[str, str]] = TopologicalSorter()
    for key, parent in parents.items():
        sorter.add((key, "end"), (key, "begin"))
        if parent is not None:
            sorter.add((key, "begin"), (parent, "begin"))
            sorter.add((parent, "end"), (key, "end"))
        for before in prerequisites[key]:
            if before in parents:
                sorter.add((key, "begin"), (before, "end"))
    try:
        sorter.prepare()
    except CycleError as error:
        return list(dict.fromkeys(key for key, _ in error.args[1]))
    return None


def _error(message: str, place: int | None = None, *path: str) -> InvalidInput:
    at = () if place is None else (str(place), *path)
    return InvalidInput(message, field=("input", "nodes", *at))
