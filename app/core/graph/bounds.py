"""What a document may have at most: of bytes, tokens, levels, aliases and the like.

The bounds come before validation, because some of its rules compare everything with everything.
Fragments count as often as they are spread, but each is measured once, so that fragments which
spread each other cost no more than their text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from app.core.errors import RequestError

_INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True)
class Bound:
    """What a document, or an operation with its fragments, may have at most `limit` of.

    Beyond `counted` nobody counts.
    """

    name: str
    limit: int
    subject: str
    unit: str
    counted: int = 1_000_000

    def check(self, asked: int) -> None:
        """Raise `QueryTooComplex` if this is more."""
        if asked > self.limit:
            raise QueryTooComplex(self, asked)


BYTES = Bound("bytes", 65_536, "A document", "bytes")
LINES = Bound("lines", 5000, "A document", "lines")
TOKENS = Bound("tokens", 4000, "A document", "tokens")
NESTING = Bound("nesting", 100, "A document", "brackets within each other")
LITERALS = Bound("literals", 600, "A document", "tokens in lists and objects outside its variables")
OPERATIONS = Bound("operations", 50, "A document", "operations")
FRAGMENTS = Bound("fragments", 100, "A document", "fragments")
DEPTH = Bound("depth", 15, "An operation", "levels of fields")
INTROSPECTION_DEPTH = Bound("introspectionDepth", 30, "An introspection", "levels of fields")
ALIASES = Bound("aliases", 50, "An operation", "aliases")
DIRECTIVES = Bound("directives", 50, "An operation", "directives")
ROOT_FIELDS = Bound("rootFields", 30, "An operation", "root fields")
COMPARISONS = Bound(
    "comparisons", 20_000, "A document", "comparisons of its fields to validate", counted=20_001
)


class QueryTooComplex(RequestError):
    """Beyond a bound, which `extensions` name, with its limit and what was asked."""

    code = "QUERY_TOO_COMPLEX"

    def __init__(self, bound: Bound, asked: int) -> None:
        asked = min(asked, bound.counted)
        more = " or more" if asked == bound.counted else ""
        super().__init__(
            f"{bound.subject} has at most {bound.limit:,} {bound.unit}:"
            f" this one has {asked:,}{more}.",
            bound=bound.name,
            limit=bound.limit,
            asked=asked,
        )
        self.bound, self.asked = bound, asked


# A token of GraphQL in the group, or a comment outside it. What else there is, is between
# tokens or is none, and then it is the parser's to say so.
_TOKEN = re.compile(
    r"""
    \#[^\n\r]*+ |
    ( "{3} (?: [^"\\] | \\"{3} | \\ | "(?!"") )*+ "{3}
    | " (?: [^"\\\n\r] | \\. )*+ "
    | [A-Za-z_][0-9A-Za-z_]*+
    | -? [0-9]++ (?: \.[0-9]++ )?+ (?: [eE][+-]?[0-9]++ )?+
    | \.\.\.
    | [!$&():=@\[\]{|}]
    )""",
    re.VERBOSE,
)
_STEPS = {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}


def check_text(text: str) -> int:
    """Check what can be seen without parsing, which takes 5 µs a token; the number of tokens."""
    BYTES.check(len(text.encode("utf-8", "surrogatepass")))
    LINES.check(1 + text.count("\n") + text.count("\r") - text.count("\r\n"))
    tokens = [token for token in _TOKEN.findall(text) if token]
    TOKENS.check(len(tokens))
    nesting = deepest = arguments = literals = 0
    for token in tokens:
        nesting += _STEPS.get(token, 0)
        deepest = max(deepest, nesting)
        if token == "(":  # noqa: S105 - a token of GraphQL
            arguments = nesting
        elif nesting < arguments:
            arguments = 0
        # Each error about a literal prints the whole of it.
        literals += 0 < arguments < nesting
    NESTING.check(deepest)
    LITERALS.check(literals)
    return len(tokens)


def check_operations(
    operations: Sequence[OperationDefinitionNode], fragments: Sequence[FragmentDefinitionNode]
) -> None:
    """Check what there is of them, and what each operation has with its fragments."""
    OPERATIONS.check(len(operations))
    FRAGMENTS.check(len(fragments))
    sizes = _Sizes({one.name.value: one for one in fragments})
    for operation in operations:
        sizes.of(operation).check()


@dataclass(slots=True)
class _Size:
    """What a definition has, its fragments included once they were added."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0
    root_fields: int = 0

    def add(self, fragment: "_Size", above: int, *, introspecting: bool) -> None:
        """Add a fragment that is spread with so many levels above it."""
        inner = fragment.introspection_depth
        if introspecting:
            inner = above + max(inner, fragment.depth)
        else:
            self.depth = max(self.depth, above + fragment.depth)
        self.introspection_depth = max(self.introspection_depth, inner)
        self.aliases += fragment.aliases
        self.directives += fragment.directives
        if above == 0:
            self.root_fields += fragment.root_fields

    def check(self) -> None:
        """Raise `QueryTooComplex` for the first bound that an operation is beyond."""
        DEPTH.check(self.depth)
        INTROSPECTION_DEPTH.check(self.introspection_depth)
        ALIASES.check(self.aliases)
        DIRECTIVES.check(self.directives)
        ROOT_FIELDS.check(self.root_fields)


class _Sizes:
    """The sizes of one document's definitions, each fragment measured once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size] = {}

    def of(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> _Size:
        """The size with all fragments. Recurses once for each fragment on the way at most."""
        size = _Size(directives=_directives(node))
        for variable in node.variable_definitions or ():
            size.directives += _directives(variable)
        spreads: list[tuple[str, int, bool]] = []
        # With the levels above, which begin again where an introspection begins.
        waiting: list[tuple[SelectionSetNode, int, bool]] = [(node.selection_set, 0, False)]
        while waiting:
            selections, above, introspecting = waiting.pop()
            for selection in selections.selections:
                size.directives += _directives(selection)
                level, inside = above, introspecting
                if isinstance(selection, FragmentSpreadNode):
                    spreads.append((selection.name.value, above, introspecting))
                    continue
                if isinstance(selection, FieldNode):
                    level, inside = _count(size, selection, above, introspecting=introspecting)
                inner = getattr(selection, "selection_set", None)
                if inner is not None:
                    waiting.append((inner, level, inside))
        for name, above, introspecting in spreads:
            size.add(self._of_fragment(name), above, introspecting=introspecting)
        return size

    def _of_fragment(self, name: str) -> _Size:
        known = self._known.get(name)
        if known is None:
            # In a cycle, and where there is no such fragment, validation has the word.
            self._known[name] = known = _Size()
            if name in self._fragments:
                self._known[name] = known = self.of(self._fragments[name])
        return known


def _count(size: _Size, node: FieldNode, above: int, *, introspecting: bool) -> tuple[int, bool]:
    """Count a field; its level, and whether what is below it is introspection."""
    size.root_fields += above == 0
    size.aliases += node.alias is not None
    if introspecting or node.name.value in _INTROSPECTION:
        level = above + 1 if introspecting else 1
        size.introspection_depth = max(size.introspection_depth, level)
        return level, True
    size.depth = max(size.depth, above + 1)
    return above + 1, False


def _directives(node: Any) -> int:
    return len(node.directives or ())
