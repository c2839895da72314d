"""Variables that need no coercion: most of them, and the library takes ten times as long."""

from collections.abc import Mapping
from typing import Any

from graphql import NamedTypeNode, NonNullTypeNode, OperationDefinitionNode
from graphql.execution.values import VariableValues

_PYTHON = {"ID": str, "String": str, "Boolean": bool, "Int": int}
_LEAST, _MOST = -(2**31), 2**31 - 1


def simple_values(
    definition: OperationDefinitionNode, given: Mapping[str, Any]
) -> VariableValues | None:
    """The values, if each is given as exactly what its type is; None for the library's word.

    Only built-in scalars without a default that is needed: what they coerce to is themselves.
    """
    coerced: dict[str, Any] = {}
    for variable in definition.variable_definitions or ():
        name, kind = variable.variable.name.value, variable.type
        needed = isinstance(kind, NonNullTypeNode)
        if isinstance(kind, NonNullTypeNode):
            kind = kind.type
        if not isinstance(kind, NamedTypeNode):
            return None
        value = given.get(name)
        if value is None:
            if needed or (name not in given and variable.default_value is not None):
                return None
            if name not in given:
                continue
        elif not _is_exactly(value, kind.name.value):
            return None
        coerced[name] = value
    return VariableValues({}, coerced)


def _is_exactly(value: Any, kind: str) -> bool:
    if type(value) is not _PYTHON.get(kind):
        return False
    return not isinstance(value, int) or _LEAST <= value <= _MOST
