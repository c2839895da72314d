"""What every server is asked, word for word the same but for PostGraphile's own names."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.core.tokens import Claims
from benchmarks.reads.data import DataSet

# Different requests of one burst; each connection sends them in an order of its own.
VARIETY = 96
# Pages of the catalogue that are asked for, from the first on.
PAGES = 8

Variables = dict[str, Any]


@dataclass(frozen=True)
class Asking:
    """Whom variables are for: how ids are written, and the cursors of the catalogue's pages."""

    data: DataSet
    prefixed: bool
    cursors: Sequence[str | None]

    def id(self, prefix: str, key: UUID) -> str:
        """A global id, or the bare key for PostGraphile."""
        return f"{prefix}_{key}" if self.prefixed else str(key)


@dataclass(frozen=True)
class Operation:
    """A request of the benchmark. `expected` is in every good answer."""

    name: str
    document: str
    for_postgraphile: str
    expected: str
    variables: Callable[[Asking, random.Random], Variables]
    writes: bool = False

    @property
    def operation_name(self) -> str:
        """As the document has it."""
        return self.name.capitalize()

    def body(self, variables: Variables, *, postgraphile: bool) -> str:
        """The body of a request."""
        return orjson.dumps(
            {
                "query": self.for_postgraphile if postgraphile else self.document,
                "operationName": self.operation_name,
                "variables": variables,
            }
        ).decode()


def cases(operation: Operation, asking: Asking) -> list[tuple[Claims, Variables]]:
    """The same requests of the same people for every server."""
    chance = random.Random(operation.name)
    return [
        (chance.choice(asking.data.viewers), operation.variables(asking, chance))
        for _ in range(VARIETY)
    ]


def _course(asking: Asking, chance: random.Random) -> Variables:
    return {"id": asking.id("crs", chance.choice(asking.data.courses))}


def _page(asking: Asking, chance: random.Random) -> Variables:
    # A server of which the cursors aren't known yet is asked for its first page only.
    return {"after": chance.choice([None, *asking.cursors] if asking.cursors else [None])}


def _conversation(asking: Asking, chance: random.Random) -> Variables:
    return {"id": asking.id("cnv", chance.choice(asking.data.conversations))}


def _message(asking: Asking, chance: random.Random) -> Variables:
    conversation = asking.id("cnv", chance.choice(asking.data.conversations))
    body = f"From the water: „oxygen“ number {chance.randrange(10**6)}."
    return {"input": {"conversationId": conversation, "body": body}}


SINGLE = Operation(
    "single",
    """query Single($id: ID!) {
  course(id: $id) {
    id title description level language publishedAt
    instructor { id username firstName }
  }
}""",
    """query Single($id: UUID!) {
  course: courseByRowId(rowId: $id) {
    id: rowId title description level language publishedAt
    instructor: userAccountByInstructorId { id: rowId username firstName }
  }
}""",
    '"description":"What',
    _course,
)

CATALOGUE = Operation(
    "catalogue",
    """query Catalogue($after: String) {
  courses(first: 20, after: $after) {
    nodes { id title slug category level language estimatedHours publishedAt }
    pageInfo { hasNextPage endCursor }
  }
}""",
    """query Catalogue($after: Cursor) {
  courses: allCourses(
    first: 20, after: $after, orderBy: [PUBLISHED_AT_DESC, PRIMARY_KEY_DESC]
  ) {
    nodes { id: rowId title slug category level language estimatedHours publishedAt }
    pageInfo { hasNextPage endCursor }
  }
}""",
    '"slug":"course-',
    _page,
)

NESTED = Operation(
    "nested",
    """query Nested($after: String) {
  courses(first: 20, after: $after) {
    nodes {
      id title
      sections(first: 10) {
        nodes {
          id title position
          lessons(first: 5) { nodes { id title position estimatedMinutes } }
        }
      }
    }
  }
}""",
    """query Nested($after: Cursor) {
  courses: allCourses(
    first: 20, after: $after, orderBy: [PUBLISHED_AT_DESC, PRIMARY_KEY_DESC]
  ) {
    nodes {
      id: rowId title
      sections: courseSectionsByCourseId(first: 10, orderBy: POSITION_ASC) {
        nodes {
          id: rowId title position
          lessons: lessonsBySectionId(first: 5, orderBy: POSITION_ASC) {
            nodes { id: rowId title position estimatedMinutes }
          }
        }
      }
    }
  }
}""",
    '"estimatedMinutes":',
    _page,
)

CHAT = Operation(
    "chat",
    """query Chat($id: ID!) {
  messages(conversationId: $id, last: 50) {
    nodes { id kind body createdAt sender { id username firstName } }
    pageInfo { hasPreviousPage startCursor }
  }
}""",
    """query Chat($id: UUID!) {
  messages: allMessages(condition: { conversationId: $id }, last: 50) {
    nodes {
      id: rowId kind body createdAt
      sender: userAccountBySenderId { id: rowId username firstName }
    }
    pageInfo { hasPreviousPage startCursor }
  }
}""",
    '"sender":{',
    _conversation,
)

MUTATION = Operation(
    "mutation",
    """mutation Mutation($input: MessageSendInput!) {
  messageSend(input: $input) {
    message { id body createdAt sender { id username } }
    errors { code message }
  }
}""",
    """mutation Mutation($input: MessageSendInput!) {
  messageSend(input: $input) {
    message { id: rowId body createdAt sender: userAccountBySenderId { id: rowId username } }
    errors { code message }
  }
}""",
    '"message":{"',
    _message,
    writes=True,
)

READS: Sequence[Operation] = (SINGLE, CATALOGUE, NESTED, CHAT)
# What writes comes last: the reads of a round see the tables as they were made.
OPERATIONS: Sequence[Operation] = (*READS, MUTATION)


def answer_of(name: str, answer: Mapping[str, Any]) -> Any:
    """The data of an answer; `RuntimeError` if it has errors or none."""
    data = answer.get("data")
    if answer.get("errors") or not data or None in data.values():
        raise RuntimeError(f"{name} answered {orjson.dumps(answer)[:1000].decode()}")
    return data
