"""The fields of a selection, by response key, as the specification collects them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

Selected = dict[str, list[FieldNode]]


@dataclass(frozen=True)
class Selecting:
    """What a selection is read with: the schema, the fragments, and `@skip`'s variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def fields(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode | None]) -> Selected:
        """Every field that applies to an object type, in the order of first appearance."""
        found: Selected = {}
        visited: set[str] = set()
        for each in sets:
            if each is not None:
                self._collect(kind, each, found, visited)
        return found

    def below(self, kind: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Selected:
        """The fields below the fields of one response key."""
        return self.fields(kind, [node.selection_set for node in nodes])

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: SelectionSetNode,
        found: Selected,
        visited: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(node, kind):
                    self._collect(kind, node.selection_set, found, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment, kind):
                    self._collect(kind, fragment.selection_set, found, visited)

    def _applies(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, kind: GraphQLObjectType
    ) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == kind.name:
            return True
        wanted = self.schema.type_map[condition.name.value]
        return is_abstract_type(wanted) and self._is_one(wanted, kind)

    def _is_one(self, wanted: Any, kind: GraphQLObjectType) -> bool:
        abstract: GraphQLAbstractType = wanted
        return self.schema.is_sub_type(abstract, kind)

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                value = next(iter(directive.arguments or ())).value
                holds = (
                    self.variables.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else value.value
                )
                if bool(holds) is (name == "skip"):
                    return False
        return True
