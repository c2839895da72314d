"""From the text of a request to a document that may run: parsed, bounded and validated once."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from app.core.errors import BadRequest
from app.core.graph.bounds import COMPARISONS, QueryTooComplex, check_operations, check_text
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
    tokens = check_text(text)
    try:
        node = parse(text)
    except GraphQLSyntaxError as error:
        raise Refused([_plain(error, _PARSE)]) from None
    operations = [one for one in node.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = [one for one in node.definitions if isinstance(one, FragmentDefinitionNode)]
    check_operations(operations, fragments)
    document = Document(
        text,
        node,
        tokens,
        {one.name.value if one.name else None: one for one in operations},
        {one.name.value: one for one in fragments},
    )
    _validate(schema, node)
    return document


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
