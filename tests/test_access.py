"""Who may call what: every role and every root field of the schema."""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import Role, UserRole
from app.accounts.roles import PERMISSIONS, SYSTEM_ROLES
from app.core.access import Access
from app.core.graph.read.declare import ID_OF
from app.core.resources import Resources
from app.schema import schema
from tests.client import Api, OperationError
from tests.factories import Person, make_person, writing
from tests.test_schema import _root_fields, access_of

_FIELDS = list(_root_fields())
_BY_HTTP = [(root, name) for root, name in _FIELDS if root != "Subscription"]
_BY_SOCKET = [name for root, name in _FIELDS if root == "Subscription"]
_KEY = "00000000-0000-7000-8000-000000000000"


def _value(kind: GraphQLInputType, prefix: str) -> Any:
    """The simplest value of a type that the executor takes; an id has this prefix."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLInputObjectType):
        return {
            field: _value(each.type, prefix)
            for field, each in kind.fields.items()
            if isinstance(each.type, GraphQLNonNull) and each.default_value is not None
        }
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    simple = {
        "ID": f"{prefix}_{_KEY}",
        "Int": 0,
        "Float": 0,
        "Decimal": "0",
        "Boolean": False,
    }
    return simple.get(str(kind), "nothing")


def _prefix(name: str, argument: GraphQLArgument) -> str:
    """What an argument's ids begin with, as it says itself or else by its name."""
    said = argument.extensions["strawberry-definition"].metadata.get(ID_OF)
    named = {"conversationId": "cnv", "answerId": "ans"}
    return str(said or named.get(name, "sts"))


def operation(root: str, name: str) -> tuple[str, dict[str, Any]]:
    """A document that calls one root field with the simplest arguments, and its variables."""
    kind = schema._schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    field = kind.fields[name]
    needed = {
        argument: given
        for argument, given in field.args.items()
        if isinstance(given.type, GraphQLNonNull)
    }
    declared = ", ".join(f"${argument}: {given.type}" for argument, given in needed.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in needed)
    selection = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
    document = (
        f"{root.lower()}{f'({declared})' if declared else ''}"
        f" {{ {name}{f'({passed})' if passed else ''} {selection} }}"
    )
    values = {each: _value(given.type, _prefix(each, given)) for each, given in needed.items()}
    return document, values


def _expected(access: Access, role: str | None) -> str | None:
    """The code of a refusal, or None."""
    if not access.signed_in:
        return None
    if role is None:
        return "UNAUTHENTICATED"
    if access.permission is None or access.permission in SYSTEM_ROLES[role][1]:
        return None
    return "FORBIDDEN"


async def _refusal_by_http(api: Api, root: str, name: str, person: Person | None) -> str | None:
    document, variables = operation(root, name)
    answer = await api.execute(document, variables, as_=person)
    # A query's arguments are looked at before its access: these have to be good ones.
    assert root != "Query" or set(answer.codes) <= {"UNAUTHENTICATED", "FORBIDDEN"}
    return next((code for code in answer.codes if code in ("UNAUTHENTICATED", "FORBIDDEN")), None)


class TestAnonymous:
    @pytest.mark.parametrize(("root", "name"), _BY_HTTP)
    async def test_by_http(self, api: Api, root: str, name: str) -> None:
        expected = _expected(access_of(root, name), None)
        assert await _refusal_by_http(api, root, name, None) == expected

    async def test_by_socket(self, api: Api) -> None:
        async with api.open() as socket:
            await socket.send({"type": "connection_init"})
            assert await socket.closed() == 4403


class TestRoles:
    @pytest.mark.parametrize("role", sorted(SYSTEM_ROLES))
    async def test_by_http(self, api: Api, resources: Resources, role: str) -> None:
        person = await make_person(resources, role=role)
        found = {}
        # Signing out comes last: it would end the session that the others need.
        for root, name in sorted(_BY_HTTP, key=lambda field: field[1] == "accountLogout"):
            found[name] = await _refusal_by_http(api, root, name, person)
        assert found == {name: _expected(access_of(root, name), role) for root, name in _BY_HTTP}

    @pytest.mark.parametrize("role", sorted(SYSTEM_ROLES))
    async def test_by_socket(self, api: Api, resources: Resources, role: str) -> None:
        person = await make_person(resources, role=role)
        async with api.socket(as_=person) as socket:
            for name in _BY_SOCKET:
                subscription = await socket.subscribe(*operation("Subscription", name))
                with pytest.raises(OperationError) as refused:
                    await subscription.next()
                expected = _expected(access_of("Subscription", name), role) or "NOT_FOUND"
                assert refused.value.code == expected, name


class TestARoleWithoutPermissions:
    async def test_everything_that_asks_for_one(self, api: Api, resources: Resources) -> None:
        person = await make_person(resources)
        guarded = {
            (root, name): access_of(root, name).permission
            for root, name in _BY_HTTP
            if access_of(root, name).permission
        }
        assert set(guarded.values()) <= set(PERMISSIONS)
        assert guarded
        await _take_roles(resources, person)
        for root, name in guarded:
            assert await _refusal_by_http(api, root, name, person) == "FORBIDDEN", name


async def _take_roles(resources: Resources, person: Person) -> None:
    """Leave a person with a role that permits nothing."""
    async with writing(resources) as session:
        role = Role(name=f"nothing for {person.user.username}")
        session.add(role)
        await session.flush()
        await session.execute(
            update(UserRole).where(col(UserRole.user_id) == person.key).values(role_id=role.id)
        )
