"""The example tabs fit the schema."""

import json
from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from app.core.graphiql import SOURCES

SCHEMA = Path(__file__).resolve().parents[2] / "schema.graphql"
EXAMPLES = sorted((SOURCES / "src" / "examples").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SCHEMA.read_text(encoding="utf-8"))


def test_there_is_one_for_each_role() -> None:
    assert [path.stem for path in EXAMPLES] == ["instructor", "partner", "student"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_document_is_valid(path: Path, schema: GraphQLSchema) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    assert [error.message for error in validate(schema, document)] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_variables_suit_every_operation(path: Path, schema: GraphQLSchema) -> None:
    values = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    used: set[str] = set()
    for operation in parse(path.read_text(encoding="utf-8")).definitions:
        assert isinstance(operation, OperationDefinitionNode)
        definitions = operation.variable_definitions or ()
        result = get_variable_values(schema, definitions, values)
        assert not isinstance(result, list), result
        used |= {definition.variable.name.value for definition in definitions}
    assert set(values) <= used
