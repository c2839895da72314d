"""What keeps a generated operation valid and small: keys with one meaning, and bounds."""

from collections.abc import Collection
from dataclasses import dataclass, field

from graphql import GraphQLField, get_named_type, is_leaf_type

ALIASES = 30
DIRECTIVES = 25
# Objects that an operation is expected to give at most.
OBJECTS = 400


@dataclass
class Entry:
    """What a response key means: the type's shape, and for each parent the call."""

    shape: str
    leaf: bool
    calls: dict[str, str]
    scope: "Scope"

    def agrees(self, shape: str, parent: str, call: str, objects: Collection[str]) -> bool:
        """Whether another selection of this key may merge with what is there."""
        return shape == self.shape and all(
            known == call
            or (self.leaf and other != parent and other in objects and parent in objects)
            for other, known in self.calls.items()
        )


@dataclass
class Scope:
    """The response keys of selections that merge."""

    objects: Collection[str]
    keys: dict[str, Entry] = field(default_factory=dict)

    def admits(self, key: str, shape: str, parent: str, call: str) -> bool:
        """Whether `key` is free, or means this already."""
        known = self.keys.get(key)
        return known is None or known.agrees(shape, parent, call, self.objects)

    def take(self, key: str, given: GraphQLField, parent: str, call: str) -> "Scope":
        """Give a key its meaning; the scope of what is selected below it."""
        leaf = is_leaf_type(get_named_type(given.type))
        entry = self.keys.setdefault(key, Entry(str(given.type), leaf, {}, Scope(self.objects)))
        entry.calls[parent] = call
        return entry.scope

    def admits_all(self, other: "Scope") -> bool:
        """Whether a fragment's keys may merge with these."""
        return all(
            self.admits(key, entry.shape, parent, call)
            and (key not in self.keys or self.keys[key].scope.admits_all(entry.scope))
            for key, entry in other.keys.items()
            for parent, call in entry.calls.items()
        )

    def take_all(self, other: "Scope") -> None:
        """Merge a fragment's keys into these."""
        for key, entry in other.keys.items():
            known = self.keys.setdefault(
                key, Entry(entry.shape, entry.leaf, {}, Scope(self.objects))
            )
            known.calls |= entry.calls
            known.scope.take_all(entry.scope)


@dataclass
class Spent:
    """What an operation has used of its bounds, fragments counted wherever they are spread."""

    aliases: int = 0
    directives: int = 0
    fields: int = 0
    objects: int = 0

    def since(self, before: "Spent") -> "Spent":
        """What was used after `before`."""
        return Spent(**{k: used - getattr(before, k) for k, used in vars(self).items()})

    def plus(self, other: "Spent", times: int) -> "Spent":
        """With a fragment spread where so many objects are expected."""
        return Spent(
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
            self.objects + other.objects * times,
        )

    def fits(self, fields: int) -> bool:
        """Whether the bounds are kept, this one on fields among them."""
        return (
            self.aliases <= ALIASES
            and self.directives <= DIRECTIVES
            and self.fields <= fields
            and self.objects <= OBJECTS
        )
