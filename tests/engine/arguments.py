"""Arguments of generated fields: literals, variables, defaults, nulls, what is left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.language.block_string import is_printable_as_block_string, print_block_string
from graphql.language.print_string import print_string

from app.core.graph.read.declare import ID_OF
from tests.engine import values
from tests.engine.material import Material

_PAGING = ("first", "last", "after", "before")
_GARBAGE_IDS = ("", "x", "usr_", "usr_1", "9f3", "no such id", "USR_", "'; --", "\u0000", "é" * 100)
_GARBAGE_CURSORS = ("", "x", "bnVsbA==", "W10=", "WyJ4Il0=", "é", "====", "A" * 5000)
_SEARCHES = ('"light', "light -dark", "or", "-", "!&|", "light or water", "\u0000", "%", "\\")
_SCALARS = ("1", 1, 1.5, True, "2020-01-01", "00000000-0000-0000-0000-000000000000")
_DEEPEST_INPUT = 3
# Arguments that can be left out, but then there seldom is anything but an error or null.
NEARLY_REQUIRED = frozenset((("Query.messages", "conversationId"), ("Query.user", "id")))


@dataclass(frozen=True)
class Variable:
    """A variable as it is declared, and its value if one is sent."""

    type: str
    default: str | None
    value: Any


@dataclass(frozen=True)
class Arguments:
    """The arguments of one field as text, and how many items it is expected to give."""

    text: str
    size: int


@dataclass(frozen=True)
class Place:
    """Where a value stands: what it may be told by, and whether it can be left out.

    What stands there may have to be `right` in a wild operation too, or to be a `literal`.
    """

    name: str
    types: Sequence[str]
    optional: bool
    in_list: bool = False
    depth: int = 0
    right: bool = False
    literal: bool = False
    # What ids begin with here, where the argument says so.
    prefix: str = ""


def prefix_of(given: GraphQLArgument | GraphQLInputField) -> str:
    """What an argument's ids begin with, if it says so."""
    definition = given.extensions.get("strawberry-definition")
    return str(definition.metadata.get(ID_OF, "")) if definition else ""


def has_to_have(coordinate: str, name: str, given: GraphQLArgument) -> bool:
    """Whether a field that is to give something needs an argument."""
    return _required(given) or (coordinate, name) in NEARLY_REQUIRED


