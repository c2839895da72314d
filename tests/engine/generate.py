"""Valid operations over any schema, made from a seed: every way in which a client may ask.

What is made is valid by construction: a response key means the same thing wherever its
selections merge (`Scope`). The bounds keep each operation below the server's limits.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_object_type,
)

from tests.engine.arguments import Values
from tests.engine.material import Material
from tests.engine.scope import ALIASES, DIRECTIVES, OBJECTS, Entry, Scope, Spent

_DEEPEST = 12
_FRAGMENTS = 12
# One of these bounds an operation's fields: most are small, as clients' are.
_FIELDS = (3, 5, 8, 10, 12, 16, 20, 30, 70)
_WILD = 0.2


@dataclass(frozen=True)
class Generated:
    """An operation as a client sends it."""

    document: str
    variables: dict[str, Any]
    operation_name: str | None


@dataclass(frozen=True)
class Fragment:
    """A named fragment: what it is on, its text, its keys, its height and what it costs."""

    condition: str
    text: str
    scope: Scope
    height: int
    cost: Spent


@dataclass(frozen=True)
class Spot:
    """Where a selection is made: how deep, under how many objects, of which type most likely."""

    depth: int
    many: int = 1
    likely: str | None = None

    def below(self, size: int = 1, likely: str | None = None) -> "Spot":
        """One level down."""
        return Spot(self.depth + 1, self.many * size, likely)

    def as_(self, likely: str | None) -> "Spot":
        """The same place, behind a type condition."""
        return Spot(self.depth, self.many, likely)


class Writer:
    """Writes one operation."""

    def __init__(
        self, schema: GraphQLSchema, rng: Random, material: Material, name: str, *, wild: bool
    ) -> None:
        self.schema = schema
        self.rng = rng
        self.values = Values(schema, rng, material, wild)
        self.name = name
        self.fragments: dict[str, Fragment] = {}
        self.spent = Spent()
        self.deepest = 0
        self._fields = rng.choice(_FIELDS)
        self._objects = frozenset(n for n, t in schema.type_map.items() if is_object_type(t))
        self._kin = kin(schema)

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.rng.random() < probability

    def _open(self) -> bool:
        return self.spent.fits(self._fields)

    def root(self, roots: Collection[str] | None) -> str:
        """The root's selection set."""
        query = self.schema.query_type
        assert query is not None
        scope, spot = Scope(self._objects), Spot(1)
        names = [name for name in query.fields if roots is None or name in roots]
        wanted = self.rng.choice((1, 1, 1, 2, 2, 3, 4, 8))
        parts: list[str] = []
        for _ in range(wanted):
            if not parts or self._open():
                parts.append(self._field(query, self.rng.choice(names), scope, spot))
            if self.chance(0.05):
                parts.append(self._typename(query, scope))
            if self.chance(0.08):
                parts.append(self._root_fragment(query, names, scope, spot))
        return "{ " + " ".join(part for part in parts if part) + " }"

    def _root_fragment(
        self, query: GraphQLObjectType, names: list[str], scope: Scope, spot: Spot
    ) -> str:
        inner = self._field(query, self.rng.choice(names), scope, spot)
        condition = f"on {query.name}" if self.chance(0.5) else ""
        return f"... {condition}{self._directives()} {{ {inner} }}"

    def _selection_set(self, parent: GraphQLCompositeType, scope: Scope, spot: Spot) -> str:
        self.deepest = max(self.deepest, spot.depth)
        wanted = self.rng.choice((1, 2, 3, 3, 4, 5, 7) if spot.depth < 6 else (1, 2, 2, 3))
        parts: list[str] = []
        for _ in range(wanted):
            part = self._selection(parent, scope, spot)
            # What is there already is said again only sometimes.
            if part and (part not in parts or self.chance(0.15)):
                parts.append(part)
        wanted_here = is_abstract_type(parent) and self._likely(parent, spot)
        if wanted_here and self._open() and self.chance(0.8):
            parts.append(self._inline(parent, scope, spot))
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _selection(self, parent: GraphQLCompositeType, scope: Scope, spot: Spot) -> str:
        chance = self.rng.random()
        fields = getattr(parent, "fields", {})
        if chance < 0.06 or (not fields and chance < 0.2):
            return self._typename(parent, scope)
        if self._open():
            if chance < 0.13 or not fields:
                return self._inline(parent, scope, spot)
            if chance < 0.22:
                return self._spread(parent, scope, spot)
        name = self._choose(fields, spot)
        return self._field(parent, name, scope, spot) if name else "__typename"

    def _choose(self, fields: dict[str, GraphQLField], spot: Spot) -> str | None:
        """A field's name: an object's only where depth and cost allow it; None if none is left."""
        leaves = [n for n, f in fields.items() if is_leaf_type(get_named_type(f.type))]
        objects = [n for n in fields if n not in leaves]
        open_ = spot.depth < _DEEPEST - 1 and self._open() and spot.many < OBJECTS // 3
        share = 0.75 if spot.depth < 4 else 0.4
        if objects and open_ and (not leaves or self.chance(share)):
            return self.rng.choice(objects)
        return self.rng.choice(leaves) if leaves else None

    def _typename(self, parent: GraphQLCompositeType, scope: Scope) -> str:
        call, shape = "__typename", "String!"
        key = "__typename"
        if self.chance(0.4) and self.spent.aliases < ALIASES:
            key = self.rng.choice(("kind", "type", "id", "t", f"a{self.rng.randint(1, 9)}"))
        entry = Entry(shape, True, {parent.name: call}, Scope(self._objects))
        if not scope.admits(key, shape, parent.name, call):
            key = "__typename"
        scope.take_all(Scope(self._objects, {key: entry}))
        self.spent.fields += 1
        if key == "__typename":
            return f"__typename{self._directives()}"
        self.spent.aliases += 1
        return f"{key}: __typename{self._directives()}"

    def _field(self, parent: Any, name: str, scope: Scope, spot: Spot) -> str:
        given: GraphQLField = parent.fields[name]
        named = get_named_type(given.type)
        likely = self._aim(named)
        arguments = self.values.arguments(
            f"{parent.name}.{name}", given, small=spot.many > 1, meant=[likely] if likely else ()
        )
        call = f"{name}{arguments.text}"
        key = self._key(name, given, parent, call, scope)
        if key is None:
            return ""
        inner = scope.take(key, given, parent.name, call)
        self.spent.fields += 1
        self.spent.aliases += key != name
        written = (f"{key}: " if key != name else "") + call
        if not is_composite_type(named):
            again = f" {written}" if self.chance(0.04) else ""
            return f"{written}{self._directives()}{again}"
        self.spent.objects += spot.many * arguments.size
        return self._with_selection(written, named, inner, spot.below(arguments.size, likely))

    def _with_selection(
        self, written: str, named: GraphQLCompositeType, scope: Scope, spot: Spot
    ) -> str:
        made = f"{written}{self._directives()} {self._selection_set(named, scope, spot)}"
        if self._open() and self.chance(0.12):
            # Once more under the same key: the selections merge.
            self.spent.aliases += ": " in written.partition("(")[0]
            made += f" {written}{self._directives()} {self._selection_set(named, scope, spot)}"
        return made

    def _aim(self, named: Any) -> str | None:
        if not is_abstract_type(named) or not self.chance(0.85):
            return None
        visible = self.values.material.visible
        possible = [each.name for each in self.schema.get_possible_types(named)]
        return self.rng.choice([name for name in possible if visible.get(name)] or possible)

    def _key(
        self, name: str, given: GraphQLField, parent: Any, call: str, scope: Scope
    ) -> str | None:
        """A response key that may mean this call here; None if there is no room for one."""
        rng, shape = self.rng, str(given.type)
        alias = rng.choice(
            (f"a{rng.randint(1, 40)}", rng.choice(list(parent.fields)), f"_{name}", f"{name}2")
        )
        first, second = (alias, name) if self.chance(0.15) else (name, alias)
        for key in (first, second, f"b{len(scope.keys)}"):
            room = key == name or self.spent.aliases < ALIASES
            if room and scope.admits(key, shape, parent.name, call):
                return key
        return None

    def _directives(self) -> str:
        if not self.chance(0.09) or self.spent.directives >= DIRECTIVES:
            return ""
        made = ""
        for name in self.rng.choice((("skip",), ("include",), ("include", "skip"))):
            stays = self.chance(0.7)
            made += f" @{name}(if: {self.values.condition(true=stays == (name == 'include'))})"
            self.spent.directives += 1
        return made

    def _likely(self, parent: GraphQLCompositeType, spot: Spot) -> bool:
        return spot.likely is not None and spot.likely in self._kin[parent.name]

    def _condition(self, parent: GraphQLCompositeType, spot: Spot) -> Any:
        """A type that a fragment may be on here: the likely one, or any that overlaps."""
        assert parent.name in self._kin
        name = self.rng.choice(self._kin[parent.name])
        if self._likely(parent, spot) and self.chance(0.7):
            name = spot.likely or name
        return self.schema.type_map[name]

    def _inline(self, parent: GraphQLCompositeType, scope: Scope, spot: Spot) -> str:
        self.spent.fields += 1
        if self.chance(0.25) and not is_abstract_type(parent):
            return f"...{self._directives()} {self._selection_set(parent, scope, spot)}"
        condition = self._condition(parent, spot)
        inner = spot.as_(spot.likely if is_abstract_type(condition) else None)
        made = self._selection_set(condition, scope, inner)
        return f"... on {condition.name}{self._directives()} {made}"

    def _spread(self, parent: GraphQLCompositeType, scope: Scope, spot: Spot) -> str:
        known = [
            name
            for name, each in self.fragments.items()
            if each.condition in self._kin[parent.name]
            and spot.depth + each.height <= _DEEPEST
            and self.spent.plus(each.cost, spot.many).fits(self._fields)
            and scope.admits_all(each.scope)
        ]
        if known and self.chance(0.6):
            name = self.rng.choice(known)
            self.spent = self.spent.plus(self.fragments[name].cost, spot.many)
        elif len(self.fragments) < _FRAGMENTS and spot.depth < _DEEPEST - 3:
            name = self._fragment(parent, spot)
            if not scope.admits_all(self.fragments[name].scope):
                # It can't stand here, and would be used by nobody.
                del self.fragments[name]
                return ""
        else:
            return ""
        scope.take_all(self.fragments[name].scope)
        return f"...{name}{self._directives()}"

    def _fragment(self, parent: GraphQLCompositeType, spot: Spot) -> str:
        condition = self._condition(parent, spot)
        before, deepest = Spent(**vars(self.spent)), self.deepest
        self.deepest = spot.depth
        scope = Scope(self._objects)
        text = self._selection_set(condition, scope, spot.as_(spot.likely))
        height = self.deepest - spot.depth
        self.deepest = max(deepest, self.deepest)
        name = f"{self.name}F{len(self.fragments) + 1}"
        cost = self.spent.since(before)
        cost.objects = -(-cost.objects // spot.many)
        self.fragments[name] = Fragment(
            condition.name, f"fragment {name} on {condition.name} {text}", scope, height, cost
        )
        return name

    def _declarations(self) -> str:
        """The variables as the operation declares them."""
        made = [
            f"${name}: {each.type}" + (f" = {each.default}" if each.default is not None else "")
            for name, each in self.values.variables.items()
        ]
        return f"({', '.join(made)})" if made else ""

    def written(self, roots: Collection[str] | None, *, named: bool) -> str:
        """The operation with its fragments; without a name in the short form if it can."""
        selected = self.root(roots)
        texts = [selected]
        for name in reversed(list(self.fragments)):
            # A fragment is made after those that it spreads. What nothing spreads is left out.
            if any(re.search(rf"\.\.\.{name}\b", text) for text in texts):
                texts.append(self.fragments[name].text)
        used = set(re.findall(r"\$(v\d+)", " ".join(texts)))
        self.values.variables = {k: v for k, v in self.values.variables.items() if k in used}
        declared = self._declarations()
        if named or declared or self.chance(0.5):
            texts[0] = f"query {self.name if named else ''}{declared} {selected}"
        if self.chance(0.3):
            # Fragments may come before what spreads them.
            self.rng.shuffle(texts)
        return "\n".join(texts)


@cache
def kin(schema: GraphQLSchema) -> dict[str, list[str]]:
    """For each composite type, those that share a possible type with it: itself among them."""
    members = {
        name: frozenset(
            each.name
            for each in (schema.get_possible_types(kind) if is_abstract_type(kind) else [kind])
        )
        for name, kind in schema.type_map.items()
        if is_composite_type(kind) and not name.startswith("__")
    }
    return {
        name: [other for other, found in members.items() if found & own]
        for name, own in members.items()
    }


def operation(
    schema: GraphQLSchema,
    rng: Random,
    *,
    world: Material,
    roots: Collection[str] | None = None,
) -> Generated:
    """A valid query with its variables, of these root fields only if `roots` are given."""
    wild = rng.random() < _WILD
    writer = Writer(schema, rng, world, "Wanted", wild=wild)
    other = rng.random() < 0.05
    named = other or rng.random() < 0.5
    document = writer.written(roots, named=named)
    if other:
        second = Writer(schema, rng, world, "Other", wild=False).written(roots, named=True)
        document = "\n".join(rng.sample([document, second], 2))
    given = other or (named and rng.random() < 0.5)
    return Generated(document, dict(writer.values.sent()), "Wanted" if given else None)
