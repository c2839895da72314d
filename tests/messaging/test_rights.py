"""`messageSend` by somebody whose rights were taken while the process still remembers them."""

from uuid import uuid4

from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import AuthSession
from app.core.clock import now
from app.core.resources import Resources
from app.messaging.models import Message
from tests.client import Answer, Api, mutation_document
from tests.conftest import Counting
from tests.factories import Person, Studying, make_session, sign_in, writing

_SEND = mutation_document("messageSend", "message { body }")
_SEND_LOG_OUT_SEND = """
    mutation ($one: MessageSendInput!, $two: MessageSendInput!) {
        one: messageSend(input: $one) { message { body } }
        accountLogout { errors { code } }
        two: messageSend(input: $two) { message { body } }
    }
"""


async def _send(api: Api, session: Studying, person: Person, body: str, **headers: str) -> Answer:
    given = {"input": {"conversationId": session.conversation_id, "body": body}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.execute(_SEND, given, as_=person, headers=named)


async def _stored(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return await session.all(select(Message.body).order_by(col(Message.id)))


async def test_a_session_that_has_ended(api: Api, resources: Resources, ana: Person) -> None:
    session = await make_session(resources, ana)
    (await _send(api, session, ana, "before")).ok()
    async with writing(resources) as writes:
        await writes.execute(
            update(AuthSession)
            .where(col(AuthSession.id) == ana.viewer.auth_session_id)
            .values(ended_at=now())
        )
    key = str(uuid4())
    refused = await _send(api, session, ana, "after", idempotency_key=key)
    assert refused.codes == ["UNAUTHENTICATED"]
    assert await _stored(resources) == ["before"]
    # Nothing took effect under the key: signed in again, the same request is carried out.
    again = await sign_in(resources, ana.user)
    (await _send(api, session, again, "after", idempotency_key=key)).ok()
    assert await _stored(resources) == ["before", "after"]


async def test_by_the_same_operation(api: Api, resources: Resources, ana: Person) -> None:
    session = await make_session(resources, ana)
    one, two = (
        {"conversationId": session.conversation_id, "body": body} for body in ("one", "two")
    )
    answer = await api.execute(_SEND_LOG_OUT_SEND, {"one": one, "two": two}, as_=ana)
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.errors[0]["path"] == ["two"]
    assert await _stored(resources) == ["one"]


async def test_what_is_asked(
    api: Api, resources: Resources, statements: Counting, ana: Person
) -> None:
    session = await make_session(resources, ana)
    (await _send(api, session, ana, "before")).ok()
    with statements(api.resources) as sent:
        (await _send(api, session, ana, "after")).ok()
    # What writes the message confirms the rights, and says what the payload shows of it.
    assert len(sent) == 1
    assert "INSERT INTO message " in sent[0]