@dataclass
class Values:
    """Makes the arguments of one operation; `wild` ones are wrong one time in four."""

    schema: GraphQLSchema
    rng: Random
    material: Material
    wild: bool
    variables: dict[str, Variable] = field(default_factory=dict)

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.rng.random() < probability

    def bad(self) -> bool:
        """Whether the next value is to be a wrong one."""
        return self.chance(0.25 if self.wild else 0.003)

    def arguments(
        self, coordinate: str, given: GraphQLField, *, small: bool, meant: Sequence[str] = ()
    ) -> Arguments:
        """The arguments of a field; `small` lists only, of objects of the types `meant` if any."""
        chosen: dict[str, str] = {}
        size = 5 if _has_list(given.type) else 1
        if "first" in given.args:
            paging, size = self._paging(coordinate, given, small=small)
            chosen |= paging
        types = meant or self.node_types(given.type)
        for name, argument in given.args.items():
            if name in _PAGING and "first" in given.args:
                continue
            required = _required(argument)
            often = 0.9 if (coordinate, name) in NEARLY_REQUIRED else 0.3
            if required or self.chance(often):
                place = Place(name, types, optional=not required, prefix=prefix_of(argument))
                chosen[name] = self.rendered(argument.type, place)
        names = list(chosen)
        if self.chance(0.2):
            self.rng.shuffle(names)
        text = ", ".join(f"{name}: {chosen[name]}" for name in names)
        return Arguments(f"({text})" if text else "", size)

    def only(self, coordinate: str, given: GraphQLField, name: str) -> Arguments:
        """What is required, and the one argument of this name."""
        chosen = {}
        for each, argument in given.args.items():
            if each == name and each in ("after", "before"):
                chosen[each] = print_string(self.cursor(coordinate))
                if each == "before":
                    chosen["last"] = "3"
            elif each == name or has_to_have(coordinate, each, argument):
                place = Place(
                    each,
                    self.node_types(given.type),
                    optional=False,
                    prefix=prefix_of(argument),
                )
                chosen[each] = self.literal(
                    argument.type, self.value(_bare(argument.type), place), place
                )
        return Arguments("(" + ", ".join(f"{k}: {v}" for k, v in chosen.items()) + ")", 5)

    def _paging(
        self, coordinate: str, given: GraphQLField, *, small: bool
    ) -> tuple[dict[str, str], int]:
        rng = self.rng
        asked: dict[str, Any] = {}
        if self.bad():
            asked = {
                each: self._paging_value(each, coordinate)
                for each in rng.sample(_PAGING, rng.randint(1, 3))
            }
            asked |= {} if small else rng.choice(({"first": 0}, {"first": 101}, {"last": -1}, {}))
        elif self.chance(0.15):
            asked = {"last": rng.randint(1, 5)}
            if self.chance(0.5):
                asked["before"] = self.cursor(coordinate)
        else:
            wide: list[Any] = [1, 2, 3, 4, 5, 2, 3]
            asked = {"first": rng.choice(wide if small else [*wide, Undefined, None, 100, 20])}
            if self.chance(0.3):
                asked["after"] = self.cursor(coordinate)
        sizes = [asked[each] for each in ("first", "last") if isinstance(asked.get(each), int)]
        texts = {}
        for name, value in asked.items():
            known = given.args.get(name)
            if (
                known
                and value is not Undefined
                and not (value is None and is_non_null_type(known.type))
            ):
                place = Place(name, (), optional=not _required(known))
                texts[name] = self.rendered(known.type, place, value)
        for name in _PAGING:
            if name in given.args and name not in texts and _required(given.args[name]):
                texts[name] = "2"
        return texts, max(1, min([*sizes, 20]))

    def _paging_value(self, name: str, coordinate: str) -> Any:
        if name in ("first", "last"):
            return self.rng.choice((1, 2, 3, None))
        return self.rng.choice((*_GARBAGE_CURSORS, None, self.cursor(coordinate)))

    def cursor(self, coordinate: str) -> str:
        """A cursor of this list, of another now and then."""
        cursors = self.material.cursors
        own = cursors.get(coordinate, ())
        if own and not self.bad():
            return self.rng.choice(own)
        others = [each for found in cursors.values() for each in found]
        return self.rng.choice(others or _GARBAGE_CURSORS)

    def node_types(self, output: Any) -> list[str]:
        """The object types that an output stands for: itself, a connection's nodes, members."""
        named = get_named_type(output)
        if is_object_type(named):
            nodes = named.fields.get("nodes") or named.fields.get("edges")
            if nodes is not None and "pageInfo" in named.fields:
                edge = get_named_type(nodes.type)
                inner = getattr(edge, "fields", {}).get("node")
                return self.node_types(inner.type if inner else edge)
        if is_abstract_type(named):
            return [each.name for each in self.schema.get_possible_types(named)]
        return [named.name] if is_composite_type(named) else []

    def id(self, place: Place) -> str:
        """A global id for an argument: by its name, by what the field gives, or any."""
        rng, material = self.rng, self.material
        if not place.right and self.bad():
            return self._bad_id()
        stem = place.name.removesuffix("s").removesuffix("Id").removesuffix("_id").casefold()
        named = [each for each in material.real if each.casefold().endswith(stem)]
        told = [each for each, ids in material.real.items() if _begins(ids, place.prefix)]
        wanted = told or named or [each for each in place.types if each in material.real]
        wanted = wanted or list(material.real)
        seen = [each for each in wanted if material.visible.get(each)]
        if seen and self.chance(0.9):
            return rng.choice(material.visible[rng.choice(seen)])
        if not wanted:
            return rng.choice(_GARBAGE_IDS)
        return rng.choice(material.real[rng.choice(wanted)])

    def _bad_id(self) -> str:
        rng = self.rng
        real = [each for found in self.material.real.values() for each in found]
        if not real or self.chance(0.3):
            return rng.choice(_GARBAGE_IDS)
        one = rng.choice(real)
        prefix, _, key = one.rpartition("_")
        nothing = UUID(int=rng.getrandbits(128), version=4)
        return rng.choice((one, f"{prefix}_{nothing}", one.upper(), f"{one} ", f"zzz_{key}", key))

    def text(self, place: Place) -> str:
        """What tells an object of the type that is asked for; else words that occur, or any."""
        rng = self.rng
        told = [each for kind in place.types for each in self._told(kind, place.name)]
        if told and self.chance(0.8):
            return rng.choice(told)
        if self.wild and self.chance(0.3):
            return rng.choice(_SEARCHES)
        if self.material.texts and self.chance(0.6):
            found = rng.choice(self.material.texts).split() or [""]
            return rng.choice(found)[:200]
        return rng.choice(values.WORDS) if self.chance(0.7) else rng.choice(values.NASTY)

    def _told(self, kind: str, argument: str) -> Sequence[str]:
        return self.material.named.get((kind, argument), ())

    def scalar(self, given: GraphQLScalarType, place: Place) -> Any:
        """A value that a scalar accepts."""
        rng = self.rng
        makers: dict[str, Callable[[], Any]] = {
            "Boolean": lambda: self.chance(0.5),
            "Int": lambda: rng.randint(1, 5),
            "Float": lambda: rng.choice((0.0, 0.5, 1.0, 1e20, -2, rng.random())),
            "ID": lambda: self.id(place),
            "String": lambda: self.text(place),
            "Date": self._day,
            "DateTime": self._time,
        }
        if given.name in makers:
            return makers[given.name]()
        return rng.choice([each for each in _SCALARS if _accepts(given, each)])

    def _day(self) -> str:
        """One of few around which most of a world is, so that two of them often make a span."""
        today = datetime.now(UTC).date()
        ahead = self.rng.choice((-31, 0, 31))
        return (today.replace(day=1) + timedelta(days=ahead)).isoformat()

    def _time(self) -> str:
        made = values.time(self.rng, datetime(2026, 1, 1, tzinfo=UTC)).replace(tzinfo=UTC)
        return made.isoformat().replace("+00:00", self.rng.choice(("Z", "+00:00")))

    def value(self, given: GraphQLInputType, place: Place) -> Any:
        """A value as it could be sent in JSON; null where it may be, now and then."""
        rng = self.rng
        if is_non_null_type(given):
            return self.value(given.of_type, place)
        if isinstance(given, GraphQLScalarType):
            return self.scalar(given, place)
        if isinstance(given, GraphQLEnumType):
            return rng.choice(list(given.values))
        if isinstance(given, GraphQLList):
            inner = replace(place, optional=False, in_list=True, right=False, literal=False)
            one = self._nullable(given.of_type, inner)
            if one is not None and not isinstance(one, list) and self.chance(0.1):
                return one
            # One wrong value is enough: of several any may be the one that is told.
            inner = replace(inner, right=True)
            more = [self._nullable(given.of_type, inner) for _ in range(rng.randint(0, 5))]
            return [] if self.chance(0.05) else [one, *more]
        assert isinstance(given, GraphQLInputObjectType)
        return self._object(given, place)

    def _object(self, given: GraphQLInputObjectType, place: Place) -> dict[str, Any]:
        chosen = [name for name, each in given.fields.items() if _required(each)]
        if given.is_one_of:
            chosen = [self.rng.choice(list(given.fields))]
        elif place.depth < _DEEPEST_INPUT:
            free = [name for name in given.fields if name not in chosen]
            chosen += [name for name in free if self.chance(0.3)]
        made = {}
        for name in chosen:
            inner = Place(
                name,
                (),
                optional=True,
                depth=place.depth + 1,
                prefix=prefix_of(given.fields[name]),
            )
            kind = given.fields[name].type
            made[name] = (self.value if given.is_one_of else self._nullable)(kind, inner)
        return made

    def _nullable(self, given: GraphQLInputType, place: Place) -> Any:
        null = not is_non_null_type(given) and self.chance(0.08)
        return None if null else self.value(given, place)

    def rendered(self, given: GraphQLInputType, place: Place, value: Any = Undefined) -> str:
        """A value for an argument, as a literal or as a variable; any unless one is given."""
        if value is Undefined:
            value = self._nullable(given, place)
        if self.chance(0.4):
            return self._variable(given, place, value)
        return self.literal(given, value, place)

    def literal(self, given: GraphQLInputType, value: Any, place: Place) -> str:
        """A value as the document writes it, with variables inside now and then."""
        bare = _bare(given)
        if value is None:
            return "null"
        if isinstance(bare, GraphQLList):
            if not isinstance(value, list):
                return self.literal(bare.of_type, value, place)
            inner = Place(place.name, place.types, optional=False, in_list=True)
            return "[" + ", ".join(self._part(bare.of_type, each, inner) for each in value) + "]"
        if isinstance(bare, GraphQLInputObjectType):
            parts = []
            for name, each in value.items():
                known = bare.fields[name]
                inner = Place(name, (), optional=not _required(known), literal=bare.is_one_of)
                parts.append(f"{name}: {self._part(known.type, each, inner)}")
            return "{" + ", ".join(parts) + "}"
        if isinstance(bare, GraphQLEnumType):
            return str(value)
        return _plain(self.rng, value)

    def _part(self, given: GraphQLInputType, value: Any, place: Place) -> str:
        if not place.literal and self.chance(0.2):
            return self._variable(given, place, value)
        return self.literal(given, value, place)

    def _variable(self, given: GraphQLInputType, place: Place, value: Any) -> str:
        """A new variable, declared and sent in one of the ways that give it this value."""
        known = self._known(given, value)
        if known is not None:
            return known
        name = f"v{len(self.variables) + 1}"
        declared, bare, default = str(given), str(_bare(given)), None
        sent = value
        if value is not None and self.chance(0.25):
            # The default is what counts, or what doesn't.
            constant = _Constant(self.schema, self.rng, self.material, wild=False)
            default = constant.literal(given, value, place)
            declared = bare if self.chance(0.5) else declared
            sent = Undefined if self.chance(0.6) else value
        elif place.optional and not place.in_list and self.chance(0.15):
            declared, sent = bare, Undefined
        elif value is not None and self.chance(0.2):
            declared = f"{bare}!"
        elif self.wild and place.optional and self.chance(0.2):
            declared, sent = bare, None
        self.variables[name] = Variable(declared, default, sent)
        return f"${name}"

    def _known(self, given: GraphQLInputType, value: Any) -> str | None:
        for name, each in self.variables.items():
            if each.type == str(given) and each.value == value and self.chance(0.5):
                return f"${name}"
        return None

    def condition(self, *, true: bool) -> str:
        """A boolean for `@skip` or `@include`: a constant or a variable."""
        if self.chance(0.4):
            return "true" if true else "false"
        for name, each in self.variables.items():
            if each.type == "Boolean!" and each.value is true and self.chance(0.5):
                return f"${name}"
        name = f"v{len(self.variables) + 1}"
        text = "true" if true else "false"
        self.variables[name] = self.rng.choice(
            (
                Variable("Boolean!", None, true),
                Variable("Boolean!", None, true),
                Variable("Boolean!", text, Undefined),
                Variable("Boolean", text, Undefined),
                Variable("Boolean", "false" if true else "true", true),
            )
        )
        return f"${name}"

    def sent(self) -> Mapping[str, Any]:
        """The variables' values; in a wild operation one may be wrong, missing or null."""
        made = {k: v.value for k, v in self.variables.items() if v.value is not Undefined}
        if made and self.wild and self.chance(0.15):
            name = self.rng.choice(list(made))
            wrong: Any = self.rng.choice((None, 2**31, "abc", [[]], {}, 1.5, True, Undefined))
            made[name] = wrong
            if wrong is Undefined:
                del made[name]
        return made


class _Constant(Values):
    """Makes literals without variables: for variables' defaults."""

    def _part(self, given: GraphQLInputType, value: Any, place: Place) -> str:
        return self.literal(given, value, place)


def _plain(rng: Random, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if rng.random() < 0.1 and value.isprintable() and is_printable_as_block_string(value):
            return print_block_string(value)
        return print_string(value)
    return repr(value)


def _accepts(given: GraphQLScalarType, value: Any) -> bool:
    try:
        given.parse_value(value)
    except Exception:  # noqa: BLE001 - a scalar may refuse in any way
        return False
    return True


def _bare(given: GraphQLInputType) -> GraphQLInputType:
    bare: GraphQLInputType = given.of_type if isinstance(given, GraphQLNonNull) else given
    return bare


def _required(given: GraphQLArgument | GraphQLInputField) -> bool:
    return is_non_null_type(given.type) and given.default_value is Undefined


def _has_list(given: Any) -> bool:
    while is_non_null_type(given):
        given = given.of_type
    return is_list_type(given)


def _begins(ids: Sequence[str], prefix: str) -> bool:
    return bool(prefix and ids and ids[0].startswith(f"{prefix}_"))
