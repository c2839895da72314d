"""From the text of a request to a document that may run: parsed, bounded and validated once.

The bounds come before validation, because some of its rules compare everything with everything.
Fragments count as often as they are spread, but each is measured once, so that fragments which
spread each other cost no more than their text.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    SelectionSetNode,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from app.core.errors import BadRequest, RequestError
from app.core.graph.trusted import (
    DocumentNotTrusted,
    PersistedQueryNotFound,
    TrustedStore,
    Wanted,
    digest,
    wanted,
)

_MOST_DOCUMENTS = 2000
# A syntax tree takes some 600 bytes a token: all trees together about 120 MB at most.
_MOST_TOKENS = 200_000
_MOST_REFUSALS = 500
_MOST_ERRORS = 20
_LONGEST_MESSAGE = 500
_KEEP_AGAIN_SECONDS = 60 * 60
_RETRY_SECONDS = 10
# How long a registered document may still run after it was forgotten.
_TRUSTED_SECONDS = 60

_PARSE, _VALIDATION = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
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


class Refused(Exception):
    """No GraphQL, or not this schema's: errors with `extensions.code` and their locations."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(error.message for error in errors))


@dataclass(eq=False, slots=True)
class Document:
    """A document that may run. What is derived from it is kept in `extra`, and dies with it."""

    text: str
    node: DocumentNode
    tokens: int
    operations: dict[str | None, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    extra: dict[Any, Any] = field(default_factory=dict)
    # The hashes by which it was asked for, and on `monotonic`'s clock: when it is to be kept
    # in Valkey again, and until when it counts as registered.
    hashes: set[bytes] = field(default_factory=set)
    keep_at: float = 0.0
    trusted_until: float = 0.0

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one. Raises `BadRequest`."""
        if name:
            found = self.operations.get(name)
            if found is None:
                raise BadRequest(f"Unknown operation named '{_clipped(name)}'.")
            return found
        if len(self.operations) > 1:
            raise BadRequest("Must provide operation name if query contains multiple operations.")
        return next(iter(self.operations.values()))


class Documents:
    """The documents that this process knows, the last used 2,000, and the last refused."""

    def __init__(self, schema: GraphQLSchema, store: TrustedStore, only_registered: bool) -> None:
        self._schema = schema
        self._store = store
        self._only_registered = only_registered
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._by_hash: dict[bytes, Document] = {}
        self._tokens = 0
        self._refusals: OrderedDict[bytes, Callable[[], Exception]] = OrderedDict()

    def known(self, text: str) -> Document | None:
        """The document of this text, if it was seen and may still run."""
        document = self._documents.get(text)
        return self._still_good(document) if document is not None else None

    async def of(
        self,
        query: str | None,
        extensions: Mapping[str, Any] | None,
        id: str | None = None,
    ) -> Document:
        """The document of a request: by its text, its automatic hash, or the id of `document_id`.

        Raises `Refused`, `QueryTooComplex`, `PersistedQueryNotFound`, `DocumentNotTrusted` or
        `BadRequest`.
        """
        asked = wanted(extensions, id)
        if query:
            document = await self._of_text(query, asked)
        elif asked is not None:
            document = await self._of_hash(asked.hash)
        else:
            raise BadRequest("The request has neither a query nor the id of a document.")
        if asked is not None and asked.automatic and not self._only_registered:
            await self._keep(document)
        return document

    async def _of_text(self, text: str, asked: Wanted | None) -> Document:
        if asked and (asked.hash is None or digest(text, len(asked.hash)) != asked.hash):
            raise BadRequest("The hash that came with this query belongs to another one.")
        document = self.known(text)
        if document is not None:
            return document
        hash = digest(text)
        if self._only_registered and await self._store.registered(hash) is None:
            raise DocumentNotTrusted
        return self._examined(text, hash)

    async def _of_hash(self, hash: bytes | None) -> Document:
        document = self._still_good(self._by_hash.get(hash)) if hash else None
        if document is not None:
            return document
        text = await self._look_up(hash) if hash else None
        if text is None or hash is None:
            raise DocumentNotTrusted if self._only_registered else PersistedQueryNotFound
        document = self._examined(text, digest(text))
        document.hashes.add(hash)
        self._by_hash[hash] = document
        return document

    async def _look_up(self, hash: bytes) -> str | None:
        found = None if self._only_registered else await self._store.automatic(hash)
        return found if found is not None else await self._store.registered(hash)

    def _still_good(self, document: Document | None) -> Document | None:
        if document is None or (self._only_registered and monotonic() > document.trusted_until):
            return None
        self._documents.move_to_end(document.text)
        return document

    async def _keep(self, document: Document) -> None:
        if monotonic() < document.keep_at:
            return
        kept = await self._store.keep(digest(document.text), document.text)
        document.keep_at = monotonic() + (_KEEP_AGAIN_SECONDS if kept else _RETRY_SECONDS)

    def _examined(self, text: str, hash: bytes) -> Document:
        """The document of a text that may run if it is good; remembered, whether or not it is."""
        document = self._documents.get(text)
        if document is None:
            refusal = self._refusals.get(hash)
            if refusal is not None:
                self._refusals.move_to_end(hash)
                raise refusal()
            try:
                document = examine(self._schema, text)
            except Refused as error:
                self._refuse(hash, partial(Refused, error.errors))
                raise
            except QueryTooComplex as error:
                self._refuse(hash, partial(QueryTooComplex, error.bound, error.asked))
                raise
            self._remember(document, hash)
        document.trusted_until = monotonic() + _TRUSTED_SECONDS
        return document

    def _refuse(self, hash: bytes, refusal: Callable[[], Exception]) -> None:
        # To be made anew each time: one that was raised holds on to the text by its traceback.
        self._refusals[hash] = refusal
        if len(self._refusals) > _MOST_REFUSALS:
            self._refusals.popitem(last=False)

    def _remember(self, document: Document, hash: bytes) -> None:
        document.hashes.add(hash)
        self._documents[document.text] = self._by_hash[hash] = document
        self._tokens += document.tokens
        while len(self._documents) > _MOST_DOCUMENTS or self._tokens > _MOST_TOKENS:
            _, oldest = self._documents.popitem(last=False)
            self._tokens -= oldest.tokens
            for known in oldest.hashes:
                self._by_hash.pop(known, None)


def examine(schema: GraphQLSchema, text: str) -> Document:
    """Parse a text, check its bounds and validate it. Raises `QueryTooComplex` or `Refused`."""
    tokens = _check_text(text)
    try:
        node = parse(text)
    except GraphQLSyntaxError as error:
        raise Refused([_plain(error, _PARSE)]) from None
    operations = [one for one in node.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = [one for one in node.definitions if isinstance(one, FragmentDefinitionNode)]
    OPERATIONS.check(len(operations))
    FRAGMENTS.check(len(fragments))
    document = Document(
        text,
        node,
        tokens,
        {one.name.value if one.name else None: one for one in operations},
        {one.name.value: one for one in fragments},
    )
    sizes = _Sizes(document.fragments)
    for operation in operations:
        sizes.of(operation).check()
    _validate(schema, node)
    return document


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


def _check_text(text: str) -> int:
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


class _Overlapping(OverlappingFieldsCanBeMergedRule):
    """The rule that compares fields with each other, with less patience than its own."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = COMPARISONS.limit


_RULES = [
    _Overlapping if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
]


def _validate(schema: GraphQLSchema, node: DocumentNode) -> None:
    errors = validate(schema, node, _RULES, max_errors=_MOST_ERRORS)
    found = [error for error in errors if not isinstance(error, ValidationAbortedError)]
    if found:
        raise Refused([_plain(error, _VALIDATION) for error in found])
    if errors:
        raise QueryTooComplex(COMPARISONS, COMPARISONS.counted)


def _plain(error: GraphQLError, code: str) -> GraphQLError:
    """The error without the document, so that remembering it costs little."""
    plain = GraphQLError(_clipped(error.message), extensions={"code": code})
    plain.locations = error.locations
    return plain


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
