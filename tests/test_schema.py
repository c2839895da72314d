"""The schema keeps its conventions, field by field."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
)

from app.access_matrix import root_fields
from app.core.access import Access
from app.core.errors import BadRequest
from app.core.graph.read.declare import ById, Items
from app.core.graph.read.pages import MAX_PAGE
from app.core.graph.read.reading import Reading
from app.schema import printed, schema

_SCHEMA = schema._schema
_FILE = Path(__file__).resolve().parents[1] / "schema.graphql"
_ROOTS = ("Query", "Mutation", "Subscription")

# Lists that can't grow without bound though no declaration says so, and what bounds them.
_WITHOUT_INPUT = {
    "accountLogout",
    "calendarFeedReset",
    "dataExportRequest",
    "emailVerificationSend",
    "onboardingComplete",
    "subscriptionCancel",
}
_BOUNDED = {
    "AssignmentExercise.accepts": "the enum",
    "CalendarEvent.reminders": "the input's rule",
    "CallCredentials.stunUrls": "the settings",
    "CallCredentials.turnUrls": "the settings",
    "BuddyMatch.availability": "the input's rule",
    "BuddyMatches.matches": "the resolver",
    "CodingExercise.hints": "the input's rule",
    "CourseImportPayload.left": "the mutation",
    "CodingExercise.packages": "the input's rule",
    "Conversation.typing": "the resolver",
    "Conversation.present": "the resolver",
    "Challenge.kinds": "the enum",
    "Class.weekdays": "the enum",
    "Course.objectives": "the input's rule",
    "CourseGeneration.focusAreas": "the input's rule",
    "CourseGeneration.goals": "the input's rule",
    "CurriculumNode.objectives": "the input's rule",
    "CurriculumNode.prerequisites": "the input's rule",
    "Course.prerequisites": "the input's rule",
    "Lesson.objectives": "the input's rule",
    "Pod.tags": "the input's rule",
    "Pod.weekdays": "the enum",
    "PracticeSession.focusAreas": "the input's rule",
    "PracticeSession.goals": "the input's rule",
    "ProgressLog.records": "its types' declarations",
    "ProgressLogPayload.achievements": "the enum",
    "ProgressLogUpdatePayload.achievements": "the enum",
    "PromptTemplate.appliesTo": "the input's rule",
    "PromptTemplate.tags": "the input's rule",
    "PromptTemplate.variables": "the input's rule",
    "Query.calendar": "the program",
    "QuizQuestion.acceptedAnswers": "the input's rule",
    "QuizAnswer.acceptedAnswers": "the input's rule",
    "Role.permissions": "the program",
    "SessionSummary.actionItems": "the prompt's contract",
    "SessionSummary.keyInsights": "the prompt's contract",
    "SessionSummary.topicsCovered": "the prompt's contract",
    "StudySession.goals": "the input's rule",
    "StudySession.topics": "the input's rule",
    "SubscriptionPlan.features": "the input's rule",
    "Tag.synonyms": "the input's rule",
    "TwoFactorConfirmPayload.recoveryCodes": "the program",
    "UploadLink.headers": "the program",
    "UserError.field": "the input's depth",
    "ApiToken.scopes": "the input's rule",
    "Viewer.permissions": "the program",
    "Viewer.roles": "the program",
    "SessionAttention.recommendations": "the rules",
}


def _types() -> Iterator[GraphQLNamedType]:
    for name, each in _SCHEMA.type_map.items():
        if not name.startswith("__") and name not in (
            "Boolean",
            "Float",
            "ID",
            "Int",
            "String",
        ):
            yield each


def _descriptions() -> Iterator[tuple[str, str | None]]:
    for each in _types():
        if each.name not in _ROOTS:
            yield each.name, each.description
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in each.fields.items():
                yield f"{each.name}.{name}", field.description
                for argument, given in field.args.items():
                    yield f"{each.name}.{name}({argument})", given.description
        elif isinstance(each, GraphQLInputObjectType):
            for name, input_field in each.fields.items():
                yield f"{each.name}.{name}", input_field.description
        elif isinstance(each, GraphQLEnumType):
            for name, value in each.values.items():
                yield f"{each.name}.{name}", value.description


def _is_list(kind: GraphQLOutputType) -> bool:
    bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(bare, GraphQLList)


def _lists() -> Iterator[str]:
    """Every list of an object or interface, but for connections' own and mutations' errors."""
    for each in _types():
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in each.fields.items():
                errors = str(field.type) == "[UserError!]!"
                if _is_list(field.type) and not errors and not each.name.endswith("Connection"):
                    yield f"{each.name}.{name}"


def _declared_lists() -> dict[str, Items | ById]:
    """The lists whose declarations bound them."""
    return {
        f"{parent}.{name}": field.declaration.read
        for (parent, name), field in schema.reading.fields.items()
        if isinstance(field.declaration.read, Items | ById) and _is_list(field.definition.type)
    }


def _root_fields() -> Iterator[tuple[str, str]]:
    for root in _ROOTS:
        kind = _SCHEMA.type_map[root]
        assert isinstance(kind, GraphQLObjectType)
        for name in kind.fields:
            yield root, name


_ACCESS = {(each.root, each.name): each.access for each in root_fields()}


def access_of(root: str, name: str) -> Access:
    """Who may call a root field."""
    return _ACCESS[root, name]


class TestFile:
    def test_is_up_to_date(self) -> None:
        assert _FILE.read_text(encoding="utf-8") == printed()


class TestDescriptions:
    def test_everything_has_one_in_sentences(self) -> None:
        wrong = {
            where: text
            for where, text in _descriptions()
            if text is None or not re.match(r"[A-Z0-9`].*[.?]$", text.strip(), re.DOTALL)
        }
        assert wrong == {}


class TestRootFields:
    @pytest.mark.parametrize(("root", "name"), list(_root_fields()))
    def test_says_who_may_call_it(self, root: str, name: str) -> None:
        kind = _SCHEMA.type_map[root]
        assert isinstance(kind, GraphQLObjectType)
        description = kind.fields[name].description
        assert description is not None
        assert access_of(root, name).sentence() in description

    def test_names(self) -> None:
        assert [
            name for _, name in _root_fields() if not re.fullmatch("[a-z][a-zA-Z]+", name)
        ] == []


class TestMutations:
    @pytest.mark.parametrize("name", [name for root, name in _root_fields() if root == "Mutation"])
    def test_one_input_and_a_payload_with_errors(self, name: str) -> None:
        kind = _SCHEMA.mutation_type
        assert kind is not None
        field = kind.fields[name]
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
        assert str(payload.fields["errors"].type) == "[UserError!]!"
        if name in _WITHOUT_INPUT:  # they say all there is to say
            assert dict(field.args) == {}
            return
        assert list(field.args) == ["input"]
        given = field.args["input"].type
        assert isinstance(given, GraphQLNonNull)
        assert isinstance(given.of_type, GraphQLInputObjectType)


class TestLists:
    def test_those_that_grow_are_connections(self) -> None:
        declared = set(_declared_lists())
        assert declared.isdisjoint(_BOUNDED)
        assert set(_lists()) == declared | set(_BOUNDED)

    def test_declared_ones_are_no_longer_than_a_page(self) -> None:
        most = {
            where: read.most for where, read in _declared_lists().items() if isinstance(read, Items)
        }
        assert most
        assert {where: many for where, many in most.items() if not 1 <= many <= MAX_PAGE} == {}

    def test_ids_asked_for_are_no_more_than_a_page(self) -> None:
        for where, read in _declared_lists().items():
            if isinstance(read, ById):
                assert read.many, where
                check = schema.reading.fields["Query", where.split(".")[1]].declaration.check
                assert check is not None, where
                check([""] * MAX_PAGE)
                with pytest.raises(BadRequest):
                    check([""] * (MAX_PAGE + 1))

    def test_their_items_are_never_null(self) -> None:
        nullable = [
            f"{each.name}.{name}"
            for each in _types()
            if isinstance(each, GraphQLObjectType | GraphQLInterfaceType)
            for name, field in each.fields.items()
            if _is_list(field.type) and "!]" not in str(field.type)
        ]
        # Null where an id stands for nothing that the viewer can see.
        assert nullable == ["Query.nodes"]


def test_no_two_types_have_ids_that_start_the_same_way(monkeypatch: pytest.MonkeyPatch):
    known = schema.reading.by_prefix
    monkeypatch.setattr(known["crm"].origin, "prefix", known["cur"].prefix)
    with pytest.raises(TypeError, match="Currency and Curriculum"):
        Reading(_SCHEMA)
