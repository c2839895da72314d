"""Who may call what: every caller and every root field of the schema."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
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
from sqlmodel import col, select

from app.access_matrix import CALLERS, FILE, NOBODY, ROOTS, Caller, printed, root_fields
from app.accounts.models import ApiTokenKind, AuthSession, Role, UserRole
from app.accounts.roles import PERMISSIONS
from app.accounts.service import api_tokens
from app.accounts.service.api_tokens import ApiTokenData
from app.core.access import READ_SCOPE
from app.core.clock import now
from app.core.graph.read.declare import ID_OF
from app.core.resources import Resources
from app.gamification.events import gamification_stream
from app.messaging.events import inbox_stream
from app.notifications.events import notifications_stream
from app.schema import schema
from tests.client import Api, OperationError
from tests.engine.arguments import has_to_have
from tests.factories import Person, make_person, writing
from tests.test_schema import _root_fields, access_of

_FIELDS = list(_root_fields())
_BY_HTTP = [(root, name) for root, name in _FIELDS if root != "Subscription"]
_BY_SOCKET = [name for root, name in _FIELDS if root == "Subscription"]
# What everybody may follow, for it is their own, and its stream.
_OWN = {
    "gamificationUpdated": gamification_stream,
    "inboxUpdated": inbox_stream,
    "notificationAdded": notifications_stream,
}
# Where a value asks for a permission beside the field's: one that doesn't.
_ASKING_LEAST = {"PaymentMethod": "CARD"}
_KEY = "00000000-0000-7000-8000-000000000000"


def _value(kind: GraphQLInputType, prefix: str) -> Any:
    """The simplest value of a type that the executor takes; an id has this prefix."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLInputObjectType) and kind.is_one_of:
        field, one = next(iter(kind.fields.items()))
        return {field: _value(one.type, prefix)}
    if isinstance(kind, GraphQLInputObjectType):
        return {
            field: _value(each.type, prefix)
            for field, each in kind.fields.items()
            if isinstance(each.type, GraphQLNonNull) and each.default_value is not None
        }
    if isinstance(kind, GraphQLEnumType):
        return _ASKING_LEAST.get(kind.name, next(iter(kind.values)))
    simple = {
        "ID": f"{prefix}_{_KEY}",
        "Int": 0,
        "Float": 0,
        "Date": "2026-01-01",
        "DateTime": "2026-01-01T00:00:00Z",
        "Decimal": "0",
        "Boolean": False,
    }
    return simple.get(str(kind), "nothing")


def _prefix(name: str, argument: GraphQLArgument) -> str:
    """What an argument's ids begin with, as it says itself or else by its name."""
    said = argument.extensions["strawberry-definition"].metadata.get(ID_OF)
    named = {"conversationId": "cnv", "answerId": "ans", "roleId": "rol", "userId": "usr"}
    return str(said or named.get(name, "sts"))


def operation(root: str, name: str) -> tuple[str, dict[str, Any]]:
    """A document that calls one root field with the simplest arguments, and its variables."""
    kind = schema._schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    field = kind.fields[name]
    needed = {
        argument: given
        for argument, given in field.args.items()
        if has_to_have(f"{root}.{name}", argument, given)
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


_SOMEBODY = [pytest.param(each, id=each.name) for each in CALLERS if each.signed_in]


async def _someone(resources: Resources, caller: Caller) -> Person:
    """Who calls as this caller of the table."""
    if caller.scopes is None:
        return await make_person(resources, role=caller.name)
    owner = await make_person(resources, role="super_admin")
    data = ApiTokenData(
        name=caller.name,
        kind=ApiTokenKind.PARTNER,
        # A token without any scope can't be made.
        scopes=sorted(caller.scopes or {READ_SCOPE}),
        expires_at=now() + timedelta(days=1),
    )
    async with resources.begin() as uow:
        token, secret = await api_tokens.create(uow, owner.viewer, data)
        if not caller.scopes:
            [session] = await uow.session.all(select(AuthSession).where(AuthSession.id == token.id))
            session.scopes = []
    return replace(owner, access_token=secret)


async def _refusal_by_http(api: Api, root: str, name: str, person: Person | None) -> str | None:
    document, variables = operation(root, name)
    answer = await api.execute(document, variables, as_=person)
    # A query's arguments are looked at before its access: these have to be good ones.
    assert root != "Query" or set(answer.codes) <= {"UNAUTHENTICATED", "FORBIDDEN"}
    return next((code for code in answer.codes if code in ("UNAUTHENTICATED", "FORBIDDEN")), None)


class TestTable:
    def test_is_up_to_date(self) -> None:
        assert (Path(__file__).resolve().parents[1] / FILE).read_text(encoding="utf-8") == printed()

    def test_has_every_root_field(self) -> None:
        assert [(each.root, each.name) for each in root_fields()] == [
            (root, name) for root in ROOTS for name in sorted(n for r, n in _FIELDS if r == root)
        ]

    def test_a_field_without_access_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kind = schema._schema.type_map["Mutation"]
        assert isinstance(kind, GraphQLObjectType)
        definition = kind.fields["messageSend"].extensions["strawberry-definition"]
        monkeypatch.setattr(definition, "metadata", {})
        with pytest.raises(TypeError, match="messageSend"):
            list(root_fields())


class TestAnonymous:
    @pytest.mark.parametrize(("root", "name"), _BY_HTTP)
    async def test_by_http(self, api: Api, root: str, name: str) -> None:
        expected = NOBODY.refusal(access_of(root, name))
        assert await _refusal_by_http(api, root, name, None) == expected

    async def test_by_socket(self, api: Api) -> None:
        async with api.open() as socket:
            await socket.send({"type": "connection_init"})
            assert await socket.closed() == 4403


class TestSomebody:
    @pytest.mark.parametrize("caller", _SOMEBODY)
    async def test_by_http(self, api: Api, resources: Resources, caller: Caller) -> None:
        person = await _someone(resources, caller)
        found = {}
        # Signing out comes last: it would end the session that the others need.
        for root, name in sorted(_BY_HTTP, key=lambda field: field[1] == "accountLogout"):
            found[name] = await _refusal_by_http(api, root, name, person)
        assert found == {name: caller.refusal(access_of(root, name)) for root, name in _BY_HTTP}

    @pytest.mark.parametrize("caller", _SOMEBODY)
    async def test_by_socket(self, api: Api, resources: Resources, caller: Caller) -> None:
        person = await _someone(resources, caller)
        async with api.socket(as_=person) as socket:
            for name in _BY_SOCKET:
                subscription = await socket.subscribe(*operation("Subscription", name))
                expected = caller.refusal(access_of("Subscription", name))
                if name in _OWN and expected is None:
                    await api.listening(_OWN[name](person.key))
                    continue
                with pytest.raises(OperationError) as refused:
                    await subscription.next()
                assert refused.value.code == (expected or "NOT_FOUND"), name


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
