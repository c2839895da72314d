"""Everything that somebody can look at, asked of the server, and what the oracle says of it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from itertools import islice
from typing import Any

from graphql import GraphQLObjectType

from app.core.graph.read.declare import ById, Edge, Items, One, Pages
from app.core.graph.read.reading import ReadField, Reading
from app.core.ids import to_global
from tests.engine.calls import by_id, list_of, page_of, pages_of
from tests.engine.eyes import Eyes, Row, Rows
from tests.engine.oracle import (
    KEYS,
    LEADS,
    NODES,
    OWN,
    SEES,
    TOLD,
    UNCONDITIONAL,
    newest_consents,
)
from tests.engine.rooms import ROOMS

# So many at a time, so that no operation costs too much.
_TOGETHER = 15
# So many rows are tried where `nodes` tries all of them in the same way.
_SAMPLE = 12
_SIZES = {name: size for room in ROOMS for name, size in room.sizes.items()}
_FEWER = {name: number for room in ROOMS for name, number in room.together.items()}
_LINKS = (Edge, One, Items, Pages, ById)

# The root field, the type that it leads to, the operation, and what its data has to be.
Operation = tuple[str, str, str, Callable[[Eyes], Any]]

# An object's place: the way to it, its type, its key. Lists and their lengths have one as well.
Sighting = tuple[str, ...]


def _id(kind: str, row: Row) -> str:
    return to_global(NODES[kind][1], row["id"])


def _key(kind: str) -> str:
    """The field that tells objects of a type apart."""
    return KEYS[kind][0] if kind in KEYS else "id"


def _summaries(rows: Rows) -> Iterator[tuple[str, Any]]:
    for session in rows.tables["study_session"]:
        found = [*rows.where("session_summary", session_id=session["id"]), None][0]
        yield f'(sessionId: "{_id("StudySession", session)}")', lambda _, row=found: row


def _messages(rows: Rows) -> Iterator[tuple[str, Any]]:
    # One of another conversation is in the middle of no page.
    foreign = rows.tables["message"][0]
    for number, chat in enumerate(rows.tables["conversation"]):
        there = rows.where("message", conversation_id=chat["id"], deleted_at=None)
        start = f'conversationId: "{_id("Conversation", chat)}", first: 100'
        every = rows.where("message", conversation_id=chat["id"])

        def found(eyes: Eyes, chat: Row = chat, there: Any = there) -> Any:
            return there if eyes.chats_in(chat["id"]) else None

        yield f"({start})", found
        if every and number < _SAMPLE:
            yield f'({start}, around: "{_id("Message", every[-1])}")', found
        if number < _SAMPLE and foreign["conversation_id"] != chat["id"]:
            yield f'({start}, around: "{_id("Message", foreign)}")', lambda _: None


def _sessions(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["study_session"]
    # The driver gives what is infinite no zone.
    upcoming = [
        row
        for row in every
        if row["status"] == "SCHEDULED" and row["scheduled_start"].replace(tzinfo=UTC) > rows.time
    ]
    yield "(first: 100)", lambda _: every
    yield "(first: 100, filter: {upcoming: true})", lambda _: upcoming


def _me(rows: Rows) -> Iterator[tuple[str, Any]]:
    yield "", lambda eyes: rows.one("user_account", eyes.me)


def _users(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["user_account"]

    def found(eyes: Eyes) -> list[Row]:
        return [row for row in every if eyes.sees("Profile", row)]

    yield "(first: 100)", found
    yield "(last: 100)", found
    for tag in rows.tables["tag"][:_SAMPLE]:

        def having(eyes: Eyes, tag: Row = tag) -> list[Row]:
            owners = {
                row["user_id"]
                for row in rows.where("user_tag", tag_id=tag["id"])
                if row["accepted"] or row["user_id"] == eyes.me
            }
            return [row for row in found(eyes) if row["id"] in owners]

        yield f'(first: 100, filter: {{tagId: "{_id("Tag", tag)}"}})', having


def _one_user(rows: Rows) -> Iterator[tuple[str, Any]]:
    yield from by_id("user_account", "usr")(rows)
    yield "", lambda _: None
    for row in rows.tables["user_account"][:_SAMPLE]:
        name = json.dumps(row["username"])
        yield f"(username: {name})", lambda _, row=row: row


def _answers(rows: Rows) -> Iterator[tuple[str, Any]]:
    yield "", lambda eyes: newest_consents(rows, eyes.me)


def _prompts(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["prompt_template"]
    newest = {row["key"]: row for row in sorted(every, key=lambda row: row["version"])}
    yield "(first: 100)", lambda _: list(newest.values())
    for key in newest:
        there = [row for row in every if row["key"] == key]
        yield f'(first: 100, filter: {{key: "{key}"}})', lambda _, there=there: there


# How each root field can be called, and what it leads to. `node` and `nodes` find any.
ROOTS: Mapping[str, Callable[[Rows], Iterator[tuple[str, Any]]]] = {
    "viewer": _me,
    "user": _one_user,
    "users": _users,
    "consents": _answers,
    "studySession": by_id("study_session", "sts"),
    "transcript": by_id("study_session", "sts", "sessionId"),
    "sessionSummary": _summaries,
    "studySessions": _sessions,
    "messages": _messages,
    "currencies": pages_of("currency"),
    "countries": pages_of("country"),
    "states": pages_of("state"),
    "timeZones": pages_of("time_zone"),
    "cities": pages_of("city"),
    "languages": pages_of("language"),
    "subjects": pages_of("subject"),
    "subject": by_id("subject", "sub"),
    "tagGroups": pages_of("tag_group"),
    "tags": pages_of("tag"),
    "aiModels": pages_of("ai_model"),
    "promptTemplates": _prompts,
    "subscriptionPlans": pages_of("subscription_plan"),
    "roles": pages_of("role"),
    "permissions": pages_of("permission"),
    "adminUsers": page_of("user_account"),
    "auditLog": page_of("audit_entry"),
    "notifications": pages_of("notification"),
    "dataExports": pages_of("data_export"),
    "retentionPolicies": list_of("retention_policy"),
    **{name: each for room in ROOMS for name, each in room.roots.items()},
}
ANSWERED = {name: each for room in ROOMS for name, each in room.answered.items()}
FOR_ANYONE = frozenset(
    (
        *(name for room in ROOMS for name in room.for_anyone),
        "viewer", "currencies", "countries", "states", "timeZones", "cities", "languages",
        "subjects", "subject", "subscriptionPlans",
    )
)  # fmt: skip


class Looking:
    """Writes the operations, and what the answers have to be."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def unknown(self) -> list[str]:
        """What there is in the schema and not in the oracle, with what to write."""
        told = []
        for name in self._reading.types:
            if name not in SEES:
                told.append(f"oracle.SEES[{name!r}]: who sees a row of it")
            if name not in NODES and name not in KEYS:
                told.append(f"oracle.KEYS[{name!r}] or oracle.NODES[{name!r}]: what tells it apart")
        for (parent, name), field in self._reading.fields.items():
            if not isinstance(field.declaration.read, _LINKS):
                continue
            if isinstance(field.declaration.read, ById):
                continue
            if parent == "Query" and name not in ROOTS:
                told.append(f"looking.ROOTS[{name!r}]: how to call it, and the rows it leads to")
            # What events and payloads lead to is read by key, as `nodes` does.
            if parent in self._reading.types and (parent, name) not in {**LEADS, **OWN}:
                told.append(f"oracle.LEADS[{parent!r}, {name!r}]: the rows it leads to")
        return told

    def operations(self, rows: Rows, eyes: Eyes) -> Iterator[Operation]:
        """All that somebody can ask."""
        signed_in = eyes.me is not None
        for name, calls in ROOTS.items():
            if (signed_in or name in FOR_ANYONE) and self._admits(name, eyes):
                kind = self._reading.fields["Query", name].target.graphql.name
                for text, says in self._roots(name, calls(rows)):
                    yield name, kind, text, says
        if signed_in:
            for kind, (table, _) in NODES.items():
                for found in _batches(rows.tables[table], _FEWER.get(kind, _TOGETHER)):
                    yield "nodes", kind, *self._nodes(kind, found)
                yield (
                    "node",
                    kind,
                    *self._node(kind, rows.tables[table][: _FEWER.get(kind, _SAMPLE)]),
                )

    def refused(self, rows: Rows) -> Iterator[str]:
        """An operation for each root field that nobody may call without signing in."""
        for name in self._query.fields.keys() - FOR_ANYONE:
            if name in ("node", "nodes"):
                key = _id("User", rows.tables["user_account"][0])
                value = f'id: "{key}"' if name == "node" else f'ids: ["{key}"]'
                yield f"{{ {name}({value}) {{ __typename }} }}"
            else:
                arguments = ANSWERED[name] if name in ANSWERED else next(ROOTS[name](rows))[0]
                yield f"{{ {name}{arguments} {{ __typename }} }}"

    def _admits(self, name: str, eyes: Eyes) -> bool:
        """Whether somebody has the permission that a root field asks for, if it does."""
        access = self._reading.fields["Query", name].declaration.access
        return access is None or access.permission is None or eyes.may(access.permission)

    @property
    def _query(self) -> GraphQLObjectType:
        kind = self._reading.schema.query_type
        assert kind is not None
        return kind

    def _roots(
        self, name: str, calls: Iterator[tuple[str, Any]]
    ) -> Iterator[tuple[str, Callable[[Eyes], Any]]]:
        field = self._reading.fields["Query", name]
        below = self._selection_of(field)
        for batch in _batches(calls, _FEWER.get(name, _TOGETHER)):
            text = " ".join(
                f"a{number}: {name}{arguments} {below}"
                for number, (arguments, _) in enumerate(batch)
            )
            made = {f"a{number}": rows for number, (_, rows) in enumerate(batch)}

            def expected(eyes: Eyes, made: Mapping[str, Any] = made) -> Any:
                return {key: self._found(eyes, field, rows(eyes)) for key, rows in made.items()}

            yield f"{{ {text} }}", expected

    def _nodes(self, kind: str, found: Sequence[Row]) -> tuple[str, Callable[[Eyes], Any]]:
        ids = ", ".join(f'"{_id(kind, row)}"' for row in found)
        text = f"{{ nodes(ids: [{ids}]) {{ ... on {kind} {{ {self._selection(kind)} }} }} }}"
        return text, lambda eyes: {"nodes": [self._object(eyes, kind, row) for row in found]}

    def _node(self, kind: str, found: Sequence[Row]) -> tuple[str, Callable[[Eyes], Any]]:
        below = f"{{ ... on {kind} {{ {self._selection(kind)} }} }}"
        text = " ".join(
            f'a{number}: node(id: "{_id(kind, row)}") {below}' for number, row in enumerate(found)
        )
        return f"{{ {text} }}", lambda eyes: {
            f"a{number}": self._object(eyes, kind, row) for number, row in enumerate(found)
        }

    def _links(self, kind: str) -> Iterator[ReadField]:
        for (parent, _), field in self._reading.fields.items():
            if parent == kind and isinstance(field.declaration.read, _LINKS):
                yield field

    def _selection(self, kind: str) -> str:
        below = [
            f"... on {each.graphql.name} {{ {self._selection(each.graphql.name)} }}"
            for each in self._reading.types[kind].kinds
        ]
        below += [f"{each.name}{self._selection_of(each)}" for each in self._links(kind)]
        return " ".join(["__typename", _key(kind), *below])

    def _selection_of(self, field: ReadField) -> str:
        target = field.target.graphql.name
        # Below what `nodes` finds, it is asked itself.
        below = "__typename id" if target in NODES else self._selection(target)
        if field.parent.name == "Query" and not isinstance(field.declaration.read, Pages):
            below = self._selection(target)
        if not isinstance(field.declaration.read, Pages):
            return f" {{ {below} }}"
        size = _SIZES.get((field.parent.name, field.name), 100)
        arguments = "" if field.parent.name == "Query" else f"(first: {size})"
        return f"{arguments} {{ totalCount nodes {{ {below} }} edges {{ node {{ {below} }} }} }}"

    def _found(self, eyes: Eyes, field: ReadField, rows: Any) -> Any:
        """What a field has to give, if it leads to these rows."""
        kind = field.target.graphql.name
        deep = kind not in NODES or (
            field.parent.name == "Query" and not isinstance(field.declaration.read, Pages)
        )
        if rows is None or not isinstance(field.declaration.read, Items | Pages):
            anyway = (field.parent.name, field.name) in UNCONDITIONAL
            return self._object(eyes, kind, rows, deep=deep, anyway=anyway)
        made = [self._object(eyes, kind, row, deep=deep) for row in rows if eyes.sees(kind, row)]
        if isinstance(field.declaration.read, Items):
            return made
        return {"totalCount": len(made), "nodes": made, "edges": [{"node": each} for each in made]}

    def _object(
        self, eyes: Eyes, kind: str, row: Row | None, *, deep: bool = True, anyway: bool = False
    ) -> Any:
        if row is None or not (anyway or eyes.sees(kind, row)):
            return None
        kind = TOLD[kind](row) if kind in TOLD else kind
        key = KEYS[kind][1](row) if kind in KEYS else _id(kind, row)
        made = {"__typename": kind, _key(kind): key}
        if deep:
            for field in self._links(kind):
                way = (kind, field.name)
                leads = OWN[way](eyes, row) if way in OWN else LEADS[way](eyes.rows, row)
                made[field.name] = self._found(eyes, field, leads)
        return made


def sightings(data: Any, way: Sighting = ()) -> Counter[Sighting]:
    """What an answer shows, each with the way to it, whatever the order."""
    seen: Counter[Sighting] = Counter()
    if isinstance(data, list):
        for each in data:
            seen += sightings(each, way)
    elif isinstance(data, dict):
        if "__typename" in data:
            kind = data["__typename"]
            way = (*way, kind, str(data[_key(kind)]))
            seen[way] += 1
        elif "totalCount" in data:
            seen[*way, "list"] += 1
            seen[*way, "list of", str(data["totalCount"])] += 1
        for name, below in data.items():
            if isinstance(below, dict | list):
                seen += sightings(below, (*way, name))
    return seen


def _batches(found: Any, together: int = _TOGETHER) -> Iterator[list[Any]]:
    rest = iter(found)
    while batch := list(islice(rest, together)):
        yield batch
