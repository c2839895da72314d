"""What `messageSend` shows of its message, said by the statement that writes it."""

import re
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from app.core.resources import Resources
from app.messaging.store.messages import _SEND_FILES, _SEND_TEXT, WRITES
from app.schema import schema
from tests.client import Api, Data, mutation_document
from tests.conftest import Counting
from tests.factories import Person, make_person
from tests.messaging.people import open_direct, read, say
from tests.vault.files import upload

# What else the statement writes, or the table itself once more.
_SECOND_LOOK = {
    "replyTo": "replyTo { body }",
    "attachments": "attachments { position file { name } }",
    "revisions": "revisions { totalCount nodes { body } }",
}
_ELSE = {
    "mentions": "mentions { username }",
    "sender": "sender { id username firstName }",
    "reactions": "reactions { emoji count mine }",
}


def _fields() -> dict[str, str]:
    message = schema.reading.schema.type_map["Message"]
    assert isinstance(message, GraphQLObjectType)
    plain = {
        name: name
        for name, each in message.fields.items()
        if is_leaf_type(get_named_type(each.type))
    }
    made = plain | _ELSE | _SECOND_LOOK
    assert made.keys() == message.fields.keys()
    return made


_FIELDS = _fields()


async def _given(api: Api, resources: Resources, **more: Any) -> tuple[Person, Person, Data]:
    ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
    chat = await open_direct(api, ana, ben)
    first = await say(api, ben, chat, "First.")
    given = {"conversationId": chat, "body": 'Second \\ "„.', "replyToId": first}
    return ana, ben, given | {"mentions": [ben.id]} | more


async def _send(
    api: Api, statements: Counting, person: Person, given: Data, fields: str
) -> tuple[Data, list[str]]:
    document = mutation_document("messageSend", f"message {{ id {fields} }}")
    with statements(api.resources) as sent:
        answer = await api.execute(document, {"input": given}, as_=person)
    done = answer.ok()["messageSend"]
    assert done["errors"] == []
    message: Data = done["message"]
    return message, sent


@pytest.mark.parametrize("name", _FIELDS)
async def test_as_it_is_read(
    api: Api, resources: Resources, statements: Counting, name: str
) -> None:
    ana, _, given = await _given(api, resources)
    file = await upload(api, ana, purpose="MESSAGE")
    fields = _FIELDS[name]
    message, sent = await _send(api, statements, ana, given | {"attachments": [file["id"]]}, fields)
    assert len(sent) == (2 if name in {"replyTo", "attachments"} else 1)
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Message {{ id {fields} }} }} }}"
    assert message == (await read(api, ana, query, id=message["id"]))["node"]
    assert message.keys() == {"id", name}


async def test_by_aliases_and_fragments(
    api: Api, resources: Resources, statements: Counting
) -> None:
    ana, _, given = await _given(api, resources)
    document = """
        mutation ($one: MessageSendInput!, $two: MessageSendInput!, $all: Boolean!) {
            a: messageSend(input: $one) { said: message { ...Said } }
            b: messageSend(input: $two) {
                message { ...Said } __typename errors { code } again: message { id }
            }
        }
        fragment Said on Message { __typename text: body sender @include(if: $all) { username } }
    """
    variables = {"one": given, "two": given | {"body": "Third."}, "all": True}
    with statements(api.resources) as sent:
        data = (await api.execute(document, variables, as_=ana)).ok()
    sender = {"username": "ana"}
    assert data["a"] == {"said": {"__typename": "Message", "text": given["body"], "sender": sender}}
    assert data["b"]["message"] == {"__typename": "Message", "text": "Third.", "sender": sender}
    assert data["b"]["again"]["id"].startswith("msg_")
    # A payload that shows its object twice is read after it.
    assert len(sent) == 3


async def test_what_was_sent_before(api: Api, resources: Resources, statements: Counting) -> None:
    ana, _, given = await _given(api, resources, clientId="c")
    first, _ = await _send(api, statements, ana, given, "body")
    again, sent = await _send(api, statements, ana, given | {"body": "Other."}, "body")
    assert again == first
    # Nothing was written, so the message is looked for, and read.
    assert len(sent) == 3


async def test_what_is_refused(api: Api, resources: Resources) -> None:
    ana, _, given = await _given(api, resources)
    eve = await make_person(resources)
    for person, more, code in (
        (eve, {}, "NOT_FOUND"),
        (ana, {"mentions": [eve.id]}, "NOT_A_MEMBER"),
    ):
        answer = await api.mutate("messageSend", given | more, "message { id }", as_=person)
        assert answer.codes == [code]
        assert answer.data["message"] is None


async def test_says_what_it_writes(resources: Resources) -> None:
    source = "SELECT prosrc FROM pg_proc WHERE proname = 'publish_event'"
    [[published]] = await resources.readers.fetch(source, ())
    written = set[str]()
    for sql in (_SEND_TEXT, _SEND_FILES, published):
        assert sql
        written |= set(re.findall(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", sql))
    assert written - {"SET"} == {WRITES.name, *WRITES.others}
