"""What is generated is valid, bounded, the same for a seed, and leaves nothing out."""

import re
from functools import cache
from random import Random
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from app.schema import schema
from tests.engine.covering import covering, reachable, selected
from tests.engine.generate import Generated, operation
from tests.engine.material import Material
from tests.engine.shrink import smallest

_OURS = schema._schema
_OTHER = build_schema("""
    scalar Day
    enum Colour { RED GREEN }
    interface Named { name: String! }
    interface Thing implements Named { name: String! size(unit: Colour! = RED): Int }
    type Cat implements Named & Thing {
      name: String!  size(unit: Colour! = RED): Int  lives: Int!  friend: Pet  born: Day }
    type Dog implements Named & Thing {
      name: String!  size(unit: Colour! = RED): Int  lives: String!  owner(on: Day!): Person }
    type Person implements Named { name: String!  pets(first: Int!, after: String): PetConnection!
      grid(of: [[Int!]!]! = [[1]]): [[Cat!]] }
    union Pet = Cat | Dog
    type PetEdge { cursor: String! node: Pet! }
    type PetConnection { edges: [PetEdge!]! pageInfo: PageInfo! }
    type PageInfo { endCursor: String hasNextPage: Boolean! }
    input By @oneOf { name: String  id: ID  near: Where }
    input Where { colours: [Colour!]! = [RED]  days: [Day]  within: Float = 0.5  deeper: Where }
    type Unreached { name: String! }
    type Query { pet(by: By!): Pet  named(where: Where): [Named]  person(id: ID!): Person
      things(first: Int = null, after: String = null, last: Int, before: String): [Thing!]! }
""")
_IDS = {"Person": ["per_1", "per_2"], "StudySession": ["sts_1"], "User": ["usr_1"]}
_MATERIAL = Material(_IDS, _IDS, {"Query.studySessions": ["abc"]}, ["some words"])
_EACH = pytest.mark.parametrize("of", [_OURS, _OTHER], ids=["ours", "other"])
_SEEDS = 500

# Each way of asking, and how one knows it.
_WAYS = {
    "short form": r"\A\{",
    "alias": r"\b\w+: \w+ \{",
    "typename": r"[{ ]__typename",
    "aliased typename": r"\w+: __typename",
    "named fragment": r"\.\.\.\w+F\d",
    "inline fragment": r"\.\.\. on ",
    "inline fragment without a type": r"\.\.\. \{",
    "constant @skip": r"@skip\(if: (true|false)\)",
    "variable @skip": r"@skip\(if: \$",
    "variable @include": r"@include\(if: \$",
    "both directives": r"@include\(if: [^)]*\) @skip",
    "directive on a fragment": r"\.\.\.\w+F\d+ @",
    "directive on an inline fragment": r"\.\.\. on \w+ @",
    "variable": r"\w+: \$v",
    "default": r"\$v\d+: \S+ = ",
    "null": r"\w+: null",
    "input object": r"filter: \{",
    "input object as a variable": r"filter: \$",
    "variable in an input object": r"filter: \{[^}]*: \$",
    "enum": r"format: [A-Z]",
    "list of enums": r"\[[A-Z]+",
    "variable in a list": r"\[[^\]]*\$v",
    "first": r"first: \d",
    "too many": r"first: 101",
    "none": r"first: 0",
    "last": r"last: \d",
    "after": r"after: \"",
    "before": r"before: \"",
    "several operations": r"query Other",
    "block string": r'"""',
}


@cache
def _operations(of: GraphQLSchema) -> list[Generated]:
    return [operation(of, Random(seed), world=_MATERIAL) for seed in range(_SEEDS)]


@_EACH
def test_a_seed_makes_one_valid_operation(of: GraphQLSchema):
    again = [operation(of, Random(seed), world=_MATERIAL) for seed in range(50)]
    assert again == _operations(of)[:50]
    assert len({made.document for made in _operations(of)}) > 0.8 * _SEEDS
    for made in _operations(of):
        assert validate(of, parse(made.document)) == [], made.document


@_EACH
def test_every_field_is_covered(of: GraphQLSchema):
    found = set()
    for made in covering(of, Random(1), _MATERIAL):
        assert validate(of, parse(made.document)) == [], made.document
        found |= selected(of, made.document)
    assert reachable(of) - found == set()


def test_reachable_is_what_queries_reach():
    names = {name for name, _ in reachable(_OTHER)}
    assert names == {"Query", "Cat", "Dog", "Person", "PetEdge", "PetConnection", "PageInfo"}


@pytest.mark.parametrize("way", _WAYS)
def test_every_way_of_asking_occurs(way: str):
    assert any(re.search(_WAYS[way], each.document) for each in _operations(_OURS))


def test_only_the_roots_that_are_wanted():
    for seed in range(50):
        made = operation(_OURS, Random(seed), roots=["viewer"], world=_MATERIAL)
        asked = {field for kind, field in selected(_OURS, made.document) if kind == "Query"}
        assert asked == {"viewer"}


@_EACH
def test_operations_are_bounded(of: GraphQLSchema):
    for made in _operations(of):
        document = parse(made.document)
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        for each in document.definitions:
            if isinstance(each, OperationDefinitionNode):
                depth, aliases, directives = _measured(each, fragments)
                assert depth <= 13, made.document
                assert aliases <= 40, made.document
                assert directives <= 40, made.document


def _measured(node: Any, fragments: dict[str, FragmentDefinitionNode]) -> tuple[int, int, int]:
    """Depth, aliases, directives, with fragments where they are spread."""
    chosen = node.selection_set.selections if node.selection_set else ()
    deepest, aliases, directives = 0, 0, 0
    for each in chosen:
        inner = fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
        found = _measured(inner, fragments)
        deepest = max(deepest, found[0] + isinstance(each, FieldNode))
        aliases += found[1] + bool(isinstance(each, FieldNode) and each.alias)
        directives += found[2] + len(each.directives or ())
    return deepest, aliases, directives


async def test_the_smallest_operation_that_fails():
    made = operation(
        _OURS, Random(_with("transcript", "speaker", "lastName", "...")), world=_MATERIAL
    )

    async def fails(one: Generated) -> bool:
        return "lastName" in one.document

    least = await smallest(_OURS, made, fails)
    assert re.fullmatch(
        r"(query \w*(\(\$v\d+: ID!?( = \S+)?\))? )?\{\s+(\w+: )?transcript\(sessionId: \S+\)"
        r"[\s\w{}:.]+lastName[\s}]+(fragment .*)?",
        least.document,
        re.DOTALL,
    ), least.document
    assert len(least.document) < 0.5 * len(made.document)


def _with(*words: str) -> int:
    """A seed whose operation, the only one of its document, holds these."""
    for seed in range(10_000):
        made = operation(_OURS, Random(seed), roots=None, world=_MATERIAL)
        alone = made.operation_name is None
        if alone and len(made.document) > 800 and all(word in made.document for word in words):
            return seed
    raise AssertionError(words)
