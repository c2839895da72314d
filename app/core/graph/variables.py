"""Variables as their types take them, told apart from those that need the library's word.

The library's own way over all variables of an operation explains what is wrong, and takes ten
times as long where nothing is.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    coerce_input_value,
    is_input_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues

# The name and the type of each variable; None if only the library knows what to make of them.
Signature = list[tuple[str, GraphQLInputType]] | None


def signature(schema: GraphQLSchema, definition: OperationDefinitionNode) -> Signature:
    """The variables of an operation."""
    found: list[tuple[str, GraphQLInputType]] = []
    for variable in definition.variable_definitions or ():
        kind = type_from_ast(schema, variable.type)
        if not is_input_type(kind) or variable.default_value is not None:
            return None
        found.append((variable.variable.name.value, kind))
    return found


def coerced(variables: Signature, given: Mapping[str, Any]) -> VariableValues | None:
    """The values, if each is given as its type takes it; None for the library's word."""
    if variables is None:
        return None
    values: dict[str, Any] = {}
    for name, kind in variables:
        value = coerce_input_value(given.get(name, Undefined), kind)
        if value is Undefined:
            return None
        if name in given:
            values[name] = value
    return VariableValues({}, values)
