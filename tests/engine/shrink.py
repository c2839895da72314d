"""The smallest operation that still fails."""

from collections.abc import Awaitable, Callable
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.engine.generate import Generated

Fails = Callable[[Generated], Awaitable[bool]]

_ATTEMPTS = 600
_PARTS = (
    OperationDefinitionNode,
    FragmentDefinitionNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ArgumentNode,
    DirectiveNode,
    ObjectFieldNode,
)


async def smallest(schema: GraphQLSchema, made: Generated, fails: Fails) -> Generated:
    """Take away one part after the other, the large ones first, as long as it fails without."""
    at, last = 0, ""
    for _ in range(_ATTEMPTS):
        document = parse(made.document)
        if at >= _Parts.count(document):
            if made.document == last:
                break
            # What was needed before may not be any more.
            at, last = 0, made.document
        smaller = _without(schema, made, document, at)
        if smaller is not None and await fails(smaller):
            made = smaller
        else:
            at += 1
    return made


class _Parts(Visitor):
    """Counts what can be taken away, and takes one of it.

    Of an inline fragment everything can be, or just what stands around its selections.
    """

    def __init__(self, taken: int = -1) -> None:
        super().__init__()
        self.taken, self.seen = taken, 0

    def enter(self, node: Node, *_: Any) -> Any:
        if isinstance(node, _PARTS):
            self.seen += 1
            if self.seen - 1 == self.taken:
                return REMOVE
        if isinstance(node, InlineFragmentNode):
            self.seen += 1
            if self.seen - 1 == self.taken:
                return InlineFragmentNode(selection_set=node.selection_set)
        return None

    def leave(self, node: Node, *_: Any) -> Any:
        if not isinstance(node, SelectionSetNode):
            return None
        if not node.selections:
            typename = FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())
            return SelectionSetNode(selections=(typename,))
        return SelectionSetNode(
            selections=tuple(inner for each in node.selections for inner in _bare(each))
        )

    @classmethod
    def count(cls, document: DocumentNode) -> int:
        counting = cls()
        visit(document, counting)
        return counting.seen


def _bare(selection: SelectionNode) -> tuple[SelectionNode, ...]:
    """What stands in a fragment that says nothing itself; else the selection."""
    if (
        isinstance(selection, InlineFragmentNode)
        and selection.type_condition is None
        and not selection.directives
    ):
        return tuple(selection.selection_set.selections)
    return (selection,)


class _Used(Visitor):
    """The fragments and variables that a part of a document names."""

    def __init__(self) -> None:
        super().__init__()
        self.spreads: set[str] = set()
        self.variables: list[str] = []

    def enter(self, node: Node, *_: Any) -> None:
        if isinstance(node, FragmentSpreadNode):
            self.spreads.add(node.name.value)
        elif isinstance(node, VariableNode):
            self.variables.append(node.name.value)


def _without(
    schema: GraphQLSchema, made: Generated, document: DocumentNode, at: int
) -> Generated | None:
    """The operation without one part, and without what nothing uses then; None if invalid."""
    tidy = _tidied(visit(document, _Parts(at)))
    text = print_ast(tidy)
    if len(text) >= len(print_ast(document)) or validate(schema, tidy):
        return None
    operations = [each for each in tidy.definitions if isinstance(each, OperationDefinitionNode)]
    names = {each.name.value for each in operations if each.name}
    if made.operation_name is not None and made.operation_name not in names:
        return None
    declared = {v.variable.name.value for o in operations for v in o.variable_definitions or ()}
    variables = {name: value for name, value in made.variables.items() if name in declared}
    return Generated(text, variables, made.operation_name) if operations else None


def _tidied(document: DocumentNode) -> DocumentNode:
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    kept: list[Any] = []
    needed: set[str] = set()
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            used = _used(each, fragments)
            needed |= used.spreads
            # Each is named once where it is declared.
            declared = tuple(
                one
                for one in each.variable_definitions or ()
                if used.variables.count(one.variable.name.value) > 1
            )
            kept.append(
                OperationDefinitionNode(
                    operation=each.operation,
                    name=each.name,
                    variable_definitions=declared,
                    directives=each.directives,
                    selection_set=each.selection_set,
                )
            )
    kept += [each for name, each in fragments.items() if name in needed]
    return DocumentNode(definitions=tuple(kept))


def _used(operation: Node, fragments: dict[str, FragmentDefinitionNode]) -> _Used:
    used = _Used()
    visit(operation, used)
    done: set[str] = set()
    while waiting := (used.spreads - done) & fragments.keys():
        for name in waiting:
            visit(fragments[name], used)
        done |= waiting
    return used
